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

use duel_record::Message;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::{
    cli::{Color, MessageFormat},
    clock::human,
    status::{help_of, helpful},
};

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
            print(text);
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
            print(&text);
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
            let _ = writeln!(io::stderr(), "{text}");
        }
    }

    /// What only `-v` shows.
    pub fn detail(&self, text: &str) {
        if self.verbosity > 0 {
            let _ = writeln!(io::stderr(), "{text}");
        }
    }

    /// What the reader should not overlook.
    pub fn warn(&self, text: &str) {
        let label = paint(self.color_err, Style::Yellow, "warning:");
        let _ = writeln!(io::stderr(), "{label} {text}");
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
        self.bar.set_message(what.to_owned());
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
    let code = match style {
        Style::Bold => "1",
        Style::Dim => "2",
        Style::Red => "31",
        Style::Green => "32",
        Style::Yellow => "33",
    };
    if color { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
}

/// Prints an error with its causes and the way out.
pub fn error(error: &anyhow::Error) {
    let color = COLOR_ERRORS.load(Ordering::Relaxed);
    let mut text = format!("{} {error}", paint(color, Style::Red, "error:"));
    for cause in error.chain().skip(1) {
        text.push_str(&format!("\n  because: {cause}"));
    }
    if let Some(help) = help_of(error) {
        text.push_str(&format!("\n{} {help}", paint(color, Style::Bold, "help:")));
    }
    let _ = writeln!(io::stderr(), "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

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
