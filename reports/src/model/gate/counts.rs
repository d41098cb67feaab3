//! Instruction counts of both sides of a case: evidence beside a verdict about time, or the
//! verdict itself where the gate's metric is instructions.

use std::collections::HashMap;

use duel_record::{Arm, GateCase, Line, Metric};
use duel_stats::{COUNT_MARGIN, CountEffect, Decision, Effect, Reason, Verdict, count_effect, count_verdict};

use super::Evidence;

/// The counts of each arm, the last that were recorded.
pub(super) fn counts(lines: &[Line]) -> HashMap<&Arm, &[f64]> {
    let counted = lines.iter().filter_map(|line| match line {
        Line::Instructions { arm, summary, .. } => Some((arm, &summary.instructions_per_iter[..])),
        _ => None,
    });
    counted.collect()
}

/// What the counts of a case come to; `None` where a side has none.
pub(super) fn effect(counts: &HashMap<&Arm, &[f64]>, case: &GateCase) -> Option<CountEffect> {
    count_effect(counts.get(&case.baseline)?, counts.get(&case.candidate)?)
}

/// What instructions say beside a verdict about time.
pub(super) fn evidence(effect: &CountEffect, time: Verdict) -> Evidence {
    Evidence::new(time, count_verdict(effect, COUNT_MARGIN), effect.ratio)
}

/// The decision of a gate whose metric is instructions; the one about time otherwise.
pub(super) fn decide(
    metric: Metric,
    effect: Option<&CountEffect>,
    case: &GateCase,
    time: Decision,
) -> Decision {
    match (metric, effect) {
        (Metric::Instructions, Some(found)) => Decision {
            verdict: count_verdict(found, case.change_margin),
            // Exact counts need no second look.
            reason: Reason::Stands { look: 1 },
            effect: Some(Effect {
                ratio: found.ratio,
                low: found.low,
                high: found.high,
                confidence: 1.0,
                trials: 0,
            }),
            smallest_detectable_ratio: Some(
                (1.0 + case.change_margin) * (1.0 + found.baseline_spread) * (1.0 + found.candidate_spread),
            ),
            ..time
        },
        _ => time,
    }
}
