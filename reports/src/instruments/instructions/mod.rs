//! What callgrind counted: how many instructions, and in which functions and source lines.

mod html;
mod rows;
mod simulated;

use std::collections::BTreeMap;

use duel_stats::{COUNT_MARGIN, CountEffect, Verdict, count_effect, count_verdict};
use maud::Markup;

use super::{ArmPair, CauseFact, FactKind, Flames, Section, ShownSides, Timed, by_build};
use crate::markdown_text::{inline, row};
use crate::model::{ArmModel, CaseModel, FamilyModel, InstructionModel, Model};
use crate::number;

pub(super) struct InstructionsSection;

impl Section for InstructionsSection {
    fn html(&self, sides: &ShownSides, _: &mut Flames) -> Markup {
        html::details(sides)
    }

    fn markdown(&self, model: &Model, family: &FamilyModel) -> String {
        tables(model, family)
    }

    fn facts(&self, baseline: Timed, candidate: Timed) -> Vec<CauseFact> {
        counted((baseline.found, candidate.found)).into_iter().collect()
    }

    fn found(&self, arm: &ArmModel) -> bool {
        arm.instructions.is_some()
    }

    fn plural(&self) -> &'static str {
        "instruction counts"
    }
}

fn effect((baseline, candidate): ArmPair) -> Option<CountEffect> {
    let (a, b) = (baseline.instructions.as_ref()?, candidate.instructions.as_ref()?);
    count_effect(&a.summary.instructions_per_iter, &b.summary.instructions_per_iter)
}

/// Instructions of the candidate over the baseline's.
pub(crate) fn ratio(pair: ArmPair) -> Option<f64> {
    Some(effect(pair)?.ratio)
}

/// The change of the count; nothing where the counts vary more than they differ.
fn counted(pair: ArmPair) -> Option<CauseFact> {
    let effect = effect(pair)?;
    let less = match count_verdict(&effect, COUNT_MARGIN) {
        Verdict::Inconclusive => return None,
        Verdict::Equivalent => return Some(CauseFact::same(FactKind::Instructions)),
        verdict => verdict == Verdict::Improved,
    };
    let count = |arm: &ArmModel| {
        let per_iter = arm.instructions.as_ref().and_then(InstructionModel::per_iter);
        per_iter.map_or_else(String::new, number::quantity)
    };
    let share = match effect.ratio {
        r if r < 0.1 => format!("{} times fewer", number::ratio(1.0 / r)),
        r if r < 1.0 => format!("{} fewer", number::percent(1.0 - r)),
        r if r < 2.0 => format!("{} more", number::percent(r - 1.0)),
        r => format!("{} times the", number::ratio(r)),
    };
    Some(CauseFact::moved(
        FactKind::Instructions,
        less,
        format!("{share} instructions ({} → {})", count(pair.0), count(pair.1)),
    ))
}

/// ` (counted without avx512f: …)`, where valgrind hid from a kernel what the processor has.
pub(crate) fn hidden_path((baseline, candidate): ArmPair) -> Option<String> {
    let hidden = |arm: &ArmModel| Some(arm.instructions.as_ref()?.summary.hidden_cpu_features.clone());
    let names = hidden(baseline).filter(|names| !names.is_empty()).or_else(|| hidden(candidate))?;
    (!names.is_empty()).then(|| {
        format!(" (counted without {}: code that asks for it ran another path then)", names.join(", "))
    })
}

/// Nothing where nothing was counted.
fn tables(model: &Model, family: &FamilyModel) -> String {
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
