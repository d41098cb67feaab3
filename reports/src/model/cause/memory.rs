//! What is allocated in an iteration, and how often a page had to be brought in.

use super::{
    ArmModel, Timed,
    fact::{Fact, What},
};
use crate::number;

/// Less is no change: what an allocation now and then makes of the mean.
const SHARE: f64 = 0.01;
/// What a page fault takes at the very least on any machine of today: it enters the kernel and
/// clears or maps a page. Faults that can't make up this share of the time are not worth a word.
const FAULT_NS_LEAST: f64 = 100.0;
const FAULT_SHARE: f64 = 0.01;

fn differ(a: f64, b: f64) -> bool {
    (a - b).abs() > SHARE * a.max(b)
}

pub(super) fn allocations((baseline, candidate): (&ArmModel, &ArmModel)) -> Option<Fact> {
    let (a, b) = (baseline.heap.as_ref()?, candidate.heap.as_ref()?);
    let (blocks, bytes) =
        ((a.blocks_per_iter(), b.blocks_per_iter()), (a.bytes_per_iter(), b.bytes_per_iter()));
    let sizes = format!("{} → {}", number::bytes(bytes.0), number::bytes(bytes.1));
    if differ(blocks.0, blocks.1) {
        let words = format!(
            "allocations {} → {} per iteration ({sizes})",
            number::quantity(blocks.0),
            number::quantity(blocks.1)
        );
        return Some(Fact::moved(What::Allocations, blocks.1 < blocks.0, words));
    }
    if differ(bytes.0, bytes.1) {
        let words = format!("allocated bytes {sizes} per iteration");
        return Some(Fact::moved(What::Allocations, bytes.1 < bytes.0, words));
    }
    Some(Fact::same(What::Allocations))
}

/// Page faults of an iteration. They come in by chance, so a difference counts only beyond four
/// standard deviations of two counts (Poisson), and where it can matter to the time.
pub(super) fn faults(baseline: Timed, candidate: Timed) -> Option<Fact> {
    let (a, b) = (baseline.found.memory.as_ref()?, candidate.found.memory.as_ref()?);
    let count = |m: &duel_record::MemorySummary| m.minor_faults.saturating_add(m.major_faults) as f64;
    let (iters_a, iters_b) = (a.iters.max(1) as f64, b.iters.max(1) as f64);
    let (per_a, per_b) = (count(a) / iters_a, count(b) / iters_b);
    let deviation = (count(a) / iters_a.powi(2) + count(b) / iters_b.powi(2)).sqrt();
    let slower_ns = baseline.ns_per_iter?.max(candidate.ns_per_iter?);
    let difference = (per_a - per_b).abs();
    if difference <= 4.0 * deviation || difference * FAULT_NS_LEAST < FAULT_SHARE * slower_ns {
        return Some(Fact::same(What::Faults));
    }
    let words =
        format!("page faults {} → {} per iteration", number::significant(per_a), number::significant(per_b));
    Some(Fact::moved(What::Faults, per_b < per_a, words))
}
