//! perf on this machine: whether it is there and allowed, and how it watches a runner.
//!
//! It takes four times as many samples a second as a signal can, and costs the kernel less; but it
//! is not everywhere, and often forbidden.

mod image;
mod script;

use std::{
    ffi::OsStr,
    fs,
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use duel_record::{AddressSamples, ProfileSummary};
use rustix::process::Signal;

use crate::{
    machine::program,
    runner::{Client, Fault, Process},
};
pub use image::Image;
use script::Script;

/// What to do where it is missing.
const INSTALL: &str = "install it: apt-get install linux-perf (Ubuntu: linux-tools-generic)";
/// What to do where it is forbidden.
const ALLOW: &str =
    "allow it (sysctl kernel.perf_event_paranoid=2, or in a container the capability PERFMON)";
/// Samples in each second of CPU time; no divisor of other periods.
const HERTZ: &str = "997";
/// Calls of a stack that are followed.
const MOST_CALLS: &str = "512";
/// The longest that any step of perf may take. It starts within a tenth of a second, and needs a
/// second for a thousand samples.
const STEP_MOST: Duration = Duration::from_secs(30);

/// An installed perf that has sampled something.
#[derive(Clone, Debug)]
pub struct Perf {
    program: PathBuf,
}

/// Why no perf works here, and what would make it.
#[derive(Debug)]
pub struct NoPerf {
    pub reason: String,
    pub remedy: &'static str,
}

/// Why there is no profile of perf's.
#[derive(Debug)]
pub enum Trouble {
    /// The runner went wrong; another profiler would not help.
    Runner(Fault),
    /// perf did.
    Perf(String),
}

/// How much of the stack is copied for each sample: release code keeps no frame pointers, so callers are
/// found in the copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StackCopy {
    /// 8 KiB, which is enough for most kernels.
    Short,
    /// All that perf can copy, eight times as much to write and to read.
    Long,
}

impl StackCopy {
    fn bytes(self) -> &'static str {
        match self {
            Self::Short => "dwarf,8192",
            Self::Long => "dwarf,65528",
        }
    }
}

/// Whom perf is to watch, and where it may keep its file meanwhile.
pub struct Watch<'a> {
    pub variant: &'a str,
    pub executable: &'a Path,
    pub data: &'a Path,
    pub step_most: Duration,
}

impl Perf {
    /// The first on `PATH`, if it can sample the CPU.
    ///
    /// # Errors
    /// The reason why there is none that works.
    pub fn find(folder: &Path, step_most: Duration) -> Result<Self, NoPerf> {
        let program = program::on_path("perf").map_err(|reason| NoPerf { reason, remedy: INSTALL })?;
        let perf = Self { program };
        match perf.try_out(folder, step_most) {
            Ok(()) => Ok(perf),
            Err(reason) => Err(NoPerf { reason, remedy: ALLOW }),
        }
    }

    /// Samples a program that ends at once.
    fn try_out(&self, folder: &Path, step_most: Duration) -> Result<(), String> {
        let data = Scratch(folder.join("perf-probe.data"));
        let own = std::env::current_exe().map_err(|error| format!("perf was not tried: {error}"))?;
        let mut command = self.record(&data.0, StackCopy::Short);
        command.arg("--").arg(own).arg("--version");
        let mut process = Process::start(command, false).map_err(|fault| refuses(&fault))?;
        match process.end(step_most.min(STEP_MOST)) {
            Ok((status, _)) if status.success() => Ok(()),
            Ok((status, stderr)) => Err(refuses(&Fault::Ended { status, stderr })),
            Err(fault) => Err(refuses(&fault)),
        }
    }

    /// As it says itself, such as `perf version 6.1.0`.
    ///
    /// # Errors
    /// If it says something else.
    pub fn version(&self) -> Result<String, String> {
        program::version(&self.program, "perf version ")
    }

    /// Samples a runner while it runs its prepared case.
    ///
    /// # Errors
    /// Whose fault it is.
    pub fn profile(
        &self,
        client: &mut Client,
        watch: &Watch<'_>,
        duration: Duration,
        copy: StackCopy,
    ) -> Result<ProfileSummary, Trouble> {
        let troubled = |fault: Fault| match fault {
            Fault::Interrupted => Trouble::Runner(fault),
            fault => Trouble::Perf(refuses(&fault)),
        };
        let step_most = watch.step_most.min(STEP_MOST);
        let data = Scratch(watch.data.to_owned());
        let pid = client.id();
        let mut command = self.record(&data.0, copy);
        // It waits until it is asked to begin, on its stdin, and says when it has.
        command.args(["--delay", "-1", "--control", "fd:0,1", "--pid"]);
        command.arg(pid.as_raw_nonzero().to_string());
        let mut process = Process::start(command, false).map_err(troubled)?;
        process.send(b"enable\n").map_err(troubled)?;
        let answer = process.receive(step_most).map_err(troubled)?;
        if answer != b"ack" {
            let answer = String::from_utf8_lossy(&answer[..answer.len().min(100)]).into_owned();
            return Err(Trouble::Perf(format!("perf answered {answer:?}, not that it has begun")));
        }
        let ran = match client.run(duration) {
            Ok(ran) => ran,
            // An older library has no such request; pprof is within it.
            Err(Fault::Unavailable { reason }) => return Err(Trouble::Perf(reason)),
            Err(fault) => return Err(Trouble::Runner(fault)),
        };
        process.signal(Signal::INT);
        let (status, stderr) = process.end(step_most).map_err(troubled)?;
        if !status.success() && status.signal() != Some(Signal::INT.as_raw()) {
            return Err(troubled(Fault::Ended { status, stderr }));
        }
        let image = Image::read(watch.executable).map_err(Trouble::Perf)?;
        let thread = pid.as_raw_nonzero().get().unsigned_abs();
        let mut script = self.script(&data.0, watch, &image, thread, step_most).map_err(troubled)?;
        let moments = script.moments();
        if !moments.is_empty() {
            script.settle(client.clock_ran(moments).map_err(Trouble::Runner)?);
        }
        // What has no time is settled without an answer.
        script.settle(Vec::new());
        let met =
            script.offsets.drain().filter_map(|(offset, samples)| Some((image.address(offset)?, samples)));
        let addresses = AddressSamples::count(met);
        let skipped = script.skipped;
        let (cut_stacks, unattributed) = (script.folding.cut, script.folding.unattributed);
        let stacks = script.folding.stacks();
        let samples = stacks.iter().map(|stack| stack.samples).sum();
        if samples == 0 {
            return Err(Trouble::Perf(format!(
                "perf took no sample of the kernel ({skipped} lines of what it printed can't be read, {unattributed} \
                 samples can't be assigned)"
            )));
        }
        Ok(ProfileSummary {
            stacks,
            samples,
            duration_ns: ran.duration_ns,
            iters: ran.iters,
            profiler: "perf".to_owned(),
            cpu_ns: ran.cpu_ns,
            addresses,
            cut_stacks,
            unattributed,
            note: (skipped > 0).then(|| format!("{skipped} lines of what perf printed can't be read")),
        })
    }

    fn record(&self, data: &Path, copy: StackCopy) -> Command {
        let mut command = self.command();
        command.args(["record", "--quiet", "--no-buildid", "--no-buildid-cache", "--event", "cpu-clock"]);
        // The clock by which the runner remembers when it measured.
        command
            .args(["--freq", HERTZ, "--clockid", "mono", "--call-graph", copy.bytes(), "--output"])
            .arg(data);
        command
    }

    /// What it recorded, as stacks.
    fn script<'a>(
        &self,
        data: &Path,
        watch: &Watch<'_>,
        image: &'a Image,
        thread: u32,
        most: Duration,
    ) -> Result<Script<'a>, Fault> {
        let mut command = self.command();
        command.args(["script", "--no-inline", "--ns", "--max-stack", MOST_CALLS]);
        command.args(["--fields", "tid,time,ip,sym,dso", "--input"]).arg(data);
        let mut process = Process::start(command, false)?;
        let executable = fs::canonicalize(watch.executable).unwrap_or_else(|_| watch.executable.to_owned());
        let mut script = Script::new(watch.variant, &executable.to_string_lossy(), image, thread);
        let start = Instant::now();
        loop {
            let left = most.checked_sub(start.elapsed()).ok_or(Fault::Hung { limit: most })?;
            match process.receive(left) {
                Ok(line) => script.line(&String::from_utf8_lossy(&line)),
                Err(Fault::Ended { status, .. }) if status.success() => break,
                Err(fault) => return Err(fault),
            }
        }
        script.end();
        Ok(script)
    }

    /// In an environment where nothing of the user's changes what it does, and nothing is asked of
    /// a network.
    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.env("PERF_CONFIG", "/dev/null").env("LC_ALL", "C").env_remove("DEBUGINFOD_URLS");
        command
    }
}

fn refuses(fault: &Fault) -> String {
    let text = match fault {
        // The runner's words for it name an option that is not perf's.
        Fault::Hung { limit } => format!("no answer in {}; killed", crate::duration::human(*limit)),
        fault => fault.to_string(),
    };
    let short: String = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(300).collect();
    format!("perf does not work here: {short}")
}

/// A file that is gone in the end.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        // It may never have been made.
        let _ = fs::remove_file(&self.0);
        let mut old = self.0.clone().into_os_string();
        old.push(OsStr::new(".old"));
        let _ = fs::remove_file(old);
    }
}
