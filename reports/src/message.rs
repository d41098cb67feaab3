//! The lines of `--message-format json` that a record comes to.

use duel_record::{ComparisonMessage, Message};

use crate::model::{Candidate, Comparison, Model, verdict_name};

/// One message per comparison, failure and missing thing, in the order of the report.
///
/// A ratio from a single trial has no interval; JSON has no infinity, so its `low` is 0 and its
/// `high` the largest number there is: nothing is excluded.
pub fn messages(model: &Model) -> Vec<Message> {
    let mut messages = Vec::new();
    for comparison in &model.comparisons {
        messages.extend(comparison.candidates.iter().filter_map(|c| compared(comparison, c)));
    }
    for failure in &model.failures {
        messages.push(Message::Failed {
            case: failure.arm.case.clone(),
            reason: format!("{}: {}", failure.stage, failure.reason),
        });
    }
    for missing in &model.unavailable {
        let message =
            |case| Message::Unavailable { case, what: missing.what.clone(), reason: missing.reason.clone() };
        if missing.cases.is_empty() {
            messages.push(message(None));
        }
        messages.extend(missing.cases.iter().cloned().map(Some).map(message));
    }
    messages
}

fn compared(comparison: &Comparison, candidate: &Candidate) -> Option<Message> {
    let estimate = candidate.estimate?;
    let (low, high) = estimate.interval.unwrap_or((0.0, f64::MAX));
    Some(Message::Comparison(ComparisonMessage {
        case: candidate.side.arm.case.clone(),
        factor: comparison.factor,
        baseline: comparison.baseline.level.clone(),
        candidate: candidate.side.level.clone(),
        metric: "time".to_owned(),
        ratio: estimate.ratio,
        low,
        high,
        trials: estimate.trials,
        verdict: verdict_name(estimate.verdict).to_owned(),
        gate: None,
    }))
}
