//! What changed of the number of instructions.

use duel_stats::{COUNT_MARGIN, CountEffect, Verdict, count_effect, count_verdict};

use crate::{
    instruments::{Fact, What},
    model::{ArmModel, InstructionModel},
    number,
};

type Pair<'a> = (&'a ArmModel, &'a ArmModel);

fn effect((baseline, candidate): Pair) -> Option<CountEffect> {
    let (a, b) = (baseline.instructions.as_ref()?, candidate.instructions.as_ref()?);
    count_effect(&a.summary.instructions_per_iter, &b.summary.instructions_per_iter)
}

/// Instructions of the candidate over the baseline's.
pub(crate) fn ratio(pair: Pair) -> Option<f64> {
    Some(effect(pair)?.ratio)
}

/// The change of the count; nothing where the counts vary more than they differ.
pub(super) fn counted(pair: Pair) -> Option<Fact> {
    let effect = effect(pair)?;
    let less = match count_verdict(&effect, COUNT_MARGIN) {
        Verdict::Inconclusive => return None,
        Verdict::Equivalent => return Some(Fact::same(What::Instructions)),
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
    Some(Fact::moved(
        What::Instructions,
        less,
        format!("{share} instructions ({} → {})", count(pair.0), count(pair.1)),
    ))
}

/// ` (counted without avx512f: …)`, where valgrind hid from a kernel what the processor has.
pub(crate) fn hidden_path((baseline, candidate): Pair) -> Option<String> {
    let hidden = |arm: &ArmModel| Some(arm.instructions.as_ref()?.summary.hidden_cpu_features.clone());
    let names = hidden(baseline).filter(|names| !names.is_empty()).or_else(|| hidden(candidate))?;
    (!names.is_empty()).then(|| {
        format!(" (counted without {}: code that asks for it ran another path then)", names.join(", "))
    })
}
