//! Instruction counts: the runner under callgrind, in two fresh processes and, for a gate, in more.
//!
//! Two, because what one process repeats exactly (a hash map's random keys, addresses) can still
//! be another number in the next.

mod more;
mod summary;

use std::{fs, path::Path};

use anyhow::{Context, Result};
use duel_record::{Arm, Line, read_regular};

use super::{
    Bench,
    callgrind::{self, Dump},
    instrument::Piece,
};
use crate::{
    artifact::Runner,
    runner::{Client, Fault},
    valgrind::Valgrind,
};

/// callgrind writes a line for each instruction that ran.
const LARGEST_DUMP_BYTES: u64 = 2 << 30;
const PROCESSES: u32 = 2;
/// Counted in each process.
const REPETITIONS: u32 = 2;
/// One is enough where counts are exact.
const ITERS: u64 = 1;

/// What one process counted.
struct Counted {
    cpu_features: Vec<String>,
    empty: Dump,
    repetitions: Vec<Dump>,
}

impl Bench<'_> {
    pub(super) fn instructions(&self, arm: &Arm, valgrind: &Valgrind) -> Piece {
        if arm.case.threads.is_some() {
            let reason = "counts of several threads depend on how they are scheduled".to_owned();
            return Err(Fault::Unavailable { reason });
        }
        let runner = self.runner_of(arm)?;
        let stem = arm.file_stem();
        let folder = self.folder.path.join("instructions");
        let scratch = folder.join(format!(".{stem}"));
        let kept = format!("callgrind.out.{stem}");
        let counted = (0..PROCESSES)
            .map(|process| {
                // The driver's own trouble, such as a full disk, is not the case's.
                if let Err(error) = fresh(&scratch) {
                    return Ok(Err(error));
                }
                let counted = self.count(runner, arm, valgrind, &scratch)?;
                let last = dump_file(REPETITIONS + 1);
                let keep = if process == 0 { keep(&scratch.join(last), &folder.join(&kept)) } else { Ok(()) };
                Ok(keep.map(|()| counted))
            })
            .collect::<Result<Result<Vec<Counted>>, Fault>>();
        // It holds nothing that is needed; one that can't be removed is in nobody's way.
        let _ = fs::remove_dir_all(&scratch);
        let file = format!("instructions/{kept}");
        Ok(counted.map_err(|fault| explain(fault, valgrind))?.map(|counted| {
            let summary = summary::summary(&counted, runner, arm, valgrind);
            Line::Instructions { arm: arm.clone(), summary, file }
        }))
    }

    /// Counts in one fresh process.
    fn count(
        &self,
        runner: &Runner,
        arm: &Arm,
        valgrind: &Valgrind,
        scratch: &Path,
    ) -> Result<Counted, Fault> {
        let mut launch = runner.launch(arm.case.allocator, self.settings);
        launch.case_timeout = launch.case_timeout.min(self.effort.instructions_most);
        launch.under = Some(valgrind.callgrind(&scratch.join(OUT), &self.settings.simulate));
        let mut client = Client::start(&launch)?;
        client.prepare(&arm.case, self.settings.seed, false)?;
        client.instructions(ITERS, REPETITIONS)?;
        let empty = read(&scratch.join(dump_file(1)))?;
        let repetitions = (0..REPETITIONS)
            .map(|index| read(&scratch.join(dump_file(index + 2))))
            .collect::<Result<_, _>>()?;
        Ok(Counted { cpu_features: client.identity.cpu_features.clone(), empty, repetitions })
    }
}

/// callgrind's name for its files, to which it adds the number of the dump.
const OUT: &str = "out";

fn dump_file(number: u32) -> String {
    format!("{OUT}.{number}")
}

fn fresh(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))
}

fn keep(dump: &Path, kept: &Path) -> Result<()> {
    fs::rename(dump, kept).with_context(|| format!("cannot write {}", kept.display()))
}

fn read(path: &Path) -> Result<Dump, Fault> {
    let name = path.file_name().unwrap_or_default().display();
    let unavailable = |reason| Fault::Unavailable { reason };
    let bytes = read_regular(path, LARGEST_DUMP_BYTES).map_err(|error| {
        unavailable(format!(
            "callgrind left no file {name} behind: {}",
            anyhow::Error::new(error).root_cause()
        ))
    })?;
    callgrind::parse(&String::from_utf8_lossy(&bytes)).map_err(|bad| unavailable(bad.to_string()))
}

/// What a fault says of a count: never that the case failed, which was verified without valgrind.
fn explain(fault: Fault, valgrind: &Valgrind) -> Fault {
    use std::os::unix::process::ExitStatusExt;
    let version = &valgrind.version;
    let reason = match fault {
        Fault::Interrupted | Fault::Unavailable { .. } => return fault,
        Fault::Ended { status, .. } if status.signal() == Some(4) => {
            format!(
                "no count available: {version} does not know an instruction of this kernel (it has no AVX-512)"
            )
        }
        Fault::Hung { limit } => format!(
            "no count within {} under {version}, which is about 50 times slower; take a smaller size (--sizes), or \
             `--instruments instructions` alone with a longer --case-timeout",
            crate::clock::human(limit)
        ),
        Fault::Refused { reason } => format!("no count available under {version}: {reason}"),
        fault => format!("no count available under {version}: {fault}"),
    };
    Fault::Unavailable { reason }
}
