//! Exact instruction counts: the runner under callgrind, in two fresh processes.
//!
//! Two, because what one process repeats exactly (a hash map's random keys, addresses) can still
//! be another number in the next.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use duel_record::{Arm, FunctionInstructions, InstructionSummary, Line};

use super::{
    Bench,
    callgrind::{self, Cost, Dump},
    instrument::Piece,
};
use crate::{
    artifact::Runner,
    runner::{Client, Fault},
    valgrind::Valgrind,
};

const PROCESSES: u32 = 2;
/// Counted in each process.
const REPETITIONS: u32 = 2;
/// One is enough where counts are exact.
const ITERS: u64 = 1;
/// Functions that are kept in the record; callgrind's file has them all.
const MOST_FUNCTIONS: usize = 40;
/// The function that has the measured loop, and all that was inlined into it.
const MEASURED: &str = "duel::kernel::clocked";

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
            let summary = summary(&counted, runner, arm, valgrind);
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
        launch.under = Some(valgrind.callgrind(&scratch.join(OUT)));
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
    let bytes = fs::read(path)
        .map_err(|error| unavailable(format!("callgrind left no file {name} behind: {error}")))?;
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
        Fault::Refused { reason } if reason.starts_with("not a request") => {
            "this runner's library is older and counts no instructions; build it with this version of duel"
                .to_owned()
        }
        Fault::Refused { reason } => format!("no count available under {version}: {reason}"),
        fault => format!("no count available under {version}: {fault}"),
    };
    Fault::Unavailable { reason }
}

fn summary(counted: &[Counted], runner: &Runner, arm: &Arm, valgrind: &Valgrind) -> InstructionSummary {
    let per_iter = |instructions: u64| instructions as f64 / ITERS as f64;
    let cpu_features = counted.first().map(|first| first.cpu_features.clone()).unwrap_or_default();
    let native = &runner.artifact.identity.cpu_features;
    InstructionSummary {
        iters: ITERS,
        processes: PROCESSES,
        instructions_per_iter: counted
            .iter()
            .flat_map(|process| {
                process
                    .repetitions
                    .iter()
                    .map(|dump| per_iter(dump.total.saturating_sub(process.empty.total)))
            })
            .collect(),
        empty_instructions: counted.first().map_or(0, |first| first.empty.total),
        hidden_cpu_features: native.iter().filter(|name| !cpu_features.contains(name)).cloned().collect(),
        cpu_features,
        counter: valgrind.version.clone(),
        functions: counted
            .first()
            .and_then(|first| Some(functions(first.repetitions.last()?, &first.empty, &arm.case.variant)))
            .unwrap_or_default(),
        ..InstructionSummary::default()
    }
}

/// The costliest functions, without what an empty kernel takes.
fn functions(dump: &Dump, empty: &Dump, variant: &str) -> Vec<FunctionInstructions> {
    let per_iter = |instructions: u64| instructions as f64 / ITERS as f64;
    let mut functions: Vec<FunctionInstructions> = dump
        .functions
        .iter()
        .filter(|(name, _)| *name == MEASURED || !is_harness(name))
        .map(|(name, cost)| {
            let without = empty.functions.get(name).copied().unwrap_or_default();
            let Cost { own, inclusive } = *cost;
            FunctionInstructions {
                name: if name == MEASURED { variant.to_owned() } else { name.clone() },
                own_per_iter: per_iter(own.saturating_sub(without.own)),
                inclusive_per_iter: per_iter(inclusive.saturating_sub(without.inclusive)),
            }
        })
        .filter(|function| function.inclusive_per_iter > 0.0)
        .collect();
    functions.sort_by(|a, b| {
        (b.inclusive_per_iter.total_cmp(&a.inclusive_per_iter))
            .then_with(|| b.own_per_iter.total_cmp(&a.own_per_iter))
            .then_with(|| a.name.cmp(&b.name))
    });
    functions.truncate(MOST_FUNCTIONS);
    functions
}

/// What stands above and beside the measured loop.
fn is_harness(name: &str) -> bool {
    name.contains("duel::kernel::") || name.starts_with("duel::instruments::")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_harness_is_taken_out_of_the_functions() {
        let dump = |text: &str| callgrind::parse(text).unwrap();
        let empty = dump(
            "events: Ir\nfn=duel::kernel::clocked\n1 4\nfn=duel::instruments::instructions::toggle\n1 11\ntotals: 15",
        );
        let counted = dump(
            "events: Ir\nfn=duel::kernel::clocked\n1 10\ncfn=sum::run\ncalls=1 1\n1 90\n\
             cfn=duel::instruments::instructions::toggle\ncalls=2 1\n1 11\n\
             fn=duel::instruments::instructions::toggle\n1 11\nfn=sum::run\n5 90\ntotals: 111",
        );
        let found = functions(&counted, &empty, "fast");
        let found: Vec<_> =
            found.iter().map(|f| (f.name.as_str(), f.own_per_iter, f.inclusive_per_iter)).collect();
        assert_eq!(found, [("fast", 6.0, 107.0), ("sum::run", 90.0, 90.0)]);
    }
}
