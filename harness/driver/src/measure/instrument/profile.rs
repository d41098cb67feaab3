//! A CPU profile of one arm: by perf where it works, else by pprof within the runner.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use duel_record::{Arm, Instrument, Line, Missing, ProfileSummary};

use duel_reports::flame::flame_graph_svg;

use super::{Bench, Piece};
use crate::{
    cli::ProfilerChoice,
    measure::Session,
    perf::{self, Image, Perf, StackCopy, Trouble, Watch},
    runner::{Client, Fault},
    safe_file,
};

/// A quick run of more than these has pprof look, unless somebody chose.
const FEW_ARMS: usize = 12;

/// An arm of which there is no sample yet, since others had the processor, is watched for so long.
const UNSEEN_MOST: Duration = Duration::from_secs(6);

/// If more than one stack in this many ends early, perf looks again and copies more of each stack.
const CUT_ONE_IN: u64 = 100;

/// What takes the samples.
pub(super) enum Profiler {
    Perf(Perf),
    Pprof,
}

impl Session<'_> {
    /// The profiler of this run. Where perf would be better and can't be had, that is recorded
    /// once; `None` where nothing else was allowed.
    pub(super) fn profiler(&mut self, arms: usize) -> Result<Option<Profiler>> {
        let choice = self.bench.settings.profiler;
        // Reading what perf wrote takes longer than a quick look itself.
        let hurried = choice == ProfilerChoice::Auto && self.bench.settings.quick && arms > FEW_ARMS;
        if choice == ProfilerChoice::Pprof || hurried {
            return Ok(Some(Profiler::Pprof));
        }
        let reason =
            match Perf::find(&self.bench.folder.path.join("profiles"), self.bench.settings.case_timeout) {
                Ok(perf) => return Ok(Some(Profiler::Perf(perf))),
                Err(reason) => reason,
            };
        let remedy = Some(perf::REMEDY.to_owned());
        let terminal = *self.terminal();
        if choice == ProfilerChoice::Perf {
            let what = Instrument::Profile.to_string();
            self.progress.suspend(|| terminal.warn(&format!("no CPU profiles: {reason}; {}", perf::REMEDY)));
            self.miss(Missing { case: None, what, reason, remedy })?;
            return Ok(None);
        }
        self.progress.suspend(|| terminal.detail(&format!("CPU profiles are taken by pprof: {reason}")));
        let reason = format!("CPU profiles are taken by pprof, at a quarter of the rate: {reason}");
        self.miss(Missing { case: None, what: Missing::PERF.to_owned(), reason, remedy })?;
        Ok(Some(Profiler::Pprof))
    }
}

impl Bench<'_> {
    pub(super) fn profile(&self, arm: &Arm, profiler: &Profiler) -> Piece {
        let summary = match profiler {
            Profiler::Pprof => self.by_pprof(arm)?,
            Profiler::Perf(perf) => match self.by_perf(arm, perf) {
                Ok(summary) => summary,
                Err(Trouble::Runner(fault)) => return Err(fault),
                Err(Trouble::Perf(reason)) if self.settings.profiler == ProfilerChoice::Perf => {
                    return Err(Fault::Unavailable { reason });
                }
                Err(Trouble::Perf(reason)) => {
                    ProfileSummary { note: Some(format!("by pprof, since {reason}")), ..self.by_pprof(arm)? }
                }
            },
        };
        let unavailable = |reason| Fault::Unavailable { reason };
        let svg = flame_graph_svg(&arm.case.to_string(), &summary)
            .map_err(|error| unavailable(format!("no flame graph: {error}")))?;
        let file = format!("profiles/{}.folded", arm.file_stem());
        Ok(keep(&self.folder.path.join(&file), arm, &summary, &svg).map(|()| Line::Profile {
            arm: arm.clone(),
            summary,
            file,
        }))
    }

    fn by_pprof(&self, arm: &Arm) -> Result<ProfileSummary, Fault> {
        let mut client = self.prepared(arm, &arm.case)?;
        let mut profile = self.enough(|duration| client.profile(duration, self.effort.profile_hertz))?;
        let executable = self.runner_of(arm)?.launch(arm.case.allocator, self.settings).executable;
        // Without symbols there are no other names either, and perf's absence is no reason to fail.
        if let Ok(image) = Image::read(&executable) {
            image.name_in_full(&mut profile);
        }
        Ok(profile)
    }

    fn by_perf(&self, arm: &Arm, perf: &Perf) -> Result<ProfileSummary, Trouble> {
        let mut client: Client = self.prepared(arm, &arm.case).map_err(Trouble::Runner)?;
        let runner = self.runner_of(arm).map_err(Trouble::Runner)?;
        let executable = runner.launch(arm.case.allocator, self.settings).executable;
        let data = self.folder.path.join(format!("profiles/{}.perf.data", arm.file_stem()));
        let watch = Watch {
            variant: &arm.case.variant,
            executable: &executable,
            data: &data,
            step_most: self.settings.case_timeout,
        };
        let mut copy = StackCopy::Short;
        self.enough(|duration| {
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
        &self,
        mut look: impl FnMut(Duration) -> Result<ProfileSummary, E>,
    ) -> Result<ProfileSummary, E> {
        let start = Instant::now();
        let mut all = look(self.effort.profile)?;
        let mut looked = Duration::from_nanos(all.duration_ns);
        while all.samples < ProfileSummary::ENOUGH_SAMPLES {
            let unseen = if all.samples == 0 { UNSEEN_MOST } else { Duration::ZERO };
            let most = self.effort.profile_most.max(unseen);
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
