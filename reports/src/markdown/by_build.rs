//! What was found of a family's cases as tables: variants down, data sets across, one table a build.

use std::collections::BTreeSet;

use super::text::{inline, row};
use crate::model::{ArmModel, CaseModel, FamilyModel, Model};
use crate::number;

/// The family's cases.
pub(super) fn cases<'a>(model: &'a Model, family: &FamilyModel) -> Vec<&'a CaseModel> {
    model.cases.iter().filter(|case| case.id.family == family.name).collect()
}

/// One table for each build that has a cell; `cell` says what stands in it, `None` where nothing was
/// measured.
pub(super) fn tables(
    model: &Model,
    family: &FamilyModel,
    title: &str,
    cell: impl Fn(&CaseModel, &ArmModel) -> Option<String>,
) -> String {
    let cases = cases(model, family);
    let found = |case: &CaseModel, artifact: &str| cell(case, case.arm_of(artifact)?);
    let builds: BTreeSet<&str> =
        cases.iter().flat_map(|case| &case.arms).map(|of| of.artifact.as_str()).collect();
    let with_cells: Vec<&str> = builds
        .into_iter()
        .filter(|artifact| cases.iter().any(|case| found(case, artifact).is_some()))
        .collect();
    let mut text = String::new();
    for artifact in &with_cells {
        let of = if with_cells.len() > 1 { format!(", {}", inline(artifact)) } else { String::new() };
        text.push_str(&format!("{title}{of}:\n\n"));
        text.push_str(&table(family, &cases, |case| found(case, artifact)));
    }
    text
}

fn table(family: &FamilyModel, cases: &[&CaseModel], found: impl Fn(&CaseModel) -> Option<String>) -> String {
    let mut labels: Vec<String> = Vec::new();
    for case in cases.iter().filter(|case| found(case).is_some()) {
        if !labels.contains(&label(case)) {
            labels.push(label(case));
        }
    }
    let heads = family.data_sets.iter().map(|set| inline(&format!("{} / {}", set.workload, set.size)));
    let mut text = row(std::iter::once(String::new()).chain(heads));
    text.push_str(&row(vec!["---".to_owned(); family.data_sets.len() + 1]));
    for name in &labels {
        let cells = family.data_sets.iter().map(|set| {
            let here = cases.iter().find(|case| {
                label(case) == *name && case.id.workload == set.workload && case.id.size == set.size
            });
            here.and_then(|case| found(case)).unwrap_or_else(|| "–".to_owned())
        });
        text.push_str(&row(std::iter::once(inline(name)).chain(cells)));
    }
    text.push('\n');
    text
}

/// A case among those of its data set.
pub(super) fn label(case: &CaseModel) -> String {
    let threads =
        case.id.threads.map_or_else(String::new, |n| format!(", {}", number::plural(n as usize, "thread")));
    match case.id.allocator {
        duel_record::Allocator::System => format!("{}{threads}", case.id.variant),
        allocator => format!("{} @ {allocator}{threads}", case.id.variant),
    }
}
