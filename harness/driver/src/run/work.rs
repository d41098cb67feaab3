//! What a run is to measure, and about how long that takes.

use std::{collections::BTreeSet, time::Duration};

use duel_record::{Arm, Foreign, GateCase, GateDeclared, Instrument, Missing};
use duel_reports::number::plural;

use duel_reports::gate_plan;

use crate::{
    instruments,
    measure::{Bench, VERIFY_EXPECTED},
    plan::{Case, Chosen, Comparison},
    sides::two_sides::TwoSides,
};

/// What is measured of the chosen cases, after they are verified.
pub enum Plan {
    /// Trials of these comparisons.
    Trials(Vec<Comparison>),
    /// What a gate declares, and the time that its trials may take.
    Gate(GateDeclared, Duration),
    /// No trials.
    InstrumentsOnly,
}

/// All that a run is to do.
pub struct Work {
    pub chosen: Chosen,
    pub plan: Plan,
    /// Both sides, in a comparison of artifacts.
    pub sides: Option<TwoSides>,
    /// Instruments of one case, in order, with the arms that they look at.
    pub instruments: Vec<(Instrument, Vec<Arm>)>,
    /// What another harness counted, or why that can't be used.
    pub foreign: Vec<Result<Foreign, Box<Missing>>>,
}

impl Work {
    /// Instruments alone, of cases that are chosen.
    pub fn instruments_only(chosen: Chosen, instruments: Vec<(Instrument, Vec<Arm>)>) -> Self {
        Self { chosen, plan: Plan::InstrumentsOnly, sides: None, instruments, foreign: Vec::new() }
    }

    /// The chosen cases, and with them the references that comparisons need.
    pub fn to_verify(&self) -> Vec<&Case> {
        self.chosen.with_references()
    }

    /// Whether nothing is measured beyond the verification.
    pub fn only_verifies(&self) -> bool {
        matches!(self.plan, Plan::InstrumentsOnly) && self.instruments.is_empty()
    }

    /// The comparisons that can take trials: not those of one executable with itself.
    pub fn compared(&self) -> Vec<&Comparison> {
        let skipped = |arms: &[Arm]| match arms {
            [baseline, candidate] => self.skips(baseline, candidate),
            _ => false,
        };
        let Plan::Trials(comparisons) = &self.plan else { return Vec::new() };
        comparisons.iter().filter(|comparison| !skipped(&comparison.arms)).collect()
    }

    /// How many cases there are: one that two sides have is one.
    pub fn cases(&self) -> usize {
        let ids: BTreeSet<_> =
            self.chosen.available().map(|case| (&case.arm.runner, &case.arm.case)).collect();
        ids.len()
    }

    /// The same of a gate's cases.
    pub fn gated(&self) -> Vec<&GateCase> {
        let Plan::Gate(declared, _) = &self.plan else { return Vec::new() };
        declared.cases.iter().filter(|case| !self.skips(&case.baseline, &case.candidate)).collect()
    }

    pub fn skips(&self, baseline: &Arm, candidate: &Arm) -> bool {
        self.sides.as_ref().is_some_and(|sides| sides.skip(baseline, candidate))
    }
}

/// `4 cases, 1 comparison`; of as many comparisons as cases only the cases are worth a word.
pub fn in_number(cases: usize, comparisons: usize) -> String {
    let cases_in_words = plural(cases, "case");
    if comparisons == 0 || comparisons == cases {
        cases_in_words
    } else {
        format!("{cases_in_words}, {}", plural(comparisons, "comparison"))
    }
}

/// About how long the work takes. `took` says what verifying an arm took, if that is known: an iteration
/// and more; without it data sets and kernels are thought to be of ordinary size.
pub fn expected(work: &Work, bench: &Bench<'_>, took: &dyn Fn(&Arm) -> Option<Duration>) -> Duration {
    let effort = &bench.effort;
    let verify =
        (work.to_verify().iter()).map(|case| took(&case.arm).unwrap_or(VERIFY_EXPECTED)).sum::<Duration>();
    let slow = |arm: &Arm| took(arm).filter(|took| *took > SLOW_TO_VERIFY).unwrap_or_default();
    let trial = |arms: &[Arm]| {
        let at_least: Duration = arms.iter().map(slow).sum();
        effort.expected_trial(arms.len()).max(at_least)
    };
    let trials = work
        .compared()
        .iter()
        .map(|comparison| {
            let one = trial(&comparison.arms);
            // The first trial finds out how long an iteration takes, in two of them.
            let first = 2 * comparison.arms.iter().map(slow).sum::<Duration>();
            first + (one * effort.trials).min(effort.comparison_most.max(one * effort.fewest_trials))
        })
        .sum::<Duration>();
    let gate = match &work.plan {
        Plan::Gate(declared, budget) => {
            // Two looks give most cases their verdict.
            let cases = work.gated().len();
            let trials = 2 * gate_plan(declared).first_look(cases).unwrap_or(0);
            let slowest = work.gated().iter().map(|case| slow(&case.baseline)).max().unwrap_or_default();
            (effort.expected_trial(2).max(2 * slowest) * count(trials * cases)).min(*budget)
        }
        Plan::Trials(_) | Plan::InstrumentsOnly => Duration::ZERO,
    };
    let instruments = work
        .instruments
        .iter()
        .map(|(instrument, arms)| {
            let arms = arms.iter().filter(|arm| !work.skips(arm, arm));
            let usual = instruments::expected(*instrument, bench);
            arms.map(|arm| usual.max(SLOW_ITERATIONS * slow(arm))).sum::<Duration>()
        })
        .sum::<Duration>();
    let all = verify + trials + gate + instruments;
    bench.settings.time_budget.map_or(all, |most| all.min(most))
}

/// A verification that took longer was spent on the data set and the kernel, and every trial will be, too.
const SLOW_TO_VERIFY: Duration = Duration::from_millis(100);
/// What an instrument runs of a slow kernel.
const SLOW_ITERATIONS: u32 = 4;

fn count(items: usize) -> u32 {
    u32::try_from(items).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::in_number;

    #[test]
    fn cases_and_comparisons_are_counted_once() {
        assert_eq!(in_number(1, 0), "1 case");
        assert_eq!(in_number(1, 1), "1 case");
        assert_eq!(in_number(2, 2), "2 cases");
        assert_eq!(in_number(2, 1), "2 cases, 1 comparison");
        assert_eq!(in_number(1, 2), "1 case, 2 comparisons");
    }
}
