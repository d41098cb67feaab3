//! Heap and memory of a family.

use super::by_build;
use crate::model::{ArmModel, FamilyModel, HeapModel, Model};
use crate::number;

/// Nothing where nothing was measured.
pub(super) fn tables(model: &Model, family: &FamilyModel) -> String {
    by_build::tables(model, family, "Allocated per iteration", |_, of| allocated(of))
        + &by_build::tables(model, family, "Resident at the peak, and after all was dropped", |_, of| {
            resident(of)
        })
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

fn resident(of: &ArmModel) -> Option<String> {
    let memory = of.memory.as_ref()?;
    let peak = number::bytes(memory.peak_resident_bytes as f64);
    Some(match memory.freed_resident_bytes {
        None => peak,
        Some(freed) => format!("{peak}, {}", number::bytes(freed as f64)),
    })
}
