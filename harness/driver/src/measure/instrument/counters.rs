//! Counters of the processor and the system, in a process of its own.

use duel_record::{Arm, Line};

use super::{Bench, Piece};

impl Bench<'_> {
    pub(super) fn counters(&self, arm: &Arm) -> Piece {
        let summary = self.prepared(arm, &arm.case)?.counters(self.effort.counters)?;
        Ok(Ok(Line::Counters { arm: arm.clone(), summary }))
    }
}
