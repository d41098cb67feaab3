//! The machine code of each arm's hottest function, read from the runner's file: no process is
//! started.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use duel_record::{Arm, Finding, Instrument, InstrumentCheck, Missing, MissingKind};

use super::measurer::{Job, Machine, Measurer, NoFinding, Ready, Tool, works};
use crate::{
    code::{Executable, Unreadable, Wish, summarize},
    measure::{Bench, Effort},
};

/// Instructions that the record keeps of one function.
const MOST_INSTRUCTIONS: usize = 600;

pub struct Code;

impl Measurer for Code {
    fn check(&self, _: &Machine<'_>) -> Vec<InstrumentCheck> {
        vec![works(Instrument::Code, "read from the runner's own file")]
    }

    fn expected(&self, _: &Effort) -> Duration {
        Duration::ZERO
    }

    fn ready(&self, _: &Bench<'_>, _: usize) -> Ready {
        Ready::with(Disassembler::default())
    }
}

/// Executables, each read when it is first needed, and once. Taking a function apart takes milliseconds, so
/// one is taken apart at a time.
#[derive(Default)]
struct Disassembler {
    executables: Mutex<HashMap<PathBuf, Result<Executable, Unreadable>>>,
}

impl Tool for Disassembler {
    fn run(&self, bench: &Bench<'_>, job: &Job) -> Result<Finding, NoFinding> {
        let arm = &job.arm;
        let (file, built) = bench.runner_of(arm)?.files();
        let mut executables = self.executables.lock().unwrap_or_else(PoisonError::into_inner);
        let executable =
            executables.entry(file.to_owned()).or_insert_with(|| Executable::read(file, built)).as_ref();
        let executable = executable.map_err(|unreadable| missing(None, unreadable))?;
        let weights = job.evidence.as_ref().and_then(|found| found.weights());
        let mut summary = summarize(executable, weights, &Wish::Hottest, &arm.case.variant)
            .map_err(|unknown| missing(Some(arm), &unknown))?;
        summary.keep_hottest(MOST_INSTRUCTIONS);
        Ok(Finding::Code { arm: arm.clone(), summary })
    }
}

/// Why there is no code: of one arm, or of a whole executable.
fn missing(arm: Option<&Arm>, why: &Unreadable) -> NoFinding {
    NoFinding::Missing(Box::new(Missing {
        case: arm.map(|arm| arm.case.clone()),
        what: MissingKind::Instrument(Instrument::Code),
        reason: why.reason.clone(),
        remedy: why.remedy.clone(),
    }))
}
