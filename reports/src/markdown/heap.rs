//! Heap and memory of a family as tables: variants down, data sets across, one table a build.

use std::collections::BTreeSet;

use super::text::{inline, row};
use crate::model::{ArmModel, CaseModel, FamilyModel, Model};
use crate::number;

/// What a cell says of an arm; `None` where it was not measured.
type Cell = fn(&ArmModel) -> Option<String>;

/// Nothing where nothing was measured.
pub(super) fn tables(model: &Model, family: &FamilyModel) -> String {
    let cases: Vec<&CaseModel> = model.cases.iter().filter(|case| case.id.family == family.name).collect();
    let kinds: [(&str, Cell); 2] = [
        ("Allocated per iteration", allocated),
        ("Resident at the peak, and after all was dropped", resident),
    ];
    kinds.into_iter().flat_map(|(title, cell)| of_builds(family, &cases, title, cell)).collect()
}

fn allocated(of: &ArmModel) -> Option<String> {
    let heap = of.heap.as_ref()?;
    Some(match heap.summary.total_blocks {
        0 => "nothing".to_owned(),
        _ => format!(
            "{} in {}",
            number::bytes(heap.bytes_per_iter()),
            number::quantity_of(heap.blocks_per_iter(), "block")
        ),
    })
}

fn resident(of: &ArmModel) -> Option<String> {
    let memory = of.memory.as_ref()?;
    let peak = number::bytes(memory.peak_resident_bytes as f64);
    Some(match memory.freed_resident_bytes {
        None => peak,
        Some(freed) => format!("{peak}, {}", number::bytes(freed as f64)),
    })
}

fn of_builds(family: &FamilyModel, cases: &[&CaseModel], title: &str, cell: Cell) -> Vec<String> {
    let artifacts: BTreeSet<&str> = cases
        .iter()
        .flat_map(|case| &case.arms)
        .filter(|of| cell(of).is_some())
        .map(|of| of.artifact.as_str())
        .collect();
    let several = artifacts.len() > 1;
    let title_of = |artifact: &str| {
        if several { format!("{title}, {}", inline(artifact)) } else { title.to_owned() }
    };
    artifacts.iter().map(|artifact| table(family, cases, &title_of(artifact), artifact, cell)).collect()
}

fn table(family: &FamilyModel, cases: &[&CaseModel], title: &str, artifact: &str, cell: Cell) -> String {
    let found = |case: &CaseModel| case.arm_of(artifact).and_then(cell);
    let mut labels: Vec<String> = Vec::new();
    for case in cases.iter().filter(|case| found(case).is_some()) {
        if !labels.contains(&label(case)) {
            labels.push(label(case));
        }
    }
    let heads = family.data_sets.iter().map(|set| inline(&format!("{} / {}", set.workload, set.size)));
    let mut text = format!("{title}:\n\n");
    text.push_str(&row(std::iter::once(String::new()).chain(heads)));
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

fn label(case: &CaseModel) -> String {
    let threads = case.id.threads.map_or_else(String::new, |threads| format!(", {threads} threads"));
    match case.id.allocator {
        duel_record::Allocator::System => format!("{}{threads}", case.id.variant),
        allocator => format!("{} @ {allocator}{threads}", case.id.variant),
    }
}
