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
    artifacts.into_iter().map(|artifact| table(family, &cases, artifact, several)).collect()
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
