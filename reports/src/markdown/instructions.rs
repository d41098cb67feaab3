//! Instructions of a family as a table: variants down, data sets across, one table a build.

use std::collections::BTreeSet;

use super::text::{inline, row};
use crate::model::{CaseModel, FamilyModel, InstructionModel, Model};
use crate::number;

/// Nothing where nothing was counted.
pub(super) fn tables(model: &Model, family: &FamilyModel) -> String {
    let cases: Vec<&CaseModel> = model.cases.iter().filter(|case| case.id.family == family.name).collect();
    let artifacts: BTreeSet<&str> = cases
        .iter()
        .flat_map(|case| &case.arms)
        .filter(|of| of.instructions.is_some())
        .map(|of| of.artifact.as_str())
        .collect();
    let several = artifacts.len() > 1;
    artifacts
        .into_iter()
        .map(|artifact| table(family, &cases, artifact, several) + &simulated(&cases, artifact))
        .collect()
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
        let name = format!("{} / {} / {}", case.id.workload, case.id.size, label(case));
        text.push_str(&row(std::iter::once(inline(&name)).chain(counts)));
    }
    text.push('\n');
    text
}

fn table(family: &FamilyModel, cases: &[&CaseModel], artifact: &str, several: bool) -> String {
    let counted: Vec<&CaseModel> =
        cases.iter().copied().filter(|case| case.instructions_of(artifact).is_some()).collect();
    let mut labels: Vec<String> = Vec::new();
    for case in &counted {
        if !labels.contains(&label(case)) {
            labels.push(label(case));
        }
    }
    let of = if several { format!(", {}", inline(artifact)) } else { String::new() };
    let heads = family.data_sets.iter().map(|set| inline(&format!("{} / {}", set.workload, set.size)));
    let mut text = format!("Instructions per iteration{of}:\n\n");
    text.push_str(&row(std::iter::once(String::new()).chain(heads)));
    text.push_str(&row(vec!["---".to_owned(); family.data_sets.len() + 1]));
    for name in &labels {
        let cells = family.data_sets.iter().map(|set| {
            let here = counted.iter().find(|case| {
                label(case) == *name && case.id.workload == set.workload && case.id.size == set.size
            });
            here.and_then(|case| case.instructions_of(artifact)).map_or_else(|| "–".to_owned(), cell)
        });
        text.push_str(&row(std::iter::once(inline(name)).chain(cells)));
    }
    text.push('\n');
    text
}

fn label(case: &CaseModel) -> String {
    match case.id.allocator {
        duel_record::Allocator::System => case.id.variant.clone(),
        allocator => format!("{} @ {allocator}", case.id.variant),
    }
}

fn cell(counted: &InstructionModel) -> String {
    let count = counted.per_iter().map_or_else(|| "–".to_owned(), number::quantity);
    match counted.spread_words() {
        None => count,
        Some(varies) => format!("{count} ({varies})"),
    }
}
