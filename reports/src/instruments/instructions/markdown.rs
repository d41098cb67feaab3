//! Instructions of a family, and what callgrind simulated beside.

use std::collections::BTreeMap;

use crate::instruments::by_build;
use crate::markdown_text::{inline, row};
use crate::model::{CaseModel, FamilyModel, InstructionModel, Model};
use crate::number;

/// Nothing where nothing was counted.
pub(super) fn tables(model: &Model, family: &FamilyModel) -> String {
    let counts = by_build::tables(model, family, "Instructions per iteration", |_, of| {
        of.instructions.as_ref().map(cell)
    });
    let mut builds: BTreeMap<&str, Vec<(&CaseModel, &InstructionModel)>> = BTreeMap::new();
    for case in model.cases_of(&family.name) {
        for of in &case.arms {
            if let Some(counted) = of.instructions.as_ref().filter(|of| !of.summary.simulated.is_empty()) {
                builds.entry(&of.artifact).or_default().push((case, counted));
            }
        }
    }
    builds.values().fold(counts, |text, found| text + &simulated(found))
}

/// What callgrind simulated beside, cases down and events across; nothing where it did not.
fn simulated(found: &[(&CaseModel, &InstructionModel)]) -> String {
    let Some((_, first)) = found.first() else { return String::new() };
    let events: Vec<&str> = first.summary.simulated.iter().map(|event| event.event.as_str()).collect();
    let mut text = "Simulated events per iteration (callgrind's names):\n\n".to_owned();
    text.push_str(&row(std::iter::once(String::new()).chain(events.iter().map(|event| inline(event)))));
    text.push_str(&row(vec!["---".to_owned(); events.len() + 1]));
    for (case, counted) in found {
        let counts = events
            .iter()
            .map(|event| counted.simulated(event).map_or_else(|| "–".to_owned(), number::quantity));
        let name = format!("{} / {} / {}", case.id.workload, case.id.size, by_build::label(case));
        text.push_str(&row(std::iter::once(inline(&name)).chain(counts)));
    }
    text.push('\n');
    text
}

fn cell(counted: &InstructionModel) -> String {
    let count = counted.per_iter().map_or_else(|| "–".to_owned(), number::quantity);
    match counted.spread_words() {
        None => count,
        Some(varies) => format!("{count} ({varies})"),
    }
}
