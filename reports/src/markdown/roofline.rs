//! How near a family's variants come to the machine's limits.

use duel_record::Allocator;

use crate::instruments::tables;
use crate::markdown_text::inline;
use crate::model::{FamilyModel, Model};

/// Nothing where no case states its work, or the limits are not known.
pub(super) fn table(model: &Model, family: &FamilyModel) -> String {
    tables(model, family, "Attained of what this machine can do at most", |case, of| {
        // What an allocator changes is no matter of these limits.
        let held = of.roofline.as_ref().filter(|_| case.id.allocator == Allocator::System)?;
        Some(inline(&held.short()))
    })
}
