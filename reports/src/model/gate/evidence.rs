//! What counting instructions adds to a verdict about time. It never changes the verdict: it says
//! where to look.

use duel_stats::Verdict;

use crate::number::percent;

/// What another instrument says of a case.
#[derive(Clone, Debug, PartialEq)]
pub struct CountEvidence {
    /// Instructions of the candidate over the baseline's: above 1 is more.
    pub instructions_ratio: f64,
    /// What that comes to by the margins of instructions.
    pub instructions: Verdict,
    /// What time and instructions say together, where that is worth a word.
    pub note: Option<String>,
}

impl CountEvidence {
    /// The evidence beside a verdict about time.
    pub fn new(time: Verdict, instructions: Verdict, instructions_ratio: f64) -> Self {
        let note = evidence_note(time, instructions, instructions_ratio);
        Self { instructions_ratio, instructions, note }
    }
}

/// What time and instructions say together, where that is worth a word.
pub fn evidence_note(time: Verdict, instructions: Verdict, instructions_ratio: f64) -> Option<String> {
    let moved = match instructions {
        Verdict::Inconclusive => return None,
        Verdict::Equivalent => {
            let changed = matches!(time, Verdict::Improved | Verdict::Regressed);
            return changed.then(|| "layout suspected: time changed, instructions equal".to_owned());
        }
        Verdict::Regressed => format!("instructions rose by {}", percent(instructions_ratio - 1.0)),
        Verdict::Improved => format!("instructions fell by {}", percent(1.0 - instructions_ratio)),
    };
    let beside = match (time, instructions) {
        (Verdict::Equivalent, _) => ", time is equivalent",
        (Verdict::Inconclusive, _) => ", time is inconclusive",
        (time, instructions) if time == instructions => " too",
        (Verdict::Regressed, _) => ", although time rose",
        (Verdict::Improved, _) => ", although time fell",
    };
    Some(format!("{moved}{beside}"))
}

#[cfg(test)]
mod tests {
    use super::Verdict::{Equivalent, Improved, Inconclusive, Regressed};
    use super::*;

    #[test]
    fn every_pair_of_verdicts_has_its_note_or_none() {
        for (time, instructions, ratio, note) in [
            (Regressed, Equivalent, 1.0, "layout suspected: time changed, instructions equal"),
            (Improved, Equivalent, 1.0, "layout suspected: time changed, instructions equal"),
            (Equivalent, Regressed, 1.04, "instructions rose by 4.0 %, time is equivalent"),
            (Equivalent, Improved, 0.96, "instructions fell by 4.0 %, time is equivalent"),
            (Inconclusive, Regressed, 1.04, "instructions rose by 4.0 %, time is inconclusive"),
            (Inconclusive, Improved, 0.5, "instructions fell by 50.0 %, time is inconclusive"),
            (Regressed, Regressed, 1.5, "instructions rose by 50.0 % too"),
            (Improved, Improved, 0.9, "instructions fell by 10.0 % too"),
            (Regressed, Improved, 0.9, "instructions fell by 10.0 %, although time rose"),
            (Improved, Regressed, 1.1, "instructions rose by 10.0 %, although time fell"),
        ] {
            let found = evidence_note(time, instructions, ratio).map(|note| note.replace('\u{a0}', " "));
            assert_eq!(found.as_deref(), Some(note));
        }
        for time in [Regressed, Improved, Equivalent, Inconclusive] {
            assert_eq!(evidence_note(time, Inconclusive, 1.5), None);
        }
        for time in [Equivalent, Inconclusive] {
            assert_eq!(evidence_note(time, Equivalent, 1.0), None);
        }
    }
}
