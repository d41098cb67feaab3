//! A run in a sentence or two.

use std::collections::BTreeSet;

use duel_record::{Factor, Interruption, MissingKind, Verb};
use duel_stats::Verdict;

use super::{FACTORS, IDENTICAL, Model, Standing, Unavailable, is_change, sides, verdict_word};
use crate::number::plural;

/// Missing things that a headline names.
const MOST_MISSING: usize = 6;

/// How many comparisons came to each verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VerdictCounts {
    /// The candidate is faster.
    pub improved: usize,
    /// The candidate is slower.
    pub regressed: usize,
    /// The difference is too small to matter.
    pub equivalent: usize,
    /// More trials are needed.
    pub inconclusive: usize,
    /// Nothing was measured, since both sides are the same executable and made the same data.
    pub identical: usize,
}

impl VerdictCounts {
    /// All of them.
    pub const fn total(&self) -> usize {
        self.improved + self.regressed + self.equivalent + self.inconclusive + self.identical
    }

    fn add(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Improved => self.improved += 1,
            Verdict::Regressed => self.regressed += 1,
            Verdict::Equivalent => self.equivalent += 1,
            Verdict::Inconclusive => self.inconclusive += 1,
        }
    }

    /// `2 faster, 1 slower`, in the factor's words; of a change what got worse comes first.
    fn describe(&self, factor: Factor) -> String {
        let mut parts = [
            (self.improved, Verdict::Improved),
            (self.regressed, Verdict::Regressed),
            (self.equivalent, Verdict::Equivalent),
            (self.inconclusive, Verdict::Inconclusive),
        ];
        if is_change(factor) {
            parts.swap(0, 1);
        }
        parts
            .into_iter()
            .map(|(n, verdict)| (n, verdict_word(factor, verdict)))
            .chain([(self.identical, IDENTICAL)])
            .filter(|(n, _)| *n > 0)
            .map(|(n, word)| format!("{n} {word}"))
            .collect::<Vec<_>>()
            .join(", ")
    }
}

impl Model {
    /// The verdicts along one factor, or along all.
    pub fn counts(&self, factor: Option<Factor>) -> VerdictCounts {
        let mut counts = VerdictCounts::default();
        let of = |of: Factor| factor.is_none_or(|factor| factor == of);
        if let Some(gate) = self.gate.as_ref().filter(|_| of(Factor::Artifact)) {
            // What failed or can't be compared has no verdict.
            gate.cases.iter().filter_map(|case| case.decision()).for_each(|d| counts.add(d.verdict));
            counts.identical = gate.with(Standing::Identical).count();
        }
        for comparison in &self.comparisons {
            if self.gate.is_some() && comparison.factor == Factor::Artifact {
                continue;
            }
            if of(comparison.factor) {
                for candidate in &comparison.candidates {
                    if candidate.identical.is_some() {
                        counts.identical += 1;
                        continue;
                    }
                    let verdict = candidate.estimate.map_or(Verdict::Inconclusive, |e| e.verdict);
                    counts.add(verdict);
                }
            }
        }
        counts
    }

    /// What could not be measured here. What a gate could not compare is among its cases and is not said again.
    pub fn missing(&self) -> impl Iterator<Item = &Unavailable> {
        self.unavailable.iter().filter(|u| self.gate.is_none() || u.what != MissingKind::Comparison)
    }

    /// What could not be measured, by name: one thing with its reason and remedy, of several where to read them.
    fn missing_in_words(&self) -> Option<String> {
        let all: Vec<&Unavailable> = self.missing().collect();
        let mut names: Vec<String> = Vec::new();
        for one in &all {
            let name = one.instrument.map_or_else(|| one.in_words(), |instrument| instrument.to_string());
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let of_machine = all.iter().any(|one| one.instrument.is_some());
        let more = names.len().saturating_sub(MOST_MISSING);
        names.truncate(MOST_MISSING);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let listed = format!("{}{more}", names.join(", "));
        match all[..] {
            [] => None,
            [one] => {
                let remedy = one.remedy.as_ref().map_or_else(String::new, |remedy| format!("; {remedy}"));
                Some(format!("Not measured here: {listed} ({}{remedy}).", one.reason))
            }
            _ if of_machine => Some(format!(
                "Not measured here, at least in part: {listed}; `cargo duel doctor` says why, and how to get what \
                 this machine lacks."
            )),
            _ => Some(format!("Not measured here: {listed}; the report says why.")),
        }
    }

    /// The run in words, one sentence each: what failed first, then every factor.
    pub fn headline_sentences(&self) -> Vec<String> {
        let mut sentences = Vec::new();
        if let Some(gate) = &self.gate {
            sentences.extend(gate.sentences());
        }
        let failed = self.failed_cases().len();
        if failed > 0 && self.gate.is_none() {
            sentences.push(format!("{} failed.", plural(failed, "case")));
        }
        // Of builds against each other the gate has spoken.
        for factor in FACTORS.into_iter().filter(|f| self.gate.is_none() || *f != Factor::Artifact) {
            let counts = self.counts(Some(factor));
            if counts.total() > 0 && counts.identical == counts.total() {
                let runners = self.comparisons_by(factor).map(|c| &c.baseline.arm.runner);
                sentences.push(sides::all_identical(runners.collect::<BTreeSet<_>>().len()));
            } else if counts.total() > 0 {
                sentences.push(format!("{}: {}.", self.subject(factor), counts.describe(factor)));
            }
        }
        if self.comparisons.is_empty() && self.gate.is_none() {
            sentences.push("Nothing was compared.".to_owned());
        }
        sentences.extend(self.missing_in_words());
        sentences.extend(self.ending());
        sentences
    }

    /// The run in words.
    pub fn headline(&self) -> String {
        self.headline_sentences().join(" ")
    }

    /// What the comparisons along one factor are about.
    fn subject(&self, factor: Factor) -> String {
        match factor {
            Factor::Variant => "Variants against their reference".to_owned(),
            Factor::Allocator | Factor::Threads | Factor::Artifact => {
                let mut comparisons = self.comparisons_by(factor);
                let levels = |c: &super::ComparisonModel| {
                    let candidates: Vec<&str> = c.candidates.iter().map(|x| x.side.level.as_str()).collect();
                    format!("{} against {}", candidates.join(" and "), c.baseline.level)
                };
                match comparisons.next().map(levels) {
                    Some(first) if comparisons.all(|c| levels(c) == first) => first,
                    _ => format!("By {factor}"),
                }
            }
        }
    }

    /// Why the run is not whole, if it is not.
    pub fn ending(&self) -> Option<String> {
        match &self.finished {
            None => {
                // Only a `run` can be resumed.
                let way_out = if self.started.settings.verb == Verb::Run {
                    "take it up with run --resume".to_owned()
                } else {
                    format!("start the {} again", self.started.settings.verb)
                };
                Some(format!("The run was cut before its end; {way_out}."))
            }
            Some(finished) => finished.interrupted.map(|interruption| match interruption {
                Interruption::User => "The run was stopped before its plan was done.".to_owned(),
                Interruption::TimeBudget => {
                    "The time budget was used up before the plan was done.".to_owned()
                }
            }),
        }
    }
}
