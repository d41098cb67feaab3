//! What changed of what is allocated in an iteration.

use crate::{
    instruments::{Fact, What},
    model::ArmModel,
    number,
};

/// Less is no change: what an allocation now and then makes of the mean.
const SHARE: f64 = 0.01;

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
