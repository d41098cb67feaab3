//! One case of a gate: what it came to, on how many trials, and why.

use duel_record::{Arm, CaseId, Metric, Stage};
use duel_stats::{Decision, Effect, Margins, Reason};

use super::{CountEvidence, Standing};
use crate::number::{percent, plural, ratio_with_interval};
use crate::shortened::{IN_A_TABLE, shortened};

/// One case of a gate.
#[derive(Clone, Debug)]
pub struct GateCaseModel {
    /// The candidate's case.
    pub id: CaseId,
    /// Baseline and candidate; `None` where the case fell out before the gate was declared.
    pub arms: Option<(Arm, Arm)>,
    /// How large a change must be to count.
    pub margins: Margins,
    /// Median time of one iteration of the baseline, over the trials that count.
    pub baseline_ns_per_iter_median: Option<f64>,
    /// The same of the candidate.
    pub candidate_ns_per_iter_median: Option<f64>,
    /// Logarithm of candidate over baseline in each trial that counts, in the order taken.
    pub log_ratios: Vec<f64>,
    /// How many trials were taken.
    pub trials: TrialCounts,
    /// How long all of its trials took.
    pub elapsed_ns: u64,
    /// What it came to.
    pub outcome: GateOutcome,
    /// Why, in one short sentence.
    pub why: String,
    /// What another instrument says of it; `None` where none was asked.
    pub evidence: Option<CountEvidence>,
    /// Whether its instructions decide and counts are missing: of one side (work that moved to threads or processes
    /// is not counted, so what changed can't be seen), or of as many processes as a word takes.
    pub not_judged: bool,
}

/// What a case came to.
#[derive(Clone, Debug, PartialEq)]
pub enum GateOutcome {
    /// The gate's procedure has a word for it.
    Decided(Decision),
    /// Nothing had to be measured.
    Identical {
        /// That both sides are one executable and made the same data, in words.
        reason: String,
    },
    /// Its sides don't do the same, so no ratio means anything.
    NotComparable {
        /// Why no ratio means anything, such as data that differ.
        reason: String,
    },
    /// A side crashed, hung or answered wrongly.
    Failed {
        /// Which artifact, or `both sides`.
        artifact: String,
        /// What was being done, such as `verify`.
        stage: Stage,
        /// The error, or what was wrong with the answer.
        reason: String,
    },
}

/// Trials of a case by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TrialCounts {
    /// That had a part in finding the verdict.
    pub explored: usize,
    /// That were taken to confirm a regression.
    pub confirming: usize,
    /// That don't count, by a rule that was fixed beforehand.
    pub set_aside: usize,
}

/// Trials that don't count, and the rule that says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAside {
    /// What the rule found, in the record's words.
    pub reason: String,
    /// How many trials.
    pub trials: usize,
}

impl GateCaseModel {
    /// What it came to, in the order of a report.
    pub fn standing(&self) -> Standing {
        match &self.outcome {
            GateOutcome::Decided(decision) => decision.verdict.into(),
            GateOutcome::Identical { .. } => Standing::Identical,
            GateOutcome::NotComparable { .. } => Standing::NotComparable,
            GateOutcome::Failed { .. } => Standing::Failed,
        }
    }

    /// What the gate's procedure says; `None` of a case that failed, can't be compared or is identical.
    pub fn decision(&self) -> Option<&Decision> {
        match &self.outcome {
            GateOutcome::Decided(decision) => Some(decision),
            GateOutcome::Identical { .. }
            | GateOutcome::NotComparable { .. }
            | GateOutcome::Failed { .. } => None,
        }
    }

    /// Whether a regression was found, and time was up before it was confirmed.
    pub fn is_unconfirmed(&self) -> bool {
        self.decision().is_some_and(|decision| decision.reason == Reason::NoTimeToConfirm)
    }

    /// Whether it has no verdict for a reason that must not pass: a regression that was found and not confirmed,
    /// or a change that can't be seen.
    pub fn must_not_pass(&self) -> bool {
        self.is_unconfirmed() || self.is_not_judged()
    }

    /// Whether a case that instructions decide lacks counts: of one side, or of as many processes as it takes.
    pub fn is_not_judged(&self) -> bool {
        self.not_judged && self.standing() == Standing::Inconclusive
    }

    /// Ratio and 95 % interval of the case by itself, over all trials that count.
    pub fn effect(&self) -> Option<Effect> {
        self.decision()?.effect
    }

    /// `1.08 [1.07, 1.09]`, where there is a ratio.
    pub fn measured(&self) -> Option<String> {
        let effect = self.effect()?;
        Some(ratio_with_interval(effect.ratio, Some((effect.low, effect.high))))
    }

    /// The smallest slowdown that its trials would usually have found, as a percentage.
    pub fn could_have_found(&self) -> Option<String> {
        Some(percent(self.decision()?.smallest_detectable_ratio? - 1.0))
    }

    /// `1.08 [1.07, 1.09]; decided after 12 trials (look 1)`, and what another instrument says.
    pub fn in_words(&self) -> String {
        let parts = [self.measured(), Some(self.why.clone()), self.note().map(str::to_owned)];
        parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
    }

    /// What time and another instrument say together, where that is worth a word.
    pub fn note(&self) -> Option<&str> {
        self.evidence.as_ref()?.note.as_deref()
    }
}

impl TrialCounts {
    /// `18 + 9 confirming`, with those set aside behind it.
    pub fn describe(&self) -> String {
        let mut text = self.explored.to_string();
        if self.confirming > 0 {
            text.push_str(&format!(" + {} confirming", self.confirming));
        }
        if self.set_aside > 0 {
            text.push_str(&format!(", {} set aside", self.set_aside));
        }
        text
    }
}

impl GateOutcome {
    /// Why it came to this, in one short sentence.
    pub(super) fn why(&self, metric: Metric) -> String {
        match self {
            Self::Decided(decision) => match (metric, decision.verdict) {
                (Metric::Instructions, _) if decision.effect.is_none() => {
                    "its instructions were not counted on both sides".to_owned()
                }
                _ => reason_in_words(decision),
            },
            Self::Identical { reason } | Self::NotComparable { reason } => reason.clone(),
            Self::Failed { artifact, stage, reason } => {
                format!("in {stage}, {artifact}: {}", shortened(reason, IN_A_TABLE))
            }
        }
    }
}

/// Why a case has its verdict, in one short sentence.
fn reason_in_words(decision: &Decision) -> String {
    let (explored, confirming) = decision.trials;
    match decision.reason {
        Reason::Stands { look } if confirming > 0 => {
            format!(
                "decided after {} (look {look}), confirmed by {confirming} more",
                plural(explored, "trial")
            )
        }
        Reason::Stands { look } => format!("decided after {} (look {look})", plural(explored, "trial")),
        Reason::NotEnough => "time was up before any claim stood".to_owned(),
        Reason::TooFew { needed } if needed == usize::MAX => {
            "its error budget is too small for any number of trials".to_owned()
        }
        Reason::TooFew { needed } => format!("needs {}, had {explored}", plural(needed, "trial")),
        Reason::NotConfirmed => format!(
            "a regression was found and {} did not confirm it",
            plural(confirming, "independent trial")
        ),
        Reason::NoTimeToConfirm => format!(
            "a regression was found and not confirmed for lack of time ({} taken)",
            plural(confirming, "confirming trial")
        ),
    }
}

#[cfg(test)]
mod tests {
    use duel_stats::Verdict;

    use super::*;

    fn decision(reason: Reason, trials: (usize, usize)) -> Decision {
        Decision {
            verdict: Verdict::Regressed,
            reason,
            p_values: [1.0; 3],
            q_regressed: 1.0,
            p_confirmed: None,
            looks: 2,
            trials,
            effect: None,
            smallest_detectable_ratio: None,
        }
    }

    #[test]
    fn every_reason_is_one_short_sentence() {
        for (reason, trials, words) in [
            (Reason::Stands { look: 2 }, (18, 9), "decided after 18 trials (look 2), confirmed by 9 more"),
            (Reason::Stands { look: 1 }, (12, 0), "decided after 12 trials (look 1)"),
            (Reason::NotEnough, (40, 0), "time was up before any claim stood"),
            (Reason::TooFew { needed: 12 }, (7, 0), "needs 12 trials, had 7"),
            (
                Reason::NotConfirmed,
                (18, 9),
                "a regression was found and 9 independent trials did not confirm it",
            ),
            (
                Reason::NoTimeToConfirm,
                (18, 1),
                "a regression was found and not confirmed for lack of time (1 confirming trial taken)",
            ),
            (
                Reason::NoTimeToConfirm,
                (18, 0),
                "a regression was found and not confirmed for lack of time (0 confirming trials taken)",
            ),
        ] {
            assert_eq!(reason_in_words(&decision(reason, trials)), words);
        }
    }

    #[test]
    fn trials_are_named_by_what_became_of_them() {
        let counts = TrialCounts { explored: 18, confirming: 9, set_aside: 2 };
        assert_eq!(counts.describe(), "18 + 9 confirming, 2 set aside");
        assert_eq!(TrialCounts { explored: 12, ..TrialCounts::default() }.describe(), "12");
    }
}
