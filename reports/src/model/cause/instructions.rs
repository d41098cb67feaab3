//! How many instructions there were, and how wide they work.

use duel_record::VectorShares;
use duel_stats::{COUNT_MARGIN, CountEffect, Verdict, count_effect, count_verdict};

use super::{
    ArmModel,
    fact::{Fact, What},
};
use crate::number;

type Pair<'a> = (&'a ArmModel, &'a ArmModel);

/// From here on vector code counts as changed.
const VECTOR_POINTS: f64 = 0.10;

fn effect((baseline, candidate): Pair) -> Option<CountEffect> {
    let (a, b) = (baseline.instructions.as_ref()?, candidate.instructions.as_ref()?);
    count_effect(&a.summary.instructions_per_iter, &b.summary.instructions_per_iter)
}

/// Instructions of the candidate over the baseline's.
pub(super) fn ratio(pair: Pair) -> Option<f64> {
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
        let per_iter = arm.instructions.as_ref().and_then(super::super::InstructionModel::per_iter);
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
pub(super) fn hidden_path((baseline, candidate): Pair) -> Option<String> {
    let hidden = |arm: &ArmModel| Some(arm.instructions.as_ref()?.summary.hidden_cpu_features.clone());
    let names = hidden(baseline).filter(|names| !names.is_empty()).or_else(|| hidden(candidate))?;
    (!names.is_empty()).then(|| {
        format!(" (counted without {}: code that asks for it ran another path then)", names.join(", "))
    })
}

/// The hottest loop where there is one, else the whole function.
fn shares(arm: &ArmModel) -> Option<(&'static str, VectorShares)> {
    let code = arm.code.as_ref()?;
    Some(code.inner_loop().map_or(("hot code", code.vectors), |inner| ("hot loop", inner.vectors)))
}

/// The change of the vector code in the hottest loop.
pub(super) fn vectors((baseline, candidate): Pair) -> Option<Fact> {
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
                return Some(Fact::same(What::Vectors));
            }
            format!("{place} {to}-bit wide as before ({points})")
        }
        (_, 0) => format!("{place} no longer works on several numbers at a time ({points})"),
        (0, to) => format!("{place} now {to}-bit wide ({points})"),
        (from, to) => format!("{place} {from} → {to}-bit wide ({points})"),
    };
    let less = (to, b.packed()) > (from, a.packed());
    Some(Fact::moved(What::Vectors, less, words))
}
