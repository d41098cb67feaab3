//! Why one arm is faster than another: what the instruments saw change, joined into one sentence.
//!
//! Only what was measured of both arms is said, with its numbers. What changed beside the time is no
//! proof of a cause; but what did not change is none. Where that leaves nothing, the sentence says that
//! nothing explains the time and which instrument might; where the time went against what was counted,
//! that is called a contradiction.

mod limit;
mod unexplained;

use duel_stats::Verdict;
pub(super) use unexplained::RunInstruments;

use super::{ArmModel, Estimate};
use crate::instruments::{self, Change, Fact, Timed, What, sections};
use crate::number;

/// What the instruments say of a ratio.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// What the time did, and what changed with it.
    pub sentence: String,
    /// Where the findings don't fit together; `None` where they do.
    pub contradiction: Option<String>,
}

/// What is known of the cause of a ratio; `None` where no instrument looked at both arms.
pub(super) fn cause(
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
    let (same, moved): (Vec<&Fact>, Vec<&Fact>) = facts.iter().partition(|fact| fact.change == Change::Same);
    let moved: Vec<&str> = moved.into_iter().map(|fact| fact.words.as_str()).collect();
    let mut beside = match (moved.as_slice(), estimate.verdict) {
        ([], Verdict::Improved | Verdict::Regressed) => {
            unexplained::unexplained(&same, baseline, candidate, instruments)
        }
        ([], Verdict::Equivalent | Verdict::Inconclusive) => unexplained::the_same(&same),
        (moved, Verdict::Equivalent) => format!("although {}", moved.join(", ")),
        (moved, _) => moved.join(", "),
    };
    if let Some(limit) = limit::near(baseline.found, candidate.found) {
        beside.push_str(&format!("; {limit}"));
    }
    Some(Cause {
        sentence: format!("{}: {beside}", head(estimate)),
        contradiction: contradiction(estimate, baseline.found, candidate.found, &facts),
    })
}

/// All that can be said of both arms, the most telling first.
fn facts(baseline: Timed, candidate: Timed) -> Vec<Fact> {
    let mut facts: Vec<Fact> =
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
    facts: &[Fact],
) -> Option<String> {
    // The direction in which a fact would have to go for the time.
    let (expected, time) = match estimate.verdict {
        Verdict::Improved => (Change::Less, "faster"),
        Verdict::Regressed => (Change::More, "slower"),
        Verdict::Equivalent | Verdict::Inconclusive => return None,
    };
    // A function's time is what is to be explained, not what explains it.
    let evidence: Vec<&Fact> = facts.iter().filter(|fact| fact.what != What::Function).collect();
    let counted = evidence.iter().find(|fact| fact.what == What::Instructions);
    if evidence.iter().any(|fact| fact.change == expected) {
        return None;
    }
    if evidence.iter().all(|fact| fact.change == Change::Same) {
        return None;
    }
    match counted {
        Some(counted) if counted.change != Change::Same => {
            let each = estimate.ratio / instruments::ratio((baseline, candidate))?;
            let words = if counted.change == Change::Less { "fewer" } else { "more" };
            let hidden = instruments::hidden_path((baseline, candidate)).unwrap_or_default();
            Some(format!(
                "{words} instructions, yet {time}: each takes {} times as long on average{hidden}",
                number::ratio(each)
            ))
        }
        _ => Some(format!("what changed speaks for the opposite, yet it is {time}")),
    }
}

#[cfg(test)]
mod tests;
