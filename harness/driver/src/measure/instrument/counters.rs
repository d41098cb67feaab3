//! Counters of the processor and the system, in a process of its own.

use anyhow::Result;
use duel_record::{Arm, CounterSummary, Line, Missing, by_reason};

use super::{Bench, Piece, Session};

impl Bench<'_> {
    pub(super) fn counters(&self, arm: &Arm) -> Piece {
        let summary = self.prepared(arm, &arm.case)?.counters(self.effort.counters)?;
        Ok(Ok(Line::Counters { arm: arm.clone(), summary }))
    }
}

impl Session<'_> {
    /// Says once in a run which counters there are not, and why: every case finds the same.
    pub(super) fn refused_counters(&mut self, summary: &CounterSummary) -> Result<()> {
        for refused in by_reason(&summary.refused) {
            self.miss(Missing {
                case: None,
                what: Missing::of_counters(&refused.names()),
                reason: refused.reason,
                remedy: refused.remedy,
            })?;
        }
        Ok(())
    }
}
