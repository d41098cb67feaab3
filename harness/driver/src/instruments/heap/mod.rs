//! dhat's counts of one arm.

mod dhat;
mod dhat_frames;

use std::{fs, io, time::Duration};

use duel_record::{Allocator, CaseId, Finding, Instrument, InstrumentCheck};

use super::measurer::{Job, Machine, Measurer, NoFinding, Ready, Tool, works};
use crate::measure::{Bench, Effort};

pub struct Heap;

impl Measurer for Heap {
    fn check(&self, _: &Machine<'_>) -> Vec<InstrumentCheck> {
        vec![works(Instrument::Heap, "dhat in the runner")]
    }

    fn expected(&self, _: &Effort) -> Duration {
        Duration::from_millis(60)
    }

    fn ready(&self, _: &Bench<'_>, _: usize) -> Ready {
        Ready::with(Self)
    }
}

impl Tool for Heap {
    fn run(&self, bench: &Bench<'_>, job: &Job) -> Result<Finding, NoFinding> {
        let arm = &job.arm;
        let counted = CaseId { allocator: Allocator::Dhat, ..arm.case.clone() };
        let file = format!("heap/{}.json", arm.file_stem());
        let path = bench.folder.path.join(&file);
        // The runner writes through a link of that name, if there is one in a run that is resumed.
        if let Err(error) = fs::remove_file(&path)
            && error.kind() != io::ErrorKind::NotFound
        {
            let error = anyhow::Error::new(error).context(format!("cannot replace {}", path.display()));
            return Err(error.into());
        }
        let mut summary = bench.prepared(arm, &counted)?.heap(path.display().to_string(), 1)?;
        // Without its file, what dhat counted in all is still true.
        if let Err(bad) = dhat::read_into(&mut summary, &path) {
            summary.sites_missing = Some(bad.to_string());
        }
        let file = if path.is_file() { file } else { String::new() };
        Ok(Finding::Heap { arm: arm.clone(), summary, file })
    }

    fn fails_the_case(&self) -> bool {
        false
    }
}
