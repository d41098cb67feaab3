//! Instructions of a family, and what callgrind simulated beside.

use std::collections::BTreeSet;

use super::{
    by_build,
    text::{inline, row},
};
use crate::model::{CaseModel, FamilyModel, InstructionModel, Model};
use crate::number;

/// Nothing where nothing was counted.
pub(super) fn tables(model: &Model, family: &FamilyModel) -> String {
    let counts = by_build::tables(model, family, "Instructions per iteration", |_, of| {
        of.instructions.as_ref().map(cell)
    });
    let cases = by_build::cases(model, family);
    let builds: BTreeSet<&str> =
        cases.iter().flat_map(|case| &case.arms).map(|of| of.artifact.as_str()).collect();
    builds.into_iter().fold(counts, |text, artifact| text + &simulated(&cases, artifact))
}

/// What callgrind simulated beside, cases down and events across; nothing where it did not.
fn simulated(cases: &[&CaseModel], artifact: &str) -> String {
    let found: Vec<(&CaseModel, &InstructionModel)> = cases
        .iter()
        .filter_map(|case| Some((*case, case.instructions_of(artifact)?)))
        .filter(|(_, counted)| !counted.summary.simulated.is_empty())
        .collect();
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
