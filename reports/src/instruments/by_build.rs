//! What was found of a family's cases as tables: variants down, data sets across, one table a build.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::markdown_text::{inline, row};
use crate::model::{ArmModel, CaseModel, DataSet, FamilyModel, Model};
use crate::number;

/// A table that would have more cells leaves some out.
const MOST_CELLS: usize = 10_000;

/// One table for each build that has a cell; `cell` says what is in it, `None` where nothing was
/// measured.
pub(crate) fn tables(
    model: &Model,
    family: &FamilyModel,
    title: &str,
    cell: impl Fn(&CaseModel, &ArmModel) -> Option<String>,
) -> String {
    let mut builds: BTreeMap<&str, Vec<(&CaseModel, String)>> = BTreeMap::new();
    for case in model.cases_of(&family.name) {
        let mut seen = HashSet::new();
        for of in case.arms.iter().filter(|of| seen.insert(&*of.artifact)) {
            if let Some(cell) = cell(case, of) {
                builds.entry(&of.artifact).or_default().push((case, cell));
            }
        }
    }
    let mut text = String::new();
    for (artifact, cells) in &builds {
        let of = if builds.len() > 1 { format!(", {}", inline(artifact)) } else { String::new() };
        text.push_str(&format!("{title}{of}:\n\n"));
        text.push_str(&table(family, cells));
    }
    text
}

fn table(family: &FamilyModel, cells: &[(&CaseModel, String)]) -> String {
    let mut seen = HashSet::new();
    let labels: Vec<String> =
        cells.iter().map(|(case, _)| label(case)).filter(|label| seen.insert(label.clone())).collect();
    let mut places: HashMap<(String, &str, &str), &str> = HashMap::new();
    for (case, cell) in cells {
        places.entry((label(case), &case.id.workload, &case.id.size)).or_insert(cell);
    }
    // A data set without a cell is shown while that is no more than a reader looks through.
    let named: HashSet<(&str, &str)> =
        cells.iter().map(|(case, _)| (&*case.id.workload, &*case.id.size)).collect();
    let few = labels.len() * family.data_sets.len() <= MOST_CELLS;
    let sets: Vec<&DataSet> = family
        .data_sets
        .iter()
        .filter(|set| few || named.contains(&(&*set.workload, &*set.size)))
        .take(if few { usize::MAX } else { MOST_CELLS.isqrt().max(MOST_CELLS / labels.len()) })
        .collect();
    let rows = if few { usize::MAX } else { MOST_CELLS / sets.len().max(1) };
    let heads = sets.iter().map(|set| inline(&format!("{} / {}", set.workload, set.size)));
    let mut text = row(std::iter::once(String::new()).chain(heads));
    text.push_str(&row(vec!["---".to_owned(); sets.len() + 1]));
    for name in labels.iter().take(rows) {
        let cells = sets.iter().map(|set| {
            let cell = places.get(&(name.clone(), &*set.workload, &*set.size));
            cell.map_or_else(|| "–".to_owned(), |cell| (*cell).to_owned())
        });
        text.push_str(&row(std::iter::once(inline(name)).chain(cells)));
    }
    text.push('\n');
    let left_out = cells.len().saturating_sub(rows.min(labels.len()).saturating_mul(sets.len()));
    if left_out > 0 {
        text.push_str("(More are left out: the record names more than a table shows.)\n\n");
    }
    text
}

/// A case among those of its data set.
pub(crate) fn label(case: &CaseModel) -> String {
    let threads =
        case.id.threads.map_or_else(String::new, |n| format!(", {}", number::plural(n as usize, "thread")));
    match case.id.allocator {
        duel_record::Allocator::System => format!("{}{threads}", case.id.variant),
        allocator => format!("{} @ {allocator}{threads}", case.id.variant),
    }
}
