//! Instruction counts: the runner under callgrind, in two fresh processes and, for a gate, in more.
//!
//! Two, because what one process repeats exactly (a hash map's random keys, addresses) can still
//! be another number in the next.

mod callgrind;
mod summary;
mod valgrind;

use std::{fs, path::Path, time::Duration};

use anyhow::{Context, Result};
use duel_record::{
    Arm, Finding, Instrument, InstrumentCheck, Missing, MissingKind, ProcessCounts, read_regular,
};

use super::measurer::{Job, Machine, Measurer, NoFinding, Ready, Tool, lacks, works};
use crate::{
    measure::{Bench, Effort},
    runner::{Client, Fault, artifact::Runner},
};
use callgrind::Dump;
use summary::{Counted, ITERS, PROCESSES};
use valgrind::Valgrind;

/// callgrind writes a line for each instruction that ran.
const LARGEST_DUMP_BYTES: u64 = 2 << 30;
/// Counted in each process.
const REPETITIONS: u32 = 2;
pub struct Instructions;

impl Measurer for Instructions {
    fn check(&self, _: &Machine<'_>) -> Vec<InstrumentCheck> {
        vec![match Valgrind::find() {
            Ok(valgrind) => works(Instrument::Instructions, valgrind.version),
            Err(reason) => lacks(Instrument::Instructions, reason, Some(valgrind::REMEDY)),
        }]
    }

    fn expected(&self, _: &Effort) -> Duration {
        // Starting and preparing under valgrind, twice.
        Duration::from_millis(1_500)
    }

    fn ready(&self, _: &Bench<'_>, _: usize) -> Ready {
        match Valgrind::find() {
            Ok(valgrind) => Ready::with(valgrind),
            Err(reason) => {
                let (what, remedy) =
                    (MissingKind::Instrument(Instrument::Instructions), Some(valgrind::REMEDY.to_owned()));
                Ready {
                    tool: None,
                    missing: Some(Missing { case: None, what, reason, remedy }),
                    named: false,
                }
            }
        }
    }
}

impl Tool for Valgrind {
    fn run(&self, bench: &Bench<'_>, job: &Job) -> Result<Finding, NoFinding> {
        let arm = &job.arm;
        if arm.case.threads.is_some() {
            let reason = "counts of several threads depend on how they are scheduled".to_owned();
            return Err(Fault::Unavailable { reason }.into());
        }
        let runner = bench.runner_of(arm)?;
        let file = format!("instructions/callgrind.out.{}", arm.file_stem());
        let mut processes = Vec::new();
        in_scratch(bench, arm, |scratch| {
            for process in 0..PROCESSES {
                processes.push(count(bench, runner, arm, self, scratch)?);
                if process == 0 {
                    keep(&scratch.join(dump_file(REPETITIONS + 1)), &bench.folder.path.join(&file))?;
                }
            }
            Ok(())
        })?;
        let summary = summary::summary(&processes, runner, arm, self);
        Ok(Finding::Instructions { arm: arm.clone(), summary, file })
    }
}

/// Counts an arm in this many further processes.
///
/// # Errors
/// Why it could not be counted.
pub fn count_in_processes(
    bench: &Bench<'_>,
    arm: &Arm,
    processes: usize,
) -> Result<ProcessCounts, NoFinding> {
    let valgrind = Valgrind::find().map_err(|reason| Fault::Unavailable { reason })?;
    let runner = bench.runner_of(arm)?;
    let mut counts = ProcessCounts::default();
    in_scratch(bench, arm, |scratch| {
        for _ in 0..processes {
            let counted = count(bench, runner, arm, &valgrind, scratch)?;
            counts.processes += 1;
            counts.instructions_per_iter.extend(summary::per_repetition(&counted));
        }
        Ok(())
    })?;
    Ok(counts)
}

/// Does something with a folder for callgrind's files, which is removed afterwards.
fn in_scratch(
    bench: &Bench<'_>,
    arm: &Arm,
    work: impl FnOnce(&Path) -> Result<(), NoFinding>,
) -> Result<(), NoFinding> {
    let scratch = bench.folder.path.join("instructions").join(format!(".{}", arm.file_stem()));
    let done = work(&scratch);
    // It holds nothing that is needed; one that can't be removed is in nobody's way.
    let _ = fs::remove_dir_all(&scratch);
    done
}

/// Counts in one fresh process.
fn count(
    bench: &Bench<'_>,
    runner: &Runner,
    arm: &Arm,
    valgrind: &Valgrind,
    scratch: &Path,
) -> Result<Counted, NoFinding> {
    fresh(scratch)?;
    let mut launch = runner.launch(arm.case.allocator, bench.settings);
    launch.case_timeout = launch.case_timeout.min(bench.effort.instructions_most);
    launch.under = Some(valgrind.callgrind(&scratch.join(OUT), &bench.settings.simulate));
    let run = || {
        let mut client = Client::start(&launch)?;
        client.prepare(&arm.case, bench.settings.seed, false)?;
        client.instructions(ITERS, REPETITIONS)?;
        Ok(client)
    };
    let client = run().map_err(|fault| explain(fault, valgrind))?;
    let empty = read(&scratch.join(dump_file(1)))?;
    let repetitions =
        (0..REPETITIONS).map(|index| read(&scratch.join(dump_file(index + 2)))).collect::<Result<_, _>>()?;
    Ok(Counted { cpu_features: client.identity.cpu_features.clone(), empty, repetitions })
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
            crate::duration::human(limit)
        ),
        Fault::Refused { reason } => format!("no count available under {version}: {reason}"),
        fault => format!("no count available under {version}: {fault}"),
    };
    Fault::Unavailable { reason }
}
