//! criterion's timing of one arm, alone on the machine.

use std::time::Duration;

use duel_record::{Arm, Line};

use super::{Bench, Piece};
use crate::{machine::PressureMeter, runner::Fault};

/// Above this criterion takes as few samples as it can.
const SLOW_FOR_CRITERION_NS: f64 = 20e6;
/// criterion's fewest.
const FEWEST_CRITERION_SAMPLES: u32 = 10;
const CRITERION_SAMPLES: u32 = 50;
const TOO_SLOW_FOR_CRITERION: &str = "one iteration takes so long that criterion's ten samples would take many seconds; \
                                      the trials have its time (--instruments criterion takes them all the same)";

impl Bench<'_> {
    pub(super) fn criterion(&self, arm: &Arm) -> Piece {
        let meter = PressureMeter::start();
        let mut client = self.prepared(arm, &arm.case)?;
        let (_, ns_per_iter, _) = client.calibrate(self.effort.batch)?;
        if ns_per_iter > self.effort.criterion_slowest_ns {
            return Err(Fault::Unavailable { reason: TOO_SLOW_FOR_CRITERION.to_owned() });
        }
        let samples =
            if ns_per_iter > SLOW_FOR_CRITERION_NS { FEWEST_CRITERION_SAMPLES } else { CRITERION_SAMPLES };
        let folder = self.folder.path.join("criterion");
        // Slow kernels can't be had in less time than a few of their iterations.
        let least = Duration::from_nanos((ns_per_iter * f64::from(samples)) as u64);
        let timing = client.criterion(
            folder.display().to_string(),
            self.effort.criterion_warm_up,
            self.effort.criterion_measurement.max(least),
            samples,
        )?;
        Ok(Ok(Line::Criterion { arm: arm.clone(), timing, pressure: meter.read() }))
    }
}
