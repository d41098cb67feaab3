//! What a case allocates, as dhat counts it.

mod facts;
mod html;
mod live;
mod sites;

use maud::Markup;

use super::{Fact, Flames, Section, Sides, Timed, by_build};
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
        facts::allocations((baseline.found, candidate.found)).into_iter().collect()
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
