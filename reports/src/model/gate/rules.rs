//! The rules of a gate in words: what a reader has to know to weigh a verdict.

use duel_stats::processes_needed;

use super::{GateModel, Standing, procedure::gate_plan};
use crate::number::{percent_short, plural};

impl GateModel {
    /// The rules, one sentence each.
    pub fn rules(&self) -> Vec<String> {
        let declared = &self.declared;
        let cases = declared.cases.len();
        let mut rules = Vec::new();
        if self.with(Standing::Identical).next().is_some() {
            rules.push(
                "A case is identical if both sides are the same executable and made the same data from the \
                 same seed; it is not measured and counts in no rule."
                    .to_owned(),
            );
        }
        if self.is_all_identical() {
            return rules;
        }
        if cases > 0 {
            rules.push(format!(
                "A change counts beyond a margin of {}; within {} the two are equivalent.",
                range(declared.cases.iter().map(|case| case.change_margin)),
                range(declared.cases.iter().map(|case| case.equivalent_margin)),
            ));
        }
        if !self.has_trials() {
            rules.push(
                format!(
                    "Instructions of both sides are counted by callgrind, in two processes each. Where all of a side \
                     count the same and the sides are within the margin, that is the word; otherwise {} of each \
                     side count. A change is every count of one side beyond the margin from every one of the other; \
                     counts that vary are equivalent by two rank-sum tests. Any word at all is wrong in at most {} of \
                     such gates. There are no trials, looks or controls.",
                    plural(processes_needed(cases, declared.family_error), "process"),
                    percent_short(declared.family_error),
                ),
            );
            return rules;
        }
        rules.push(format!(
            "Any word at all is wrong in at most {} of such gates, over all {} and all looks together \
             (Holm's procedure).",
            percent_short(declared.family_error),
            plural(cases, "case"),
        ));
        if let Some(first) = gate_plan(declared).first_look(cases) {
            let growth = percent_short((declared.growth - 1.0).max(0.0));
            rules.push(format!(
                "Each case is looked at after {}, and whenever their number has grown by {growth}{}.",
                plural(first, "trial"),
                if declared.early_look > 0.0 {
                    ", and once when two thirds of the time are over, which keeps the rest for confirming"
                } else {
                    ""
                },
            ));
        }
        rules.push(format!(
            "A regression is confirmed on trials that had no part in finding it; they confirm a false one in \
             at most {} of cases.",
            percent_short(declared.confirmation_error)
        ));
        rules.push(
            "Each ratio's 95\u{a0}% interval is of its case by itself; no word rests on it.".to_owned(),
        );
        rules.push(format!(
            "A trial is set aside where other guests of the host took more than {} of CPU time.",
            percent_short(declared.set_aside_steal)
        ));
        rules
    }
}

/// `1 %`, or `1 % to 5 %` where cases differ.
fn range(values: impl Iterator<Item = f64> + Clone) -> String {
    let low = values.clone().fold(f64::INFINITY, f64::min);
    let high = values.fold(f64::NEG_INFINITY, f64::max);
    match (percent_short(low), percent_short(high)) {
        (low, high) if low == high => low,
        (low, high) => format!("{low} to {high} (by case)"),
    }
}
