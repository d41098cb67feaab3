//! The exit status, and errors that say the way out.

use std::{fmt, process::ExitCode};

/// How the command ends. Where several hold, [`worst`](Self::worst) decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Nothing regressed.
    Good,
    /// At least one regression.
    Regressed,
    /// No verdict where one was demanded.
    Undecided,
    /// The job could not be done: usage, build, environment, unreadable record.
    Impossible,
    /// A case failed: wrong answer, crash, time-out.
    CaseFailed,
    /// Ctrl-C; what was done is kept.
    Interrupted,
}

impl Status {
    /// The process's exit status.
    pub const fn code(self) -> u8 {
        match self {
            Self::Good => 0,
            Self::Regressed => 1,
            Self::Impossible => 2,
            Self::Undecided => 3,
            Self::CaseFailed => 4,
            Self::Interrupted => 130,
        }
    }

    /// Of two, the one to report: an interruption, then 2, then 4, then 1, then 3.
    pub fn worst(self, other: Self) -> Self {
        let rank = |status| match status {
            Self::Good => 0,
            Self::Undecided => 1,
            Self::Regressed => 2,
            Self::CaseFailed => 3,
            Self::Impossible => 4,
            Self::Interrupted => 5,
        };
        if rank(other) > rank(self) { other } else { self }
    }
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(status.code())
    }
}

/// An error with the way out, shown as `help:`.
#[derive(Debug)]
pub struct WithHelp {
    message: String,
    pub help: String,
}

impl fmt::Display for WithHelp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for WithHelp {}

/// An error that names the way out.
pub fn helpful(message: impl Into<String>, help: impl Into<String>) -> anyhow::Error {
    WithHelp { message: message.into(), help: help.into() }.into()
}

#[cfg(test)]
mod tests {
    use super::Status::*;

    #[test]
    fn the_worst_status_is_reported() {
        assert_eq!(Good.worst(Regressed), Regressed);
        assert_eq!(CaseFailed.worst(Regressed), CaseFailed);
        assert_eq!(Undecided.worst(Regressed), Regressed);
        assert_eq!(Good.worst(Undecided), Undecided);
        assert_eq!(Regressed.worst(Impossible).worst(CaseFailed), Impossible);
    }
}
