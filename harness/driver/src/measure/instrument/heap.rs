//! dhat's counts of one arm.

use std::{fs, io};

use duel_record::{Allocator, Arm, CaseId, Line};

use super::{Bench, Piece};
use crate::measure::dhat;

impl Bench<'_> {
    pub(super) fn heap(&self, arm: &Arm) -> Piece {
        let counted = CaseId { allocator: Allocator::Dhat, ..arm.case.clone() };
        let file = format!("heap/{}.json", arm.file_stem());
        let path = self.folder.path.join(&file);
        // The runner writes through a link of that name, if there is one in a run that is resumed.
        if let Err(error) = fs::remove_file(&path)
            && error.kind() != io::ErrorKind::NotFound
        {
            return Ok(Err(anyhow::Error::new(error).context(format!("cannot replace {}", path.display()))));
        }
        let mut summary = self.prepared(arm, &counted)?.heap(path.display().to_string(), 1)?;
        // Without its file, what dhat counted in all is still true.
        if let Err(bad) = dhat::read_into(&mut summary, &path) {
            summary.sites_missing = Some(bad.to_string());
        }
        let file = if path.is_file() { file } else { String::new() };
        Ok(Ok(Line::Heap { arm: arm.clone(), summary, file }))
    }
}
