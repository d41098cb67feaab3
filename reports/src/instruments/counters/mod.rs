//! What processor and system counted.

mod facts;
mod html;
mod rows;

use duel_record::{Counter, Refused};
use maud::Markup;
use rows::{CounterRowKind, rows};

use super::{CauseFact, Flames, Section, ShownSides, Timed};
use crate::markdown_text::{inline, row};
use crate::model::{ArmModel, FamilyModel, Model};

/// Without these the processor's counters say nothing.
const NEEDED: [Counter; 2] = [Counter::Cycles, Counter::Instructions];

pub(super) struct CountersSection;

impl Section for CountersSection {
    fn html(&self, sides: &ShownSides, _: &mut Flames) -> Markup {
        html::details(sides)
    }

    fn markdown(&self, model: &Model, family: &FamilyModel) -> String {
        family_table(model, family)
    }

    fn facts(&self, baseline: Timed, candidate: Timed) -> Vec<CauseFact> {
        let found = (baseline.found, candidate.found);
        [facts::per_cycle(found), facts::misses(found)].into_iter().flatten().collect()
    }

    fn found(&self, arm: &ArmModel) -> bool {
        arm.counters.as_ref().is_some_and(|of| NEEDED.iter().all(|counter| of.per_iter(*counter).is_some()))
    }

    /// A summary is there although the processor's own counters are refused: the system's are not.
    fn refused<'a>(&self, arm: &'a ArmModel) -> Option<&'a Refused> {
        arm.counters.as_ref()?.refused.iter().find(|one| NEEDED.contains(&one.counter))
    }

    fn plural(&self) -> &'static str {
        "counters of the processor"
    }
}

/// What a summary shows; the HTML report has all.
const SHOWN: [CounterRowKind; 6] = [
    CounterRowKind::InstructionsPerCycle,
    CounterRowKind::PerThousandInstructions(Counter::BranchMisses),
    CounterRowKind::PerThousandInstructions(Counter::LlcMisses),
    CounterRowKind::PerIteration(Counter::PageFaults),
    CounterRowKind::PerIteration(Counter::ContextSwitches),
    CounterRowKind::PerIteration(Counter::PackageEnergy),
];

/// Nothing where nothing was counted.
fn family_table(model: &Model, family: &FamilyModel) -> String {
    let mut lines: Vec<(String, Vec<Option<String>>)> = Vec::new();
    for case in model.cases_of(&family.name) {
        let counted: Vec<_> = case.arms.iter().filter(|arm| arm.counters.is_some()).collect();
        for arm in &counted {
            let rows = rows(&[arm.counters.as_ref()]);
            let value =
                |kind: &CounterRowKind| rows.iter().find(|row| row.kind == *kind)?.values.first()?.clone();
            let values: Vec<_> = SHOWN.iter().map(value).collect();
            let build = if counted.len() > 1 { format!(", {}", arm.artifact) } else { String::new() };
            lines.push((format!("{}{build}", case.id), values));
        }
    }
    let columns: Vec<usize> =
        (0..SHOWN.len()).filter(|column| lines.iter().any(|(_, values)| values[*column].is_some())).collect();
    if columns.is_empty() {
        return String::new();
    }
    let mut text = "Counters per iteration:\n\n".to_owned();
    text.push_str(&row(std::iter::once(String::new())
        .chain(columns.iter().map(|column| inline(&SHOWN[*column].to_string())))));
    text.push_str(&row(vec!["---".to_owned(); columns.len() + 1]));
    for (name, values) in &lines {
        let cells = columns.iter().map(|column| values[*column].clone().unwrap_or_else(|| "–".to_owned()));
        text.push_str(&row(std::iter::once(inline(name)).chain(cells)));
    }
    text.push('\n');
    text
}
