//! The terminal: people read stderr, results go to stdout, progress shows on a terminal only.

use std::{
    io::{self, IsTerminal, Write},
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering},
        mpsc::{RecvTimeoutError, Sender},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use clap::ValueEnum;
use duel_record::{Message, plain};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::{
    command::{help::help_of, status::helpful},
    duration::human,
};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Color {
    /// On a terminal
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MessageFormat {
    /// For people
    #[default]
    Human,
    /// One JSON object a line
    Json,
}

/// How this command talks.
#[derive(Clone, Copy, Debug)]
pub struct Terminal {
    pub format: MessageFormat,
    pub color_out: bool,
    color_err: bool,
    /// Below 0 is quiet, above 0 verbose.
    pub verbosity: i16,
}

/// ANSI styles that are used.
#[derive(Clone, Copy, Debug)]
pub enum Style {
    Bold,
    Dim,
    Red,
    Green,
    Yellow,
}

static COLOR_ERRORS: AtomicBool = AtomicBool::new(false);
/// The first error of stdout.
static LOST_OUTPUT: OnceLock<io::Error> = OnceLock::new();

/// What the CI systems Azure Pipelines, GitHub Actions and TeamCity execute as commands, anywhere in a line.
const MARKS_OF_COMMANDS: [&str; 3] = ["##[", "##vso[", "##teamcity["];

/// Text as it may be printed: words of others neither steer the terminal nor command the system that runs the job.
/// Every text passes through here, but for commands to that system, which escape what is in them.
fn shown(text: &str, color: bool) -> String {
    let codes: Vec<String> = Style::codes().filter(|_| color).collect();
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let own = codes.iter().find(|code| rest.starts_with(code.as_str()));
        let (taken, behind) = rest.split_at(own.map_or(c.len_utf8(), String::len));
        shown.push_str(&own.map_or_else(|| plain::lines(taken), |code| code.into()));
        rest = behind;
    }
    for mark in MARKS_OF_COMMANDS {
        if shown.contains(mark) {
            shown = shown.replace(mark, &format!("#\\{}", &mark[1..]));
        }
    }
    // GitHub trims a line before it looks.
    let harmless = |line: &str| match line.trim_start().strip_prefix("::") {
        Some(rest) => format!("{}\\::{rest}", &line[..line.len() - line.trim_start().len()]),
        None => line.to_owned(),
    };
    if shown.contains("::") { shown.split('\n').map(harmless).collect::<Vec<_>>().join("\n") } else { shown }
}

/// The same for JSON, in which `\u0023` is a `#`.
fn shown_as_json(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        // Among those that JSON may hold as they are.
        if plain::is_acting(c) { shown.push_str(&format!("\\u{:04x}", u32::from(c))) } else { shown.push(c) }
    }
    for mark in MARKS_OF_COMMANDS {
        if shown.contains(mark) {
            shown = shown.replace(mark, &format!("\\u0023{}", &mark[1..]));
        }
    }
    shown
}

/// The longest cause that an error shows.
const LONGEST_CAUSE: usize = 2_000;

/// Words of others in an error, cut where they are endless.
fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST_CAUSE) {
        Some((end, _)) => format!("{}… ({} bytes more)", &text[..end], text.len() - end),
        None => text.to_owned(),
    }
}

/// Prints a line on stderr.
fn say(text: &str) {
    let _ = writeln!(io::stderr(), "{}", shown(text, COLOR_ERRORS.load(Ordering::Relaxed)));
}

/// Passes on a line of a runner's stderr.
pub fn echo(line: &str) {
    say(line);
}

/// Prints a line on stdout. A reader that went away is no error.
fn print(text: &str) {
    match writeln!(io::stdout(), "{text}") {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            let _ = LOST_OUTPUT.set(error);
        }
        _ => {}
    }
}

/// Prints what a process of this command tells the one that started it.
///
/// # Errors
/// When the other has gone.
pub fn answer(text: &str) -> io::Result<()> {
    writeln!(io::stdout(), "{text}")
}

/// Why something that was to go to stdout did not, if so.
pub fn lost_output() -> Option<anyhow::Error> {
    let error = LOST_OUTPUT.get()?;
    Some(helpful(format!("cannot write to stdout: {error}"), "make room where it goes, and run it again"))
}

impl Terminal {
    pub fn new(color: Color, format: MessageFormat, verbosity: i16) -> Self {
        let use_color = |is_terminal: bool| match color {
            Color::Always => true,
            Color::Never => false,
            // https://no-color.org
            Color::Auto => is_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
        };
        let color_err = use_color(io::stderr().is_terminal());
        COLOR_ERRORS.store(color_err, Ordering::Relaxed);
        Self { format, color_out: use_color(io::stdout().is_terminal()), color_err, verbosity }
    }

    pub fn json(&self) -> bool {
        self.format == MessageFormat::Json
    }

    /// A result for people; nothing where programs listen. A closed pipe is no error.
    pub fn result(&self, text: &str) {
        if !self.json() {
            print(&shown(text, self.color_out));
        }
    }

    /// A message for programs; nothing where people listen.
    pub fn message(&self, message: &Message) {
        if self.json() {
            let text = serde_json::to_string(message).unwrap_or_else(|error| {
                // No message holds a map with keys that are no strings, nor anything else that
                // JSON can't say.
                format!("{{\"kind\":\"error\",\"reason\":\"{error}\"}}")
            });
            print(&shown_as_json(&text));
        }
    }

    /// A command for the system that runs the job. GitHub reads both streams; where programs
    /// listen on stdout, it goes to stderr.
    pub fn workflow_command(&self, command: &str) {
        if self.json() {
            let _ = writeln!(io::stderr(), "{command}");
        } else {
            print(command);
        }
    }

    /// What is going on.
    pub fn note(&self, text: &str) {
        if self.verbosity >= 0 {
            say(text);
        }
    }

    /// What only `-v` shows.
    pub fn detail(&self, text: &str) {
        if self.verbosity > 0 {
            say(text);
        }
    }

    /// What the reader should not overlook.
    pub fn warn(&self, text: &str) {
        let label = paint(self.color_err, Style::Yellow, "warning:");
        say(&format!("{label} {text}"));
    }

    /// Text for stdout, styled where it goes to a terminal.
    pub fn paint(&self, style: Style, text: &str) -> String {
        paint(self.color_out, style, text)
    }

    /// Columns of the terminal that results go to; `None` where they go elsewhere.
    pub fn width_out(&self) -> Option<usize> {
        let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
        (size.ws_col > 0).then_some(usize::from(size.ws_col))
    }

    /// A progress bar over `total` of work, on a terminal only.
    pub fn progress(&self, total: Duration) -> Progress {
        let target = if self.verbosity < 0 || !io::stderr().is_terminal() {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr_with_hz(5)
        };
        let hidden = target.is_hidden();
        let bar = ProgressBar::with_draw_target(Some(millis(total)), target);
        if let Ok(style) = ProgressStyle::with_template("{bar:24} {percent:>3}% {eta:>4} left  {wide_msg}") {
            bar.set_style(style);
        }
        let log = (hidden && self.verbosity >= 0).then(|| LogLines::start(bar.clone()));
        Progress { bar, log }
    }
}

/// A progress bar that counts expected time, so that long pieces count more.
pub struct Progress {
    bar: ProgressBar,
    /// What is printed in place of the bar where there is no terminal.
    log: Option<LogLines>,
}

/// Without a terminal progress is a line every half minute, so that a log shows that a long run lives.
struct LogLines {
    /// Dropped when no more lines are wanted.
    end: Option<Sender<()>>,
    printer: Option<JoinHandle<()>>,
}

const BETWEEN_LOG_LINES: Duration = Duration::from_secs(30);

impl LogLines {
    fn start(bar: ProgressBar) -> Self {
        let (end, ended) = std::sync::mpsc::channel();
        let start = Instant::now();
        let printer = std::thread::spawn(move || {
            while ended.recv_timeout(BETWEEN_LOG_LINES) == Err(RecvTimeoutError::Timeout) {
                let total = Duration::from_millis(bar.length().unwrap_or(0));
                let _ = writeln!(io::stderr(), "{}", log_line(start.elapsed(), total, &bar.message()));
            }
        });
        Self { end: Some(end), printer: Some(printer) }
    }
}

impl Drop for LogLines {
    fn drop(&mut self) {
        self.end = None;
        if let Some(printer) = self.printer.take() {
            let _ = printer.join();
        }
    }
}

/// `after 1m 30s of about 3m: trial 3 of 12: sum/counting/l1/fold`.
fn log_line(elapsed: Duration, total: Duration, at: &str) -> String {
    let of = if elapsed > total {
        ", longer than expected".to_owned()
    } else {
        format!(" of about {}", human(total))
    };
    let at = if at.is_empty() { String::new() } else { format!(": {at}") };
    format!("after {}{of}{at}", human(elapsed))
}

impl Progress {
    /// Corrects how much there is to do in all.
    pub fn expect(&self, total: Duration) {
        self.bar.set_length(millis(total).max(self.bar.position()));
    }

    /// Names the case at hand.
    pub fn at(&self, what: &str) {
        self.bar.set_message(plain::on_one_line(what).into_owned());
    }

    /// A piece that was expected to take this long is done.
    pub fn done(&self, expected: Duration) {
        self.bar.inc(millis(expected));
    }

    /// Runs something that prints, without the bar in its way.
    pub fn suspend(&self, print: impl FnOnce()) {
        self.bar.suspend(print);
    }
}

impl Drop for Progress {
    /// Takes the bar away.
    fn drop(&mut self) {
        self.log = None;
        self.bar.finish_and_clear();
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn paint(color: bool, style: Style, text: &str) -> String {
    if color { format!("{}{text}{RESET}", style.code()) } else { text.to_owned() }
}

const RESET: &str = "\x1b[0m";

impl Style {
    const ALL: [Self; 5] = [Self::Bold, Self::Dim, Self::Red, Self::Green, Self::Yellow];

    fn code(self) -> String {
        let number = match self {
            Self::Bold => 1,
            Self::Dim => 2,
            Self::Red => 31,
            Self::Green => 32,
            Self::Yellow => 33,
        };
        format!("\x1b[{number}m")
    }

    /// Everything that this command styles text with.
    fn codes() -> impl Iterator<Item = String> {
        Self::ALL.into_iter().map(Self::code).chain([RESET.to_owned()])
    }
}

/// Prints an error with its causes and the way out.
pub fn error(error: &anyhow::Error) {
    let color = COLOR_ERRORS.load(Ordering::Relaxed);
    let mut text = format!("{} {}", paint(color, Style::Red, "error:"), cut(&error.to_string()));
    for cause in error.chain().skip(1) {
        text.push_str(&format!("\n  because: {}", cut(&cause.to_string())));
    }
    if let Some(help) = help_of(error) {
        text.push_str(&format!("\n{} {help}", paint(color, Style::Bold, "help:")));
    }
    say(&text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_others_neither_steer_the_terminal_nor_command_a_ci() {
        let hostile = "a\x1b]0;title\x07\n  ::add-mask::x\n::y\r\x1b[31mred ##[group]z ##vso[task]";
        let plain =
            "a\\u{1b}]0;title\\u{7}\n  \\::add-mask::x\n\\::y\\r\\u{1b}[31mred #\\#[group]z #\\#vso[task]";
        assert_eq!(shown(hostile, false), plain);
        let json = serde_json::to_string("a\x1b\u{9b}\u{202e}\n::x ##[y]").unwrap();
        assert_eq!(shown_as_json(&json), r##""a\u001b\u009b\u202e\n::x \u0023#[y]""##);
        assert_eq!(shown("std::mem::take x", false), "std::mem::take x");
    }

    #[test]
    fn styles_of_this_command_stay_where_there_are_any() {
        let painted = paint(true, Style::Red, "red\x1b[2J");
        assert_eq!(shown(&painted, true), "\x1b[31mred\\u{1b}[2J\x1b[0m");
    }

    #[test]
    fn an_endless_cause_is_cut() {
        assert_eq!(cut(&"é".repeat(LONGEST_CAUSE + 1)).chars().filter(|c| *c == 'é').count(), LONGEST_CAUSE);
        assert_eq!(cut("short"), "short");
    }

    #[test]
    fn a_log_line_says_how_far_the_run_is_and_at_what() {
        let seconds = Duration::from_secs;
        let line = log_line(seconds(90), seconds(150), "verify f/w/s/ref");
        assert_eq!(
            line,
            format!("after {} of about {}: verify f/w/s/ref", human(seconds(90)), human(seconds(150)))
        );
        assert!(log_line(seconds(30), seconds(3), "").ends_with(", longer than expected"));
    }
}
