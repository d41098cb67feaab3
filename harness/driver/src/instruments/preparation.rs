//! How long it takes to prepare one arm, in fresh processes.

use std::time::{Duration, Instant};

use duel_record::{Finding, Instrument, InstrumentCheck, PreparationSummary};

use super::measurer::{Job, Machine, Measurer, NoFinding, Ready, Tool, works};
use crate::{
    duration::nanoseconds,
    measure::{Bench, Effort},
};

const PROCESSES: u32 = 3;

pub struct Preparation;

impl Measurer for Preparation {
    fn check(&self, _: &Machine<'_>) -> Vec<InstrumentCheck> {
        vec![works(Instrument::Preparation, "the time until a runner's process is prepared")]
    }

    fn expected(&self, _: &Effort) -> Duration {
        PROCESSES * Duration::from_millis(30)
    }

    fn ready(&self, _: &Bench<'_>, _: usize) -> Ready {
        Ready::with(Self)
    }
}

impl Tool for Preparation {
    fn run(&self, bench: &Bench<'_>, job: &Job) -> Result<Finding, NoFinding> {
        let arm = &job.arm;
        let mut summary = PreparationSummary::default();
        for _ in 0..PROCESSES {
            let mut client = bench.start(arm, arm.case.allocator)?;
            let start = Instant::now();
            client.prepare(&arm.case, bench.settings.seed, false)?;
            summary.time_ns.push(nanoseconds(start.elapsed()));
        }
        Ok(Finding::Preparation { arm: arm.clone(), summary })
    }
}
