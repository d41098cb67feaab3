//! What every instrument is to the rest: whether it works here, how long it takes, and how it runs on one arm.

use std::{path::Path, time::Duration};

use duel_record::{Arm, Finding, Instrument, InstrumentCheck, Missing};

use crate::{
    code::Evidence,
    measure::{Bench, Effort},
    runner::Fault,
};

/// What an instrument needs of this machine, and how it is started.
pub trait Measurer: Sync {
    /// Whether it works on this machine, and with what: what `doctor` shows.
    fn check(&self, machine: &Machine<'_>) -> Vec<InstrumentCheck>;

    /// About how long it takes for one arm, beyond starting a process.
    fn expected(&self, effort: &Effort) -> Duration;

    /// Finds what it needs to run on this many arms.
    fn ready(&self, bench: &Bench<'_>, arms: usize) -> Ready;
}

/// An instrument that has all that it needs.
pub trait Tool: Sync {
    /// Runs it on one arm.
    ///
    /// # Errors
    /// Why there is no finding.
    fn run(&self, bench: &Bench<'_>, job: &Job) -> Result<Finding, NoFinding>;

    /// What a finding says this machine does not have.
    fn missing(&self, _finding: &Finding) -> Vec<Missing> {
        Vec::new()
    }

    /// Whether a case has failed if its runner fails here. If not, only the finding is missing: the kernel
    /// itself was verified and timed.
    fn fails_the_case(&self) -> bool {
        true
    }
}

/// Where a check looks.
pub struct Machine<'a> {
    /// The root of the file system; another one in tests.
    pub root: &'a Path,
    /// The longest wait for a program that is tried.
    pub step_most: Duration,
}

/// What an instrument is run on.
#[derive(Clone, Debug)]
pub struct Job {
    pub instrument: Instrument,
    pub arm: Arm,
    /// Where earlier instruments found the arm's weight to be.
    pub evidence: Option<Evidence>,
}

/// An instrument that was asked to get ready.
pub struct Ready {
    /// `None` if it can't run at all.
    pub tool: Option<Box<dyn Tool>>,
    /// What it would need, or would need to be better.
    pub missing: Option<Missing>,
    /// Whether the user named what is missing.
    pub named: bool,
}

impl Ready {
    pub(super) fn with(tool: impl Tool + 'static) -> Self {
        Self { tool: Some(Box::new(tool)), missing: None, named: false }
    }
}

/// Why an instrument has no finding of an arm.
#[derive(Debug)]
pub enum NoFinding {
    /// The runner went wrong.
    Fault(Fault),
    /// It can't be had here.
    Missing(Box<Missing>),
    /// The driver itself can't go on, as on a full disk.
    Error(anyhow::Error),
}

impl From<Fault> for NoFinding {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<anyhow::Error> for NoFinding {
    fn from(error: anyhow::Error) -> Self {
        Self::Error(error)
    }
}

pub(super) fn works(name: impl ToString, with: impl ToString) -> InstrumentCheck {
    InstrumentCheck { name: name.to_string(), available: true, found: with.to_string(), remedy: None }
}

pub(super) fn lacks(name: impl ToString, reason: impl ToString, remedy: Option<&str>) -> InstrumentCheck {
    InstrumentCheck {
        name: name.to_string(),
        available: false,
        found: reason.to_string(),
        remedy: remedy.map(str::to_owned),
    }
}

/// A check of what only Linux has.
pub(super) fn on_linux(name: impl ToString, with: &str) -> InstrumentCheck {
    if cfg!(target_os = "linux") {
        works(name, with)
    } else {
        lacks(name, "this is not Linux", Some("run on Linux"))
    }
}
