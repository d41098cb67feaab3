//! A gate in a sentence or two: what makes it worthless first, then what needs a look.

use super::{ControlOutcome, GateModel, Standing};
use crate::{model::sides, number::plural};

impl GateModel {
    /// The gate in words, the worst first.
    pub fn sentences(&self) -> Vec<String> {
        let mut sentences = Vec::new();
        let controls = &self.controls;
        if let Some(said) = controls.null_failed() {
            sentences.push("Contaminated: regressions of this run don't count.".to_owned());
            sentences.push(format!("{}.", capitalised(said)));
        }
        if let Some(said) = controls.slowdown_missed() {
            sentences.push("Contaminated: that a regression was not found says little.".to_owned());
            sentences.push(format!("{}.", capitalised(said)));
        }
        sentences.push(self.verdicts());
        sentences.extend(self.found_and_not_confirmed());
        sentences.extend(self.could_not_be_judged());
        sentences.extend(self.came_and_went());
        for control in [&controls.null, &controls.slowed] {
            // Exact counts need no control.
            if control.outcome == ControlOutcome::TooFew && self.has_trials() {
                sentences.push(format!("{}.", capitalised(&control.sentence)));
            }
        }
        sentences
    }

    /// `2 of 20 cases regressed; 1 inconclusive; 17 equivalent.`
    fn verdicts(&self) -> String {
        let total = plural(self.cases.len(), "case");
        if self.cases.is_empty() {
            return "The two sides have no case in common.".to_owned();
        }
        if self.is_all_identical() {
            return sides::all_identical(self.runners());
        }
        let mut parts = match self.with(Standing::Regressed).count() {
            0 => vec![format!("None of {total} regressed")],
            n => vec![format!("{n} of {total} regressed")],
        };
        for standing in Standing::ALL.into_iter().skip(1) {
            let n = self.with(standing).count();
            if n > 0 {
                parts.push(format!("{n} {}", standing.name()));
            }
        }
        format!("{}.", parts.join("; "))
    }

    /// What was found and not confirmed, which is no verdict and must not be overlooked.
    fn found_and_not_confirmed(&self) -> Option<String> {
        let (found, were, them) = match self.unconfirmed().count() {
            0 => return None,
            1 => ("1 regression".to_owned(), "was", "it"),
            n => (format!("{n} regressions"), "were", "them"),
        };
        Some(format!(
            "{found} {were} found and not confirmed for lack of time: a longer time budget settles {them}."
        ))
    }

    /// What may have moved to where no instruction is counted, which is no verdict and must not be overlooked.
    fn could_not_be_judged(&self) -> Option<String> {
        let (cases, its) = match self.not_judged().count() {
            0 => return None,
            1 => ("1 case".to_owned(), "its"),
            n => (format!("{n} cases"), "their"),
        };
        Some(format!(
            "{cases} could not be judged, since {its} instructions were counted on one side alone or in too few \
             processes: a gate by time (`--metric time`) judges {}.",
            if its == "its" { "it" } else { "them" }
        ))
    }

    /// Cases that only one side has.
    fn came_and_went(&self) -> Option<String> {
        let came = |n: usize, word: &str| (n > 0).then(|| format!("{} {word}", plural(n, "case")));
        let parts: Vec<String> =
            [came(self.declared.added.len(), "added"), came(self.declared.removed.len(), "removed")]
                .into_iter()
                .flatten()
                .collect();
        (!parts.is_empty()).then(|| format!("{}, compared with nothing.", parts.join(" and ")))
    }
}

/// With its first letter in upper case.
pub(crate) fn capitalised(sentence: &str) -> String {
    let mut chars = sentence.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
