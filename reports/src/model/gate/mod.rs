//! What a gate says, replayed from its record: the same trials in the same order give the same
//! words, without measuring.

mod case;
mod controls;
mod counts;
mod evidence;
mod procedure;
mod replay;
mod rules;
mod sentences;
mod standing;

use std::collections::{BTreeSet, HashMap};

use duel_record::{Arm, Failure, GateDeclared, GateSummary, Line, Metric, Recording};

pub use case::{GateCaseModel, GateOutcome, SetAside, TrialCounts};
pub use controls::{Control, ControlOutcome, GateControls};
pub use evidence::{CountEvidence, evidence_note};
pub use procedure::{gate_plan, gate_procedure};
pub(crate) use sentences::capitalised;
pub use standing::Standing;

use super::{ComparisonModel, Estimate};
use duel_stats::Verdict;

/// A gate, ready to be shown.
#[derive(Clone, Debug)]
pub struct GateModel {
    /// Its rules and its cases, as declared before the first trial.
    pub declared: GateDeclared,
    /// Its cases in the order in which they were declared, then those that failed, turned out not to be
    /// comparable or were identical before the declaration.
    pub cases: Vec<GateCaseModel>,
    /// The baseline against itself, and against itself slowed down.
    pub controls: GateControls,
    /// Trials that don't count, those with the same reason together; controls are among them.
    pub set_aside: Vec<SetAside>,
}

impl GateModel {
    /// Replays the gate of a record; `None` where it has none.
    pub(super) fn new(recording: &Recording, failures: &[Failure]) -> Option<Self> {
        let lines = &recording.lines;
        let declared = lines.iter().find_map(|line| match line {
            Line::Gate(declared) => Some(declared),
            _ => None,
        })?;
        Some(Self {
            cases: replay::cases(declared, recording, failures),
            controls: GateControls::new(declared, lines),
            set_aside: replay::set_aside(lines),
            declared: declared.clone(),
        })
    }

    /// Whether time decides, in trials; counts of instructions need none, and identical cases neither.
    pub fn has_trials(&self) -> bool {
        self.declared.metric == Metric::Time && !self.is_all_identical()
    }

    /// Whether there was nothing to measure: both sides of every case are the same executable and
    /// made the same data.
    pub fn is_all_identical(&self) -> bool {
        !self.cases.is_empty() && self.cases.iter().all(|case| case.standing() == Standing::Identical)
    }

    /// How many runners its cases have.
    fn runners(&self) -> usize {
        let arms = self.cases.iter().filter_map(|case| case.arms.as_ref());
        arms.map(|(baseline, candidate)| (&baseline.runner, &candidate.runner)).collect::<BTreeSet<_>>().len()
    }

    /// The counts, and why the run can't be trusted, if so.
    pub fn counts(&self) -> GateSummary {
        let of = |standing: Standing| number(self.with(standing).count());
        GateSummary {
            regressed: of(Standing::Regressed),
            improved: of(Standing::Improved),
            equivalent: of(Standing::Equivalent),
            inconclusive: of(Standing::Inconclusive),
            unconfirmed: number(self.unconfirmed().count()),
            not_judged: number(self.not_judged().count()),
            not_comparable: of(Standing::NotComparable),
            failed: of(Standing::Failed),
            added: number(self.declared.added.len()),
            removed: number(self.declared.removed.len()),
            contaminated: self.contaminated(),
            identical: of(Standing::Identical),
        }
    }

    /// The cases that came to this.
    pub fn with(&self, standing: Standing) -> impl Iterator<Item = &GateCaseModel> {
        self.cases.iter().filter(move |case| case.standing() == standing)
    }

    /// The cases whose regression was found, and time was up before it was confirmed. Where regressions don't
    /// count these don't either.
    pub fn unconfirmed(&self) -> impl Iterator<Item = &GateCaseModel> {
        self.cases.iter().filter(|case| case.is_unconfirmed())
    }

    /// The cases that instructions decide and that lack counts: of one side, or of as many processes as it takes.
    pub fn not_judged(&self) -> impl Iterator<Item = &GateCaseModel> {
        self.cases.iter().filter(|case| case.is_not_judged())
    }

    /// All cases, the worst first, with what must not pass before other inconclusive cases;
    /// among equals the larger change first.
    pub fn worst_first(&self) -> Vec<&GateCaseModel> {
        let mut cases: Vec<&GateCaseModel> = self.cases.iter().collect();
        let change = |case: &GateCaseModel| case.effect().map_or(0.0, |effect| effect.ratio.ln().abs());
        cases.sort_by(|a, b| {
            (a.standing(), !a.must_not_pass())
                .cmp(&(b.standing(), !b.must_not_pass()))
                .then_with(|| change(b).total_cmp(&change(a)))
        });
        cases
    }

    /// Why the run can't be trusted, where a control says so.
    pub fn contaminated(&self) -> Option<String> {
        let said: Vec<&str> =
            [self.controls.null_failed(), self.controls.slowdown_missed()].into_iter().flatten().collect();
        (!said.is_empty()).then(|| said.join("; "))
    }

    /// Its cases by baseline and candidate.
    pub(crate) fn by_arms(&self) -> HashMap<(&Arm, &Arm), &GateCaseModel> {
        // The first of equal ones counts.
        let cases = self.cases.iter().rev();
        cases.filter_map(|case| case.arms.as_ref().map(|(one, other)| ((one, other), case))).collect()
    }

    /// Whether the regressions of this run count. Where the baseline differs from itself, a
    /// difference between two builds means nothing.
    pub fn regressions_count(&self) -> bool {
        self.controls.null_failed().is_none()
    }

    /// How many trials were set aside.
    pub fn trials_set_aside(&self) -> usize {
        self.set_aside.iter().map(|set_aside| set_aside.trials).sum()
    }

    /// Gives the gate's cases among the comparisons the gate's own numbers and words, so that no
    /// two parts of a report disagree.
    pub(super) fn overrule(&self, comparisons: &mut [ComparisonModel]) {
        let cases = self.by_arms();
        for comparison in comparisons {
            for candidate in &mut comparison.candidates {
                let Some(case) = cases.get(&(&comparison.baseline.arm, &candidate.side.arm)) else {
                    // Trials of something else than the gate's cases have no verdict in it.
                    candidate.estimate = None;
                    continue;
                };
                candidate.log_ratios.clone_from(&case.log_ratios);
                candidate.estimate = Estimate::new(&case.log_ratios).filter(|_| !candidate.too_short);
                if let Some(estimate) = &mut candidate.estimate {
                    estimate.verdict = case.decision().map_or(Verdict::Inconclusive, |d| d.verdict);
                    if let Some(effect) = case.effect() {
                        estimate.interval = Some((effect.low, effect.high));
                    }
                }
            }
        }
    }
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
