//! Memory as the operating system and the allocator account for it, in a process of its own.

use std::time::Duration;

use duel_record::{Finding, Instrument, InstrumentCheck};

use super::measurer::{Job, Machine, Measurer, NoFinding, Ready, Tool, on_linux};
use crate::measure::{Bench, Effort};

pub struct Memory;

impl Measurer for Memory {
    fn check(&self, _: &Machine<'_>) -> Vec<InstrumentCheck> {
        vec![on_linux(Instrument::Memory, "/proc, and what the allocators say")]
    }

    fn expected(&self, effort: &Effort) -> Duration {
        effort.memory
    }

    fn ready(&self, _: &Bench<'_>, _: usize) -> Ready {
        Ready::with(Self)
    }
}

impl Tool for Memory {
    fn run(&self, bench: &Bench<'_>, job: &Job) -> Result<Finding, NoFinding> {
        let summary = bench.prepared(&job.arm, &job.arm.case)?.memory(bench.effort.memory)?;
        Ok(Finding::Memory { arm: job.arm.clone(), summary })
    }
}
