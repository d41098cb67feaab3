//! Before any clock: every variant's output against its reference's.

use anyhow::Result;
use duel_record::{Arm, Line, Message, Outcome, Verification};

use super::{Session, Stop, done::{Known, VERIFY}};
use crate::{
    plan::Case,
    runner::{Client, Fault},
};

impl Session<'_> {
    /// Verifies cases that were not yet. Cases of one data set share a process, which keeps
    /// the data set and the reference's output.
    pub fn verify(&mut self, cases: &[&Case]) -> Result<Stop> {
        let mut process: Option<(String, Client)> = None;
        // The data set's reference, which comes before the others.
        let mut reference: Option<(String, Arm)> = None;
        for case in cases {
            let arm = &case.arm;
            let key = format!("{}/{}/{}", arm.artifact, arm.runner, arm.case.data_set());
            if case.reference {
                reference = Some((key.clone(), arm.clone()));
            }
            if self.done.verified.contains_key(arm) || self.done.is_out(arm) {
                continue;
            }
            if let Some(stop) = self.stop() {
                return Ok(Some(stop));
            }
            self.progress.at(&format!("verify {}", arm.case));
            if let Some((_, reference)) = reference.as_ref().filter(|(of, reference)| *of == key && self.done.is_out(reference)) {
                let reason = format!("its reference {} failed, so there is nothing to hold it against", reference.case);
                self.fail_because(arm, VERIFY, &reason)?;
                self.progress.done(EXPECTED);
                continue;
            }
            let client = match process.take().filter(|(held, _)| *held == key) {
                Some((_, client)) => Ok(client),
                None => Client::start(&self.runner_of(arm)?.launch(arm.case.allocator, self.settings)),
            };
            let verified = client.and_then(|mut client| {
                let result = client.verify(&arm.case, self.settings.seed);
                if result.as_ref().is_ok() || result.as_ref().is_err_and(Fault::leaves_it_alive) {
                    process = Some((key, client));
                }
                result
            });
            match verified {
                Ok(found) => {
                    let outcome = match found.difference.clone() {
                        None => Outcome::Right,
                        Some(difference) => Outcome::Wrong { difference },
                    };
                    self.keep(&Line::Verified(Verification {
                        arm: arm.clone(),
                        outcome,
                        data_hash: found.data_hash.clone(),
                        work: found.work,
                        peak_resident_bytes: found.peak_resident_bytes,
                    }))?;
                    match found.difference {
                        None => self.right(
                            arm,
                            Known { data_hash: found.data_hash, peak_resident_bytes: found.peak_resident_bytes },
                        ),
                        Some(difference) => self.fail_because(arm, VERIFY, &format!("wrong answer: {difference}"))?,
                    }
                }
                Err(Fault::Interrupted) => return Ok(self.stop()),
                Err(fault) => self.fail(arm, VERIFY, &fault)?,
            }
            self.progress.done(EXPECTED);
        }
        Ok(None)
    }

    fn right(&mut self, arm: &Arm, known: Known) {
        self.terminal().message(&Message::Verified { case: arm.case.clone(), data_hash: known.data_hash.clone() });
        self.done.verified.insert(arm.clone(), known);
    }
}

/// About how long one verification takes.
pub const EXPECTED: std::time::Duration = std::time::Duration::from_millis(40);
