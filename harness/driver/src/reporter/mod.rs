//! The one place that prints. Everything else computes and reports events: what goes on is printed on stderr for
//! people, results go to stdout as text or as JSON, and progress shows on a terminal.

mod event;
mod output;
mod progress;

pub use event::Event;
pub use output::{Style, answer, echo, error, lost_output};
pub use progress::Progress;

use std::{
    io::{self, IsTerminal, Write},
    sync::atomic::Ordering,
    time::Duration,
};

use clap::ValueEnum;
use duel_record::Message;

use event::Level;
use output::{COLOR_ERRORS, paint, print, say, shown, shown_as_json};

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

/// What this command prints, and how.
#[derive(Clone, Copy, Debug)]
pub struct Reporter {
    pub format: MessageFormat,
    pub color_out: bool,
    color_err: bool,
    /// Below 0 is quiet, above 0 verbose.
    pub verbosity: i16,
}

impl Reporter {
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

    /// Something happened that people may want to know.
    pub fn report(&self, event: &Event) {
        match event.level() {
            Level::Detail if self.verbosity <= 0 => {}
            Level::Note if self.verbosity < 0 => {}
            Level::Detail | Level::Note => say(&event.to_string()),
            Level::Warning => say(&format!("{} {event}", paint(self.color_err, Style::Yellow, "warning:"))),
        }
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

    /// A progress bar over `total` of work, which is on the terminal until it is dropped.
    pub fn progress(&self, total: Duration) -> Progress {
        Progress::new(total, self.verbosity < 0)
    }
}
