//! What this machine can do at most goes into the record of a run whose cases state their work: as it
//! is kept, or measured at the very end, when it can disturb nothing.

use anyhow::Result;
use duel_record::{Interruption, Line, Missing, MissingKind};

use super::{Session, Stop};
use crate::{
    machine::{
        self,
        limits::{self, EXPECTED, Measured, Stored},
    },
    reporter::Event,
    runner::interrupt,
};

impl Session<'_> {
    /// Puts the machine's limits into the record, where a case can be compared with them; `measure`
    /// says whether they may be measured where they are not known. A time budget is for cases, so it
    /// does not end this.
    pub fn roofline(&mut self, measure: bool) -> Result<Stop> {
        if !self.results.states_work || self.results.calibrated || self.results.all_identical() {
            return Ok(None);
        }
        let machine = machine::machine();
        let out = &self.bench.settings.out;
        let reporter = *self.reporter();
        let unusable = match limits::stored(&machine, out) {
            Stored::Good(known) => {
                self.results.calibrated = true;
                self.keep(&Line::Calibration(known))?;
                return Ok(None);
            }
            Stored::Unusable(why) => Some(why),
            Stored::None => None,
        };
        if !measure {
            return Ok(None);
        }
        reporter.report(&Event::MeasuringLimits { expected: EXPECTED, unusable: unusable.as_deref() });
        self.progress.at("measuring the machine's limits");
        match limits::measure(&machine, out, &interrupt::requested) {
            Ok(None) => return Ok(Some(Interruption::User)),
            Ok(Some(Measured { calibration, kept })) => {
                if let Err(error) = kept {
                    reporter.report(&Event::LimitsNotKept(&error));
                }
                self.results.calibrated = true;
                self.keep(&Line::Calibration(calibration))?;
            }
            Err(error) => self.miss(Missing {
                case: None,
                what: MissingKind::Roofline,
                reason: format!("the machine's limits could not be measured: {error:#}"),
                remedy: Some("`cargo duel doctor --calibrate` tries again".to_owned()),
            })?,
        }
        Ok(None)
    }
}
