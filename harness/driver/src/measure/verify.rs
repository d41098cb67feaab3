//! Before any clock: every variant's output against its reference's.

use anyhow::Result;
use duel_record::{Arm, Line, Message, Outcome, Stage, Verification};

use super::{Bench, Session, Stop, results::Known, side_by_side::side_by_side};
use crate::{
    plan::Case,
    runner::{Client, Fault, Verified},
};

impl Session<'_> {
    /// Verifies cases that were not yet, several data sets side by side.
    pub fn verify(&mut self, cases: &[&Case]) -> Result<Stop> {
        let mut data_sets: Vec<Vec<&Case>> = Vec::new();
        for case in cases {
            if self.results.verified.contains_key(&case.arm) || self.results.is_out(&case.arm) {
                continue;
            }
            match data_sets.last_mut() {
                Some(others) if same_data_set(&others[0].arm, &case.arm) => others.push(case),
                _ => data_sets.push(vec![case]),
            }
        }
        let bench = self.bench;
        let stop = side_by_side(
            data_sets,
            bench.workers(),
            |cases, report| verify_data_set(bench, cases, report),
            |(arm, found)| {
                if let Err(Fault::Interrupted) = found {
                    return Ok(self.stop());
                }
                self.settle_verification(&arm, found)?;
                self.progress.done(EXPECTED);
                Ok(self.stop())
            },
        );
        self.show_failures();
        stop
    }

    fn settle_verification(&mut self, arm: &Arm, found: Result<Verified, Fault>) -> Result<()> {
        let found = match found {
            Ok(found) => found,
            Err(fault) => return self.fail(arm, Stage::Verify, &fault),
        };
        self.progress.at(&format!("verify {}", arm.case));
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
        if let Some(difference) = found.difference {
            return self.fail_because(arm, Stage::Verify, &format!("wrong answer: {difference}"));
        }
        self.reporter()
            .message(&Message::Verified { case: arm.case.clone(), data_hash: found.data_hash.clone() });
        self.took.insert(arm.clone(), found.took);
        let known = Known { data_hash: found.data_hash, peak_resident_bytes: found.peak_resident_bytes };
        self.results.verified.insert(arm.clone(), known);
        self.results.take_work(found.work);
        Ok(())
    }
}

fn same_data_set(a: &Arm, b: &Arm) -> bool {
    a.artifact == b.artifact && a.runner == b.runner && a.case.data_set() == b.case.data_set()
}

/// Verifies the cases of one data set, the reference first, in one process, which keeps the
/// data set and the reference's output; in a fresh one after each that brought it down.
fn verify_data_set(bench: Bench<'_>, cases: Vec<&Case>, report: &dyn Fn((Arm, Result<Verified, Fault>))) {
    let mut process: Option<Client> = None;
    let mut broken: Option<&Arm> = None;
    for case in cases {
        let arm = &case.arm;
        if let Some(reference) = broken {
            let reason =
                format!("its reference {} failed, so there is nothing to hold it against", reference.case);
            report((arm.clone(), Err(Fault::Refused { reason })));
            continue;
        }
        let client = match process.take() {
            Some(client) => Ok(client),
            None => bench.start(arm, arm.case.allocator),
        };
        let found = client.and_then(|mut client| {
            let found = client.verify(&arm.case, bench.settings.seed);
            if found.is_ok() || found.as_ref().is_err_and(Fault::leaves_it_alive) {
                process = Some(client);
            }
            found
        });
        let interrupted = matches!(found, Err(Fault::Interrupted));
        if case.reference && found.is_err() {
            broken = Some(arm);
        }
        report((arm.clone(), found));
        if interrupted {
            return;
        }
    }
}

/// About how long one verification takes.
pub const EXPECTED: std::time::Duration = std::time::Duration::from_millis(40);
