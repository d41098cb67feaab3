//! What a run has found: from its record when it is resumed, and as it continues.

use std::collections::{HashMap, HashSet};

use duel_record::{
    Arm, Factor, Finding, IdenticalCase, Instrument, Line, Missing, MissingKind, Outcome, Stage,
    protocol::Work,
};

use crate::code::Evidence;

fn variant_of(arm: &Arm) -> (String, String, String) {
    (arm.artifact.clone(), arm.runner.clone(), arm.case.path())
}

/// What the verification of an arm says about its data set.
#[derive(Clone, Debug)]
pub struct Known {
    /// Content hash.
    pub data_hash: String,
    /// Largest resident set of the verifying process.
    pub peak_resident_bytes: u64,
}

/// What a run has found so far, so that nothing is measured twice.
#[derive(Debug, Default)]
pub struct Results {
    /// Arms whose output was right.
    pub verified: HashMap<Arm, Known>,
    /// Arms that crashed, hung or answered wrongly.
    failed: HashSet<Arm>,
    /// Of those, the ones that did so when verified: artifact, runner and the case's path, since
    /// that speaks of the variant under every allocator.
    unverified: HashSet<(String, String, String)>,
    /// Arms that are the same executable on both sides, and make the same data.
    identical: HashSet<Arm>,
    /// Every trial: its factor, its arms, and the iterations that each of them ran.
    trials: Vec<(Factor, Vec<(Arm, u64)>)>,
    /// Instruments that an arm has had.
    instruments: HashSet<(Instrument, Arm)>,
    pub missing: Vec<Missing>,
    /// Where the weight of an arm's instructions is.
    weighed: HashMap<Arm, Evidence>,
    /// Whether a verified arm states what an iteration moves or computes.
    pub states_work: bool,
    /// Whether the machine's limits are in the record.
    pub calibrated: bool,
}

impl Results {
    /// Reads what the lines of a record have.
    pub fn from_lines(lines: &[Line]) -> Self {
        let mut results = Self::default();
        for line in lines {
            match line {
                Line::Verified(verification) => match verification.outcome {
                    Outcome::Right => {
                        let known = Known {
                            data_hash: verification.data_hash.clone(),
                            peak_resident_bytes: verification.peak_resident_bytes,
                        };
                        results.verified.insert(verification.arm.clone(), known);
                        results.take_work(verification.work);
                    }
                    // A line of its own says that it failed.
                    Outcome::Wrong { .. } => {}
                },
                Line::Failed(failure) => {
                    results.fail(&failure.arm, failure.stage);
                }
                Line::Trial(trial) => {
                    let arms = trial.arms.iter().map(|arm| (arm.arm.clone(), arm.iters)).collect();
                    results.trials.push((trial.factor, arms));
                }
                Line::Found(finding) => results.take_finding(finding),
                Line::Unavailable(missing) => results.missing.push(missing.clone()),
                Line::Identical(case) => results.take_identical(case),
                Line::Calibration(_) => results.calibrated = true,
                Line::Started(_)
                | Line::Gate(_)
                | Line::EarlyLook
                | Line::MoreInstructions { .. }
                | Line::Sides(_)
                | Line::Foreign(_)
                | Line::Resumed { .. }
                | Line::Finished(_) => {}
            }
        }
        results
    }

    /// How many trials had all of these arms, with the same baseline, and what they ran.
    pub fn trials_of(&self, factor: Factor, arms: &[Arm]) -> (u32, Vec<Option<u64>>) {
        let iters_in = |trial: &[(Arm, u64)], wanted: &Arm| {
            trial.iter().find(|(arm, _)| arm == wanted).map(|(_, iters)| *iters)
        };
        let mut count = 0;
        let mut iters = vec![None; arms.len()];
        for (_, trial) in self
            .trials
            .iter()
            .filter(|(of, trial)| *of == factor && trial.first().map(|(arm, _)| arm) == arms.first())
        {
            let found: Vec<Option<u64>> = arms.iter().map(|arm| iters_in(trial, arm)).collect();
            if found.iter().all(Option::is_some) {
                count += 1;
                iters = found;
            }
        }
        (count, iters)
    }

    /// A verified arm states its work, or does not.
    pub fn take_work(&mut self, work: Work) {
        self.states_work |= work.bytes > 0 || work.flops > 0;
    }

    /// An arm failed.
    pub fn fail(&mut self, arm: &Arm, stage: Stage) {
        self.failed.insert(arm.clone());
        if stage == Stage::Verify {
            self.unverified.insert(variant_of(arm));
        }
    }

    /// Whether an arm is out: it failed, or its variant did when verified.
    pub fn is_out(&self, arm: &Arm) -> bool {
        self.failed.contains(arm) || self.unverified.contains(&variant_of(arm))
    }

    /// Both sides of a case are the same executable, and make the same data.
    pub fn take_identical(&mut self, case: &IdenticalCase) {
        self.identical.extend([case.baseline.clone(), case.candidate.clone()]);
    }

    /// Whether every verified arm is identical to the other side's, so that nothing has a time.
    pub fn all_identical(&self) -> bool {
        !self.identical.is_empty() && self.verified.keys().all(|arm| self.identical.contains(arm))
    }

    /// Whether anything failed.
    pub fn any_failed(&self) -> bool {
        !self.failed.is_empty()
    }

    /// Which instructions an arm spends its time in, as far as it was measured.
    pub fn weighed(&self, arm: &Arm) -> Option<&Evidence> {
        self.weighed.get(arm)
    }

    /// An instrument was run on an arm.
    pub fn take_finding(&mut self, finding: &Finding) {
        let (instrument, arm) = finding.about();
        self.instruments.insert((instrument, arm.clone()));
        if matches!(instrument, Instrument::Instructions | Instrument::Profile) {
            self.weighed.entry(arm.clone()).or_default().take(finding);
        }
    }

    /// Whether an instrument is still to be run on an arm.
    pub fn wants(&self, instrument: Instrument, arm: &Arm) -> bool {
        !self.is_out(arm) && !self.identical.contains(arm) && !self.has(instrument, arm)
    }

    /// Whether an instrument was run on an arm, or found to be unavailable for its case.
    pub fn has(&self, instrument: Instrument, arm: &Arm) -> bool {
        self.instruments.contains(&(instrument, arm.clone()))
            || self.missing.iter().any(|missing| {
                missing.case.as_ref() == Some(&arm.case)
                    && missing.what == MissingKind::Instrument(instrument)
            })
    }
}
