//! The lines of `--message-format json` of a record.

use std::collections::HashMap;

use duel_record::{Arm, ComparisonMessage, Factor, GateMessage, Message, Metric, MissingKind};

use crate::model::{
    Candidate, ComparisonModel, GateCaseModel, GateModel, IDENTICAL, Model, Standing, verdict_name,
};

/// What is known of both sides, then one message per comparison, failure and missing thing, in the order
/// of the report.
///
/// A ratio from a single trial has no interval; JSON has no infinity, so its `low` is 0 and its
/// `high` the largest number there is: nothing is excluded. A gate's case without a ratio is
/// `unavailable`; its counts are the last line.
pub fn messages(model: &Model) -> Vec<Message> {
    let mut messages: Vec<Message> = model.known_sides.iter().cloned().map(Message::Sides).collect();
    let gated = model.gate.as_ref().map(GateModel::by_arms).unwrap_or_default();
    for comparison in &model.comparisons {
        messages.extend(comparison.candidates.iter().filter_map(|c| compared(model, &gated, comparison, c)));
    }
    if let Some(gate) = &model.gate {
        messages.extend(gate.cases.iter().filter_map(|case| counted(gate, case)));
        messages.extend(gate.cases.iter().filter_map(without_ratio));
    }
    for failure in &model.failures {
        messages.push(Message::Failed {
            case: failure.arm.case.clone(),
            side: model.has_two_sides().then(|| failure.arm.artifact.clone()),
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
    messages.extend(model.gate.as_ref().map(|gate| Message::Gate(gate.counts())));
    messages
}

/// A case that was decided by counting; `low` and `high` are the range of the counts' ratios.
fn counted(gate: &GateModel, case: &GateCaseModel) -> Option<Message> {
    let (decision, effect) = (case.decision()?, case.effect()?);
    (gate.declared.metric == Metric::Instructions).then(|| {
        Message::Comparison(Box::new(ComparisonMessage {
            case: case.id.clone(),
            factor: Factor::Artifact,
            baseline: case.arms.as_ref().map_or_else(String::new, |(baseline, _)| baseline.artifact.clone()),
            candidate: case
                .arms
                .as_ref()
                .map_or_else(String::new, |(_, candidate)| candidate.artifact.clone()),
            metric: gate.declared.metric.to_string(),
            ratio: effect.ratio,
            low: effect.low,
            high: effect.high,
            trials: 0,
            verdict: verdict_name(decision.verdict).to_owned(),
            cause: None,
            contradiction: None,
            gate: gate_message(case),
        }))
    })
}

/// A case that the gate has a word for and no ratio.
fn without_ratio(case: &GateCaseModel) -> Option<Message> {
    (case.decision().is_some() && case.effect().is_none() && case.log_ratios.is_empty()).then(|| {
        Message::Unavailable {
            case: Some(case.id.clone()),
            what: MissingKind::Ratio,
            reason: case.why.clone(),
        }
    })
}

fn gate_message(case: &GateCaseModel) -> Option<GateMessage> {
    if case.standing() == Standing::Identical {
        // No trial supports any claim.
        return Some(GateMessage {
            reason: case.why.clone(),
            p_regressed: 1.0,
            q_regressed: 1.0,
            smallest_detectable_ratio: None,
            instructions_ratio: None,
            note: None,
        });
    }
    let decision = case.decision()?;
    Some(GateMessage {
        reason: case.why.clone(),
        p_regressed: decision.p_values[0],
        q_regressed: decision.q_regressed,
        smallest_detectable_ratio: decision.smallest_detectable_ratio,
        instructions_ratio: case.evidence.as_ref().map(|evidence| evidence.instructions_ratio),
        note: case.note().map(str::to_owned),
    })
}

/// The numbers of a comparison.
struct Ratio {
    ratio: f64,
    low: f64,
    high: f64,
    trials: u32,
    verdict: &'static str,
}

impl Ratio {
    /// `None` where no trial has both sides, though both should be measured.
    fn of(candidate: &Candidate) -> Option<Self> {
        if candidate.identical.is_some() {
            return Some(Self { ratio: 1.0, low: 1.0, high: 1.0, trials: 0, verdict: IDENTICAL });
        }
        let estimate = candidate.estimate?;
        let (low, high) = estimate.interval.unwrap_or((0.0, f64::MAX));
        let verdict = verdict_name(estimate.verdict);
        Some(Self { ratio: estimate.ratio, low, high, trials: estimate.trials, verdict })
    }
}

fn compared(
    model: &Model,
    gated: &HashMap<(&Arm, &Arm), &GateCaseModel>,
    comparison: &ComparisonModel,
    candidate: &Candidate,
) -> Option<Message> {
    let ratio = Ratio::of(candidate)?;
    let gate = match &model.gate {
        // A case that failed has its own line.
        Some(_) if comparison.factor == Factor::Artifact => {
            Some(gate_message(gated.get(&(&comparison.baseline.arm, &candidate.side.arm))?)?)
        }
        _ => None,
    };
    // Trials measure time; what is identical is so by any metric.
    let metric = match &model.gate {
        Some(gate) if candidate.identical.is_some() => gate.declared.metric,
        _ => Metric::Time,
    };
    Some(Message::Comparison(Box::new(ComparisonMessage {
        case: candidate.side.arm.case.clone(),
        factor: comparison.factor,
        baseline: comparison.baseline.level.clone(),
        candidate: candidate.side.level.clone(),
        metric: metric.to_string(),
        ratio: ratio.ratio,
        low: ratio.low,
        high: ratio.high,
        trials: ratio.trials,
        verdict: ratio.verdict.to_owned(),
        cause: candidate.cause.as_ref().map(|cause| cause.sentence.clone()),
        contradiction: candidate.cause.as_ref().and_then(|cause| cause.contradiction.clone()),
        gate,
    })))
}
