//! What a case allocates, as dhat counts it.

mod html;
mod live;
mod sites;

use maud::Markup;

use super::{CauseFact, FactKind, Flames, Section, ShownSides, Timed, by_build};
use crate::model::{ArmModel, FamilyModel, HeapModel, Model};
use crate::number;

pub(super) struct HeapSection;

impl Section for HeapSection {
    fn html(&self, sides: &ShownSides, _: &mut Flames) -> Markup {
        html::details(sides)
    }

    fn markdown(&self, model: &Model, family: &FamilyModel) -> String {
        by_build::tables(model, family, "Allocated per iteration", |_, of| allocated(of))
    }

    fn facts(&self, baseline: Timed, candidate: Timed) -> Vec<CauseFact> {
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

fn allocations((baseline, candidate): (&ArmModel, &ArmModel)) -> Option<CauseFact> {
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
        return Some(CauseFact::moved(FactKind::Allocations, blocks.1 < blocks.0, words));
    }
    if differ(bytes.0, bytes.1) {
        let words = format!("allocated bytes {sizes} per iteration");
        return Some(CauseFact::moved(FactKind::Allocations, bytes.1 < bytes.0, words));
    }
    Some(CauseFact::same(FactKind::Allocations))
}
