//! Why one arm is faster than another: what the instruments saw change, joined into one sentence.
//!
//! Only what was measured of both arms is said, with its numbers. What changed beside the time is no
//! proof of a cause; but what did not change is none. Where that leaves nothing, the sentence says that
//! nothing explains the time and which instrument might; where the time went against what was counted,
//! that is called a contradiction.

mod unexplained;

use duel_record::{Line, Missing, Recording};
use duel_stats::Verdict;

use crate::instruments::{self, CauseFact, FactChange, FactKind, Timed, sections};
use crate::model::{ArmModel, Cause, ComparedSide, Estimate, Model};
use crate::number;
use unexplained::RunInstruments;

/// From this share on an arm counts as near the machine's limit.
const NEAR: f64 = 0.7;
/// Above this share the stated work is more than what really moves, so the share says nothing.
const BELIEVED: f64 = 1.1;

impl Model {
    /// Reads everything out of a record, and says of every ratio what may have caused it.
    pub fn new(recording: &Recording) -> Self {
        let mut model = Self::without_causes(recording);
        explain(&mut model, recording);
        model
    }
}

/// Gives every ratio its cause, as far as instruments ran on both of its arms.
fn explain(model: &mut Model, recording: &Recording) {
    let missing: Vec<&Missing> = recording
        .lines
        .iter()
        .filter_map(|line| match line {
            Line::Unavailable(missing) if missing.case.is_none() => Some(missing),
            _ => None,
        })
        .collect();
    let instruments =
        RunInstruments { wanted: &recording.started.settings.instruments, missing: missing.as_slice() };
    let mut comparisons = std::mem::take(&mut model.comparisons);
    for comparison in &mut comparisons {
        let baseline = timed(model, &comparison.baseline);
        for candidate in &mut comparison.candidates {
            candidate.cause = match (candidate.estimate, baseline, timed(model, &candidate.side)) {
                (Some(estimate), Some(baseline), Some(side)) => cause(&estimate, baseline, side, instruments),
                _ => None,
            };
        }
    }
    model.comparisons = comparisons;
}

fn timed<'a>(model: &'a Model, side: &ComparedSide) -> Option<Timed<'a>> {
    let case = model.case(&side.arm.case)?;
    let found = case.arm_of(&side.arm.artifact)?;
    let ns_per_iter = side.ns_per_iter_median();
    Some(Timed { variant: &case.id.variant, found, ns_per_iter, missing: &case.missing })
}

/// What is known of the cause of a ratio; `None` if no instrument ran on both arms.
fn cause(
    estimate: &Estimate,
    baseline: Timed,
    candidate: Timed,
    instruments: RunInstruments,
) -> Option<Cause> {
    let facts = facts(baseline, candidate);
    let changed = matches!(estimate.verdict, Verdict::Improved | Verdict::Regressed);
    let both = sections().any(|(_, section)| section.found(baseline.found) && section.found(candidate.found));
    if facts.is_empty() && !(changed && both) {
        return None;
    }
    let (same, moved): (Vec<&CauseFact>, Vec<&CauseFact>) =
        facts.iter().partition(|fact| fact.change == FactChange::Same);
    let moved: Vec<&str> = moved.into_iter().map(|fact| fact.words.as_str()).collect();
    let mut beside = match (moved.as_slice(), estimate.verdict) {
        ([], Verdict::Improved | Verdict::Regressed) => {
            unexplained::unexplained(&same, baseline, candidate, instruments)
        }
        ([], Verdict::Equivalent | Verdict::Inconclusive) => unexplained::the_same(&same),
        (moved, Verdict::Equivalent) => format!("although {}", moved.join(", ")),
        (moved, _) => moved.join(", "),
    };
    if let Some(limit) = near_a_limit(baseline.found, candidate.found) {
        beside.push_str(&format!("; {limit}"));
    }
    Some(Cause {
        sentence: format!("{}: {beside}", head(estimate)),
        contradiction: contradiction(estimate, baseline.found, candidate.found, &facts),
    })
}

/// All that can be said of both arms, the most telling first.
fn facts(baseline: Timed, candidate: Timed) -> Vec<CauseFact> {
    let mut facts: Vec<CauseFact> =
        sections().flat_map(|(_, section)| section.facts(baseline, candidate)).collect();
    facts.sort_by_key(|fact| fact.what);
    facts
}

fn head(estimate: &Estimate) -> String {
    match estimate.verdict {
        Verdict::Equivalent => "as fast".to_owned(),
        Verdict::Inconclusive => "no verdict about the time".to_owned(),
        Verdict::Improved | Verdict::Regressed if (0.8..=1.25).contains(&estimate.ratio) => {
            let (share, word) = if estimate.ratio < 1.0 {
                (1.0 - estimate.ratio, "less time")
            } else {
                (estimate.ratio - 1.0, "more time")
            };
            format!("{} {word}", number::percent(share))
        }
        Verdict::Improved => format!("{} times faster", number::ratio(1.0 / estimate.ratio)),
        Verdict::Regressed => format!("{} times slower", number::ratio(estimate.ratio)),
    }
}

/// Where time and findings disagree.
fn contradiction(
    estimate: &Estimate,
    baseline: &ArmModel,
    candidate: &ArmModel,
    facts: &[CauseFact],
) -> Option<String> {
    // The direction in which a fact would have to go for the time.
    let (expected, time) = match estimate.verdict {
        Verdict::Improved => (FactChange::Less, "faster"),
        Verdict::Regressed => (FactChange::More, "slower"),
        Verdict::Equivalent | Verdict::Inconclusive => return None,
    };
    // A function's time is what is to be explained, not what explains it.
    let evidence: Vec<&CauseFact> = facts.iter().filter(|fact| fact.what != FactKind::Function).collect();
    let counted = evidence.iter().find(|fact| fact.what == FactKind::Instructions);
    if evidence.iter().any(|fact| fact.change == expected) {
        return None;
    }
    if evidence.iter().all(|fact| fact.change == FactChange::Same) {
        return None;
    }
    match counted {
        Some(counted) if counted.change != FactChange::Same => {
            let each = estimate.ratio / instruments::ratio((baseline, candidate))?;
            let words = if counted.change == FactChange::Less { "fewer" } else { "more" };
            let hidden = instruments::hidden_path((baseline, candidate)).unwrap_or_default();
            Some(format!(
                "{words} instructions, yet {time}: each takes {} times as long on average{hidden}",
                number::ratio(each)
            ))
        }
        _ => Some(format!("what changed speaks for the opposite, yet it is {time}")),
    }
}

/// How near both arms come to what the machine can do at most, if the candidate is near a limit that the baseline
/// has, too.
fn near_a_limit(baseline: &ArmModel, candidate: &ArmModel) -> Option<String> {
    let (a, b) = (baseline.roofline.as_ref()?, candidate.roofline.as_ref()?);
    let believed = |share: f64| (0.0..=BELIEVED).contains(&share);
    if a.limit() != b.limit() || !believed(a.share) || !believed(b.share) || b.share < NEAR {
        return None;
    }
    Some(if a.share >= NEAR {
        format!("both near the {} ({} and {})", b.limit(), a.share_words(), b.share_words())
    } else {
        format!("now at {} (before {})", b.short(), a.share_words())
    })
}

#[cfg(test)]
mod tests;
