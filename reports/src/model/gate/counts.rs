//! Instruction counts of both sides of a case: evidence beside a verdict about time, or the
//! verdict itself where the gate's metric is instructions.

use std::collections::HashMap;

use duel_record::{Arm, Finding, GateCase, GateDeclared, Line, Metric};
use duel_stats::{
    COUNT_MARGIN, CountBasis, CountDecision, CountEffect, Decision, Effect, Reason, Verdict, count_decision,
    count_effect, count_verdict, processes_needed,
};

use super::CountEvidence;
use crate::number;

/// What the processes of each arm counted, one number a process.
pub(super) type CountsByArm<'a> = HashMap<&'a Arm, Vec<f64>>;

/// What the counts of a case come to.
pub(super) struct JudgedCounts {
    pub effect: CountEffect,
    decision: CountDecision,
    /// The processes of the side that has fewer of them.
    processes: usize,
    /// The processes of each side that a change takes, in this gate.
    needed: usize,
}

/// The counts of each arm: the last that were recorded, and those of further processes.
pub(super) fn counts(lines: &[Line]) -> CountsByArm<'_> {
    let mut counts = CountsByArm::new();
    for line in lines {
        match line {
            Line::Found(Finding::Instructions { arm, summary, .. }) => {
                counts.insert(arm, summary.counts().per_process());
            }
            Line::MoreInstructions { arm, counts: more } => {
                counts.entry(arm).or_default().extend(more.per_process());
            }
            _ => {}
        }
    }
    counts
}

/// What the counts of a case come to; `None` where a side has none.
pub(super) fn counted(
    counts: &CountsByArm,
    declared: &GateDeclared,
    case: &GateCase,
) -> Option<JudgedCounts> {
    let (baseline, candidate) = (counts.get(&case.baseline)?, counts.get(&case.candidate)?);
    let cases = declared.cases.len();
    Some(JudgedCounts {
        effect: count_effect(baseline, candidate)?,
        decision: count_decision(baseline, candidate, case.change_margin, cases, declared.family_error)?,
        processes: baseline.len().min(candidate.len()),
        needed: processes_needed(cases, declared.family_error),
    })
}

/// What instructions say beside a verdict about time.
pub(super) fn evidence(effect: &CountEffect, time: Verdict) -> CountEvidence {
    CountEvidence::new(time, count_verdict(effect, COUNT_MARGIN), effect.ratio)
}

/// The decision of a gate whose metric is instructions; the one about time otherwise.
pub(super) fn decide(
    metric: Metric,
    counted: Option<&JudgedCounts>,
    case: &GateCase,
    time: Decision,
) -> Decision {
    match (metric, counted) {
        (Metric::Instructions, Some(JudgedCounts { effect, decision, .. })) => Decision {
            verdict: decision.verdict,
            // All counts are taken before they are looked at.
            reason: Reason::Stands { look: 1 },
            effect: Some(Effect {
                ratio: effect.ratio,
                low: effect.low,
                high: effect.high,
                confidence: 1.0,
                trials: 0,
            }),
            smallest_detectable_ratio: Some(
                (1.0 + case.change_margin) * (1.0 + effect.baseline_spread) * (1.0 + effect.candidate_spread),
            ),
            ..time
        },
        _ => time,
    }
}

impl JudgedCounts {
    /// Whether more processes would have to count before there is a word.
    pub fn is_open(&self) -> bool {
        self.decision.basis == CountBasis::TooFew
    }

    /// Why a gate by instructions has its word, in one short sentence.
    pub fn why(&self) -> String {
        let Self { effect, decision, processes, needed } = self;
        let spread = effect.baseline_spread.max(effect.candidate_spread);
        let each = format!("{} of each side", number::plural(*processes, "process"));
        match (decision.basis, decision.verdict) {
            (CountBasis::Repeated, Verdict::Equivalent) if effect.ratio == 1.0 => {
                format!("both sides counted the same in all {} processes", 2 * processes)
            }
            (CountBasis::Repeated, _) => format!("every process of a side counted the same, in {each}"),
            (CountBasis::Ranks, Verdict::Regressed | Verdict::Improved) => format!(
                "counts differ by up to {} between processes, and all of one side are beyond the margin from all \
                 of the other, in {each}",
                number::percent(spread)
            ),
            (CountBasis::Ranks, Verdict::Equivalent) => {
                format!("counts that differ between processes are within the margin, in {each}")
            }
            (CountBasis::Ranks, Verdict::Inconclusive) => format!(
                "counts differ by up to {} between processes, so {each} tell neither a change nor that there is none",
                number::percent(spread)
            ),
            (CountBasis::TooFew, _) => {
                format!(
                    "only {each} counted, and a change takes {needed} of each in a gate of this many cases"
                )
            }
        }
    }
}
