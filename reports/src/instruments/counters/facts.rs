//! What the processor's own counters, or a simulation of its caches, add.

use duel_record::{Counter, CounterSummary, InstructionSummary};

use crate::{
    instruments::{ArmPair, CauseFact, FactKind},
    number,
};

/// From here on a rate counts as changed.
const SHARE: f64 = 0.10;
/// About what a miss of the first-level cache or a mispredicted branch takes at least: ten times an
/// instruction. Misses that can't make up a hundredth of the work are not worth a word.
const INSTRUCTIONS_PER_MISS: f64 = 10.0;
const WORTH: f64 = 0.01;

/// Instructions in each cycle.
pub(super) fn per_cycle((baseline, candidate): ArmPair) -> Option<CauseFact> {
    let rate = |counters: &CounterSummary| {
        let cycles = counters.per_iter(Counter::Cycles).filter(|cycles| *cycles > 0.0)?;
        Some(counters.per_iter(Counter::Instructions)? / cycles)
    };
    let (a, b) = (rate(baseline.counters.as_ref()?)?, rate(candidate.counters.as_ref()?)?);
    if (a - b).abs() <= SHARE * a.max(b) {
        return Some(CauseFact::same(FactKind::PerCycle));
    }
    let words = format!("instructions per cycle {} → {}", number::ratio(a), number::ratio(b));
    Some(CauseFact::moved(FactKind::PerCycle, b > a, words))
}

/// One kind of miss of an iteration: its name, and both sides' counts.
struct Misses {
    name: &'static str,
    counts: (f64, f64),
    /// Instructions of an iteration of the side that has more.
    instructions: f64,
}

/// The kind of miss that changed most: counted by the processor, else simulated.
pub(super) fn misses(pair: ArmPair) -> Option<CauseFact> {
    let counted = counted(pair);
    let all = if counted.is_empty() { simulated(pair) } else { counted };
    if all.is_empty() {
        return None;
    }
    let matters = |kind: &&Misses| {
        let (a, b) = kind.counts;
        (a - b).abs() > SHARE * a.max(b) && (a - b).abs() * INSTRUCTIONS_PER_MISS > WORTH * kind.instructions
    };
    let difference = |kind: &&Misses| (kind.counts.0 - kind.counts.1).abs();
    let largest = all.iter().filter(matters).max_by(|x, y| difference(x).total_cmp(&difference(y)));
    Some(largest.map_or_else(
        || CauseFact::same(FactKind::Misses),
        |kind| {
            let (a, b) = kind.counts;
            let words = format!(
                "{} {} → {} per iteration",
                kind.name,
                number::significant(a),
                number::significant(b)
            );
            CauseFact::moved(FactKind::Misses, b < a, words)
        },
    ))
}

fn counted((baseline, candidate): ArmPair) -> Vec<Misses> {
    let (Some(a), Some(b)) = (&baseline.counters, &candidate.counters) else { return Vec::new() };
    let both = |counter| Some((a.per_iter(counter)?, b.per_iter(counter)?));
    let Some((in_a, in_b)) = both(Counter::Instructions) else { return Vec::new() };
    Counter::MISSES
        .into_iter()
        .filter_map(|kind| {
            Some(Misses { name: kind.words(), counts: both(kind)?, instructions: in_a.max(in_b) })
        })
        .collect()
}

/// callgrind's simulation: several of its events make one kind.
const SIMULATED: [(&str, &[&str]); 3] = [
    ("simulated first-level misses", &["D1mr", "D1mw"]),
    ("simulated last-level misses", &["DLmr", "DLmw"]),
    ("simulated branch misses", &["Bcm", "Bim"]),
];

fn simulated((baseline, candidate): ArmPair) -> Vec<Misses> {
    let (Some(a), Some(b)) = (&baseline.instructions, &candidate.instructions) else { return Vec::new() };
    let sum = |of: &InstructionSummary, events: &[&str]| {
        let mut found = events
            .iter()
            .map(|name| of.simulated.iter().find(|event| event.event == *name).map(|event| event.per_iter));
        found.try_fold(0.0, |sum, event| Some(sum + event?))
    };
    let instructions = a.per_iter().unwrap_or(0.0).max(b.per_iter().unwrap_or(0.0));
    SIMULATED
        .into_iter()
        .filter_map(|(name, events)| {
            Some(Misses { name, counts: (sum(&a.summary, events)?, sum(&b.summary, events)?), instructions })
        })
        .collect()
}
