//! How near a family's variants come to the machine's limits: variants down, data sets across.

use duel_record::Allocator;

use super::text::{inline, row};
use crate::model::{CaseModel, FamilyModel, Model, Roofline};

/// Nothing where no case states its work, or the limits are not known.
pub(super) fn table(model: &Model, family: &FamilyModel) -> String {
    // What an allocator changes is no matter of these limits.
    let held: Vec<(&CaseModel, &Roofline)> = model
        .cases
        .iter()
        .filter(|case| case.id.family == family.name && case.id.allocator == Allocator::System)
        .filter_map(|case| Some((case, case.newest(|of| of.roofline.as_ref())?)))
        .collect();
    if held.is_empty() {
        return String::new();
    }
    let label = |case: &CaseModel| match case.id.threads {
        None => case.id.variant.clone(),
        Some(threads) => {
            format!("{}, {}", case.id.variant, crate::number::plural(threads as usize, "thread"))
        }
    };
    let mut labels: Vec<String> = Vec::new();
    for (case, _) in &held {
        if !labels.contains(&label(case)) {
            labels.push(label(case));
        }
    }
    let heads = family.data_sets.iter().map(|set| inline(&format!("{} / {}", set.workload, set.size)));
    let mut text = "Attained of what this machine can do at most:\n\n".to_owned();
    text.push_str(&row(std::iter::once(String::new()).chain(heads)));
    text.push_str(&row(vec!["---".to_owned(); family.data_sets.len() + 1]));
    for name in &labels {
        let cells = family.data_sets.iter().map(|set| {
            let here = held.iter().find(|(case, _)| {
                label(case) == *name && case.id.workload == set.workload && case.id.size == set.size
            });
            here.map_or_else(|| "–".to_owned(), |(_, roofline)| inline(&roofline.short()))
        });
        text.push_str(&row(std::iter::once(inline(name)).chain(cells)));
    }
    text.push('\n');
    text
}
