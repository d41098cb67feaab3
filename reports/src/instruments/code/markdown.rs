//! The machine code of a family's variants: one line each, data sets with the same code together.

use std::collections::HashMap;

use crate::code::summary_words;
use crate::markdown_text::{folded, inline};
use crate::model::{CaseModel, FamilyModel, Model};

/// Nothing where nothing was taken apart.
pub(super) fn lines(model: &Model, family: &FamilyModel) -> String {
    let mut lines: Vec<(String, String, Vec<String>)> = Vec::new();
    let mut places: HashMap<(String, String), usize> = HashMap::new();
    for case in model.cases_of(&family.name) {
        for of in &case.arms {
            let Some(code) = &of.code else { continue };
            let (who, words) = (who(case, &of.artifact, case.arms.len() > 1), summary_words(code));
            let data_set = format!("{}/{}", case.id.workload, case.id.size);
            let place = *places.entry((who.clone(), words.clone())).or_insert(lines.len());
            match lines.get_mut(place) {
                Some((.., data_sets)) => data_sets.push(data_set),
                None => lines.push((who, words, vec![data_set])),
            }
        }
    }
    if lines.is_empty() {
        return String::new();
    }
    let line = |(who, words, data_sets): &(String, String, Vec<String>)| {
        format!("- **{}** ({}): {}\n", inline(who), inline(&data_sets.join(", ")), inline(words))
    };
    folded("Code of the hottest functions", &lines.iter().map(line).collect::<String>())
}

fn who(case: &CaseModel, artifact: &str, several: bool) -> String {
    let variant = match case.id.allocator {
        duel_record::Allocator::System => case.id.variant.clone(),
        allocator => format!("{} @ {allocator}", case.id.variant),
    };
    if several { format!("{variant}, {artifact}") } else { variant }
}
