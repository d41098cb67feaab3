//! A CPU profile of one arm: by perf where it works, else by pprof within the runner.

mod perf;

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use duel_record::{Arm, Finding, Instrument, InstrumentCheck, Missing, MissingKind, ProfileSummary};

use duel_reports::flame::flame_graph_svg;

use super::measurer::{Job, Machine, Measurer, NoFinding, Ready, Tool, lacks, on_linux, works};
use crate::{
    command::cli::ProfilerChoice,
    measure::{Bench, Effort},
    runner::{Client, Fault},
    safe_file,
};
use perf::{Image, Perf, StackCopy, Trouble, Watch};

/// A quick run of more than these has pprof look, unless somebody chose.
const FEW_ARMS: usize = 12;

/// An arm of which there is no sample yet, since others had the processor, is watched for so long.
const UNSEEN_MOST: Duration = Duration::from_secs(6);

/// If more than one stack in this many ends early, perf looks again and copies more of each stack.
const CUT_ONE_IN: u64 = 100;

pub struct Profile;

impl Measurer for Profile {
    fn check(&self, machine: &Machine<'_>) -> Vec<InstrumentCheck> {
        const PERF: &str = "profile: perf";
        let perf = match tempfile::tempdir() {
            Err(error) => lacks(PERF, format!("perf was not tried: {error}"), None),
            Ok(folder) => match Perf::find(folder.path(), machine.step_most) {
                Ok(perf) => works(PERF, perf.version().unwrap_or_else(|unknown| unknown)),
                Err(none) => lacks(PERF, none.reason, Some(none.remedy)),
            },
        };
        vec![perf, on_linux("profile: pprof", "in the runner, about 250 samples a second")]
    }

    fn expected(&self, effort: &Effort) -> Duration {
        // perf takes a second beside each look; pprof looks for longer.
        effort.profile + effort.profile_most.min(Duration::from_millis(1_500))
    }

    /// The profiler of this run. Where perf would be better and can't be had, that is missing.
    fn ready(&self, bench: &Bench<'_>, arms: usize) -> Ready {
        let choice = bench.settings.profiler;
        // Reading what perf wrote takes longer than a quick look itself.
        let hurried = choice == ProfilerChoice::Auto && bench.settings.quick && arms > FEW_ARMS;
        if choice == ProfilerChoice::Pprof || hurried {
            return Ready::with(Profiler::Pprof);
        }
        let none = match Perf::find(&bench.folder.path.join("profiles"), bench.settings.case_timeout) {
            Ok(perf) => return Ready::with(Profiler::Perf(perf)),
            Err(none) => none,
        };
        let missing =
            |what, reason| Some(Missing { case: None, what, reason, remedy: Some(none.remedy.to_owned()) });
        if choice == ProfilerChoice::Perf {
            let reason = none.reason.clone();
            return Ready {
                tool: None,
                missing: missing(MissingKind::Instrument(Instrument::Profile), reason),
                named: true,
            };
        }
        let reason = format!("CPU profiles are taken by pprof, at a quarter of the rate: {}", none.reason);
        Ready { missing: missing(MissingKind::Perf, reason), ..Ready::with(Profiler::Pprof) }
    }
}

/// What takes the samples.
enum Profiler {
    Perf(Perf),
    Pprof,
}

impl Tool for Profiler {
    fn run(&self, bench: &Bench<'_>, job: &Job) -> Result<Finding, NoFinding> {
        let arm = &job.arm;
        let summary = match self {
            Self::Pprof => by_pprof(bench, arm)?,
            Self::Perf(perf) => match by_perf(bench, arm, perf) {
                Ok(summary) => summary,
                Err(Trouble::Runner(fault)) => return Err(fault.into()),
                Err(Trouble::Perf(reason)) if bench.settings.profiler == ProfilerChoice::Perf => {
                    return Err(Fault::Unavailable { reason }.into());
                }
                Err(Trouble::Perf(reason)) => ProfileSummary {
                    note: Some(format!("by pprof, since {reason}")),
                    ..by_pprof(bench, arm)?
                },
            },
        };
        let svg = flame_graph_svg(&arm.case.to_string(), &summary)
            .map_err(|error| Fault::Unavailable { reason: format!("no flame graph: {error}") })?;
        let file = format!("profiles/{}.folded", arm.file_stem());
        keep(&bench.folder.path.join(&file), arm, &summary, &svg)?;
        Ok(Finding::Profile { arm: arm.clone(), summary, file })
    }

    fn fails_the_case(&self) -> bool {
        false
    }
}

fn by_pprof(bench: &Bench<'_>, arm: &Arm) -> Result<ProfileSummary, Fault> {
    let mut client = bench.prepared(arm, &arm.case)?;
    let mut profile = enough(&bench.effort, |duration| client.profile(duration, bench.effort.profile_hertz))?;
    let executable = bench.runner_of(arm)?.launch(arm.case.allocator, bench.settings).executable;
    // Without symbols there are no other names either, and perf's absence is no reason to fail.
    if let Ok(image) = Image::read(&executable) {
        image.name_in_full(&mut profile);
    }
    Ok(profile)
}

fn by_perf(bench: &Bench<'_>, arm: &Arm, perf: &Perf) -> Result<ProfileSummary, Trouble> {
    let mut client: Client = bench.prepared(arm, &arm.case).map_err(Trouble::Runner)?;
    let runner = bench.runner_of(arm).map_err(Trouble::Runner)?;
    let executable = runner.launch(arm.case.allocator, bench.settings).executable;
    let data = bench.folder.path.join(format!("profiles/{}.perf.data", arm.file_stem()));
    let watch = Watch {
        variant: &arm.case.variant,
        executable: &executable,
        data: &data,
        step_most: bench.settings.case_timeout,
    };
    let mut copy = StackCopy::Short;
    enough(&bench.effort, |duration| {
        let look = perf.profile(&mut client, &watch, duration, copy)?;
        if copy == StackCopy::Short && look.cut_stacks > look.samples / CUT_ONE_IN {
            // Too many callers are missing, so this look is replaced.
            copy = StackCopy::Long;
            return perf.profile(&mut client, &watch, duration, copy);
        }
        Ok(look)
    })
}

/// Looks until there are enough samples, or the time for it is over. The rate depends on the
/// machine, the profiler, the number of threads, and how much of its time a case spends in the
/// kernel: so the first look tells how long the next must be.
fn enough<E>(
    effort: &Effort,
    mut look: impl FnMut(Duration) -> Result<ProfileSummary, E>,
) -> Result<ProfileSummary, E> {
    let start = Instant::now();
    let mut all = look(effort.profile)?;
    let mut looked = Duration::from_nanos(all.duration_ns);
    while all.samples < ProfileSummary::ENOUGH_SAMPLES {
        let unseen = if all.samples == 0 { UNSEEN_MOST } else { Duration::ZERO };
        let most = effort.profile_most.max(unseen);
        let left = most.checked_sub(looked).filter(|left| !left.is_zero());
        let Some(left) = left.filter(|_| start.elapsed() < 2 * most) else { break };
        let missing = (ProfileSummary::ENOUGH_SAMPLES - all.samples) as f64 / all.samples.max(1) as f64;
        let wished = Duration::try_from_secs_f64(looked.as_secs_f64() * missing * 1.05).unwrap_or(left);
        let next = wished.max(Duration::from_millis(20)).min(left);
        let more = look(next)?;
        looked += next.max(Duration::from_nanos(more.duration_ns));
        all.merge(more);
    }
    Ok(all)
}

/// Writes the profile in every format, and its graph.
fn keep(folded: &Path, arm: &Arm, summary: &ProfileSummary, svg: &str) -> Result<()> {
    let title = arm.case.to_string();
    write(folded, duel_reports::flame::folded(summary).as_bytes())?;
    write(&folded.with_extension("svg"), svg.as_bytes())?;
    for (extension, bytes) in duel_reports::profile::files(&title, summary) {
        write(&folded.with_extension(extension), &bytes)?;
    }
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    safe_file::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}
