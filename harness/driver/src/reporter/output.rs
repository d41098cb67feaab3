//! The two streams, and what makes text harmless and coloured on its way there.

use std::{
    io::{self, Write},
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use duel_record::plain;

use super::progress;
use crate::command::{help::help_of, status::helpful};

/// ANSI styles that are used.
#[derive(Clone, Copy, Debug)]
pub enum Style {
    Bold,
    Dim,
    Red,
    Green,
    Yellow,
}

pub(super) static COLOR_ERRORS: AtomicBool = AtomicBool::new(false);
/// The first error of stdout.
static LOST_OUTPUT: OnceLock<io::Error> = OnceLock::new();

/// What the CI systems Azure Pipelines, GitHub Actions and TeamCity execute as commands, anywhere in a line.
const MARKS_OF_COMMANDS: [&str; 3] = ["##[", "##vso[", "##teamcity["];

/// Text as it may be printed: words of others neither steer the terminal nor command the system that runs the job.
/// Every text passes through here, but for commands to that system, which escape what is in them.
pub(super) fn shown(text: &str, color: bool) -> String {
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
pub(super) fn shown_as_json(text: &str) -> String {
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

/// Prints a line on stderr, without a progress bar in its way.
pub(super) fn say(text: &str) {
    progress::suspended(|| {
        let _ = writeln!(io::stderr(), "{}", shown(text, COLOR_ERRORS.load(Ordering::Relaxed)));
    });
}

/// Passes on a line of a runner's stderr.
pub fn echo(line: &str) {
    say(line);
}

/// Prints a line on stdout. A reader that went away is no error.
pub(super) fn print(text: &str) {
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

pub(super) fn paint(color: bool, style: Style, text: &str) -> String {
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
}
