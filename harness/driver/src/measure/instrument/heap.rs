//! dhat's counts of one arm.

use duel_record::{Allocator, Arm, CaseId, Line};

use super::{Bench, Piece};
use crate::runner::Fault;

impl Bench<'_> {
    pub(super) fn heap(&self, arm: &Arm) -> Piece {
        let counted = CaseId { allocator: Allocator::Dhat, ..arm.case.clone() };
        let file = format!("heap/{}.json", arm.file_stem());
        let path = self.folder.path.join(&file);
        let summary = self.prepared(arm, &counted)?.heap(path.display().to_string(), 1)?;
        if !path.is_file() {
            return Err(Fault::Unavailable { reason: format!("dhat did not write {}", path.display()) });
        }
        Ok(Ok(Line::Heap { arm: arm.clone(), summary, file }))
    }
}
