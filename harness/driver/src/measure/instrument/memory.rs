//! Memory as the operating system and the allocator account for it, in a process of its own.

use duel_record::{Arm, Line};

use super::{Bench, Piece};

impl Bench<'_> {
    pub(super) fn memory(&self, arm: &Arm) -> Piece {
        let summary = self.prepared(arm, &arm.case)?.memory(self.effort.memory)?;
        Ok(Ok(Line::Memory { arm: arm.clone(), summary }))
    }
}
