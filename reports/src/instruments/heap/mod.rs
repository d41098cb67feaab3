//! What a case allocates, as dhat counts it.

mod html;
mod live;
mod sites;

use maud::Markup;

use super::{Fact, Flames, Section, Sides, Timed, What, by_build};
use crate::model::{ArmModel, FamilyModel, HeapModel, Model};
use crate::number;

pub(super) struct Heap;

impl Section for Heap {
    fn html(&self, sides: &Sides, _: &mut Flames) -> Markup {
        html::details(sides)
    }

    fn markdown(&self, model: &Model, family: &FamilyModel) -> String {
        by_build::tables(model, family, "Allocated per iteration", |_, of| allocated(of))
    }

    fn facts(&self, baseline: Timed, candidate: Timed) -> Vec<Fact> {
        allocations((baseline.found, candidate.found)).into_iter().collect()
    }

    fn found(&self, arm: &ArmModel) -> bool {
        arm.heap.is_some()
    }

    fn plural(&self) -> &'static str {
        "heap profiles"
    }
}

fn allocated(of: &ArmModel) -> Option<String> {
    let heap = of.heap.as_ref()?;
    Some(match heap.summary.total_blocks {
        0 => HeapModel::NOTHING.to_owned(),
        _ => format!(
            "{} in {}",
            number::bytes(heap.bytes_per_iter()),
            number::quantity_of(heap.blocks_per_iter(), "block")
        ),
    })
}

/// Less is no change: what an allocation now and then makes of the mean.
const SHARE: f64 = 0.01;

fn differ(a: f64, b: f64) -> bool {
    (a - b).abs() > SHARE * a.max(b)
}

fn allocations((baseline, candidate): (&ArmModel, &ArmModel)) -> Option<Fact> {
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
