//! What can go wrong with a runner, in words that name the way out.

use std::{io, process::ExitStatus, time::Duration};

use duel_reports::shortened;

/// Why a runner did not answer as it should.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The executable can't be started.
    #[error("cannot start {program}: {source}")]
    Start { program: String, source: io::Error },
    /// No answer in time; it was killed.
    #[error("no answer in {}: it hangs, or --case-timeout is too short; killed", crate::duration::human(*.limit))]
    Hung { limit: Duration },
    /// The process ended instead of answering.
    #[error("{}{}", ended(.status), said(.stderr))]
    Ended { status: ExitStatus, stderr: String },
    /// What came is no answer.
    #[error("it printed what is no answer of the protocol: {line:?}")]
    Garbage { line: String },
    /// Output without end, or when nothing was asked.
    #[error("it floods stdout ({bytes} bytes that nobody asked for); killed")]
    Flood { bytes: usize },
    /// It can't be talked to any more, yet lives.
    #[error("it closed its stdout and lived on; killed{}", said(.stderr))]
    Closed { stderr: String },
    /// Numbers that no measurement gives.
    #[error("it answered what can't be: {what}")]
    Absurd { what: String },
    /// A runner of another version.
    #[error(
        "it speaks protocol version {found}, this command speaks {expected}: rebuild it with the same version of duel (update the `duel` dependency, or this command)"
    )]
    Version { found: u32, expected: u32 },
    /// An answer to something else than what was asked.
    #[error("it answered {found} to {asked}")]
    Mismatch { asked: &'static str, found: String },
    /// It tried and failed, and said so: a panic in the kernel, or a request that it can't do.
    #[error("{reason}")]
    Refused { reason: String },
    /// What was asked can't be had on this machine.
    #[error("unavailable: {reason}")]
    Unavailable { reason: String },
    /// The user pressed Ctrl-C.
    #[error("interrupted")]
    Interrupted,
    /// The pipe broke in another way.
    #[error("lost the talk with it: {0}")]
    Io(#[from] io::Error),
}

impl Fault {
    /// Whether the process can be asked something else.
    pub fn leaves_it_alive(&self) -> bool {
        matches!(self, Self::Refused { .. } | Self::Unavailable { .. })
    }
}

/// The longest reason of a runner's that is kept: a check or a panic may print a whole data set.
const LONGEST_REASON: usize = 20_000;

/// A reason that a runner gave, no longer than anybody reads.
pub fn bounded(reason: String) -> String {
    if reason.len() <= LONGEST_REASON { reason } else { shortened(&reason, LONGEST_REASON).into_owned() }
}

fn ended(status: &ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;
    match (status.signal(), status.code()) {
        (Some(signal), _) => format!("it was killed by signal {signal}{}", signal_name(signal)),
        (None, Some(code)) => format!("it ended with exit status {code}"),
        (None, None) => "it ended".to_owned(),
    }
}

fn signal_name(signal: i32) -> &'static str {
    match signal {
        4 => " (SIGILL: illegal instruction)",
        6 => " (SIGABRT: aborted)",
        7 => " (SIGBUS)",
        8 => " (SIGFPE)",
        9 => " (SIGKILL: perhaps out of memory)",
        11 => " (SIGSEGV: invalid memory access)",
        15 => " (SIGTERM)",
        _ => "",
    }
}

fn said(stderr: &str) -> String {
    match stderr.trim() {
        "" => String::new(),
        words => format!("; it said: {words}"),
    }
}
