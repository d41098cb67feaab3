//! The hottest machine code.

mod html;

use std::collections::HashMap;

use duel_record::VectorShares;
use maud::Markup;

use super::{CauseFact, FactKind, Flames, Section, ShownSides, Timed};
use crate::code::summary_words;
use crate::markdown_text::{folded, inline};
use crate::model::{ArmModel, CaseModel, FamilyModel, Model};

pub(super) struct CodeSection;

impl Section for CodeSection {
    fn html(&self, sides: &ShownSides, _: &mut Flames) -> Markup {
        html::details(sides)
    }

    fn markdown(&self, model: &Model, family: &FamilyModel) -> String {
        lines(model, family)
    }

    fn facts(&self, baseline: Timed, candidate: Timed) -> Vec<CauseFact> {
        vectors((baseline.found, candidate.found)).into_iter().collect()
    }

    fn found(&self, arm: &ArmModel) -> bool {
        arm.code.is_some()
    }

    fn plural(&self) -> &'static str {
        "excerpts of the hot machine code"
    }
}

/// From here on vector code counts as changed.
const VECTOR_POINTS: f64 = 0.10;

/// The hottest loop where there is one, else the whole function.
fn shares(arm: &ArmModel) -> Option<(&'static str, VectorShares)> {
    let code = arm.code.as_ref()?;
    Some(code.inner_loop().map_or(("hot code", code.vectors), |inner| ("hot loop", inner.vectors)))
}

/// The change of the vector code in the hottest loop.
fn vectors((baseline, candidate): (&ArmModel, &ArmModel)) -> Option<CauseFact> {
    let ((_, a), (place, b)) = (shares(baseline)?, shares(candidate)?);
    let width = |shares: VectorShares| {
        [(512, shares.packed_512), (256, shares.packed_256), (128, shares.packed_128)]
            .into_iter()
            .max_by(|x, y| x.1.total_cmp(&y.1))
            // Code on single numbers clears and copies whole registers now and then.
            .filter(|(_, share)| *share >= VECTOR_POINTS && shares.packed() > shares.scalar)
            .map_or(0, |(bits, _)| bits)
    };
    let (from, to) = (width(a), width(b));
    let points = format!("{:.0} → {:.0} % packed", a.packed() * 100.0, b.packed() * 100.0);
    let words = match (from, to) {
        (0, 0) => return None,
        (from, to) if from == to => {
            if (a.packed() - b.packed()).abs() < VECTOR_POINTS {
                return Some(CauseFact::same(FactKind::Vectors));
            }
            format!("{place} {to}-bit wide as before ({points})")
        }
        (_, 0) => format!("{place} no longer works on several numbers at a time ({points})"),
        (0, to) => format!("{place} now {to}-bit wide ({points})"),
        (from, to) => format!("{place} {from} → {to}-bit wide ({points})"),
    };
    let less = (to, b.packed()) > (from, a.packed());
    Some(CauseFact::moved(FactKind::Vectors, less, words))
}

/// Nothing where nothing was taken apart.
fn lines(model: &Model, family: &FamilyModel) -> String {
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
