//! criterion's timing of one arm, alone on the machine.

use std::time::Duration;

use duel_record::{Finding, Instrument, InstrumentCheck};

use super::measurer::{Job, Machine, Measurer, NoFinding, Ready, Tool, works};
use crate::{
    machine::PressureMeter,
    measure::{Bench, Effort},
    runner::Fault,
};

/// Above this criterion takes as few samples as it can.
const SLOW_FOR_CRITERION_NS: f64 = 20e6;
/// criterion's fewest.
const FEWEST_CRITERION_SAMPLES: u32 = 10;
const CRITERION_SAMPLES: u32 = 50;
/// criterion's analysis of its samples takes this long.
const ANALYSIS: Duration = Duration::from_millis(150);
const TOO_SLOW_FOR_CRITERION: &str = "one iteration takes so long that criterion's ten samples would take many seconds; \
                                      the trials have its time (--instruments criterion takes them all the same)";

pub struct Criterion;

impl Measurer for Criterion {
    fn check(&self, _: &Machine<'_>) -> Vec<InstrumentCheck> {
        vec![works(Instrument::Criterion, "criterion 0.8 in the runner")]
    }

    fn expected(&self, effort: &Effort) -> Duration {
        effort.criterion_warm_up + effort.criterion_measurement + ANALYSIS
    }

    fn ready(&self, _: &Bench<'_>, _: usize) -> Ready {
        Ready::with(Self)
    }
}

impl Tool for Criterion {
    fn run(&self, bench: &Bench<'_>, job: &Job) -> Result<Finding, NoFinding> {
        let (arm, effort) = (&job.arm, &bench.effort);
        let meter = PressureMeter::start();
        let mut client = bench.prepared(arm, &arm.case)?;
        let (_, ns_per_iter, _) = client.calibrate(effort.batch)?;
        if ns_per_iter > effort.criterion_slowest_ns {
            return Err(Fault::Unavailable { reason: TOO_SLOW_FOR_CRITERION.to_owned() }.into());
        }
        let samples =
            if ns_per_iter > SLOW_FOR_CRITERION_NS { FEWEST_CRITERION_SAMPLES } else { CRITERION_SAMPLES };
        let folder = bench.folder.path.join("criterion");
        // Slow kernels can't be had in less time than a few of their iterations.
        let least = Duration::from_nanos((ns_per_iter * f64::from(samples)) as u64);
        let timing = client.criterion(
            folder.display().to_string(),
            effort.criterion_warm_up,
            effort.criterion_measurement.max(least),
            samples,
        )?;
        Ok(Finding::Criterion { arm: arm.clone(), timing, pressure: meter.read() })
    }
}
