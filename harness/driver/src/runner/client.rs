//! The driver's side of the protocol: one typed method for each request.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use duel_record::{
    Allocator, CaseId, CounterSummary, CriterionTiming, HeapSummary, MemorySummary, ProfileSummary, plain,
    protocol::{self, Elsewhere, FamilyListing, Identity, Request, Response, Work},
};
use rustix::thread::{CpuSet, sched_setaffinity};

use super::{
    fault::{Fault, bounded},
    process::Process,
};
use crate::cargo::environment;

/// Old runners serve as baselines, and lack what came later.
const OLDER: &str = "this runner's library is older and can't do that; build it with this version of duel";

/// A batch of more iterations than a runner ever calibrates for.
const MOST_ITERS: u64 = 1 << 40;

/// How a runner is started.
#[derive(Clone, Debug)]
pub struct Launch {
    pub executable: PathBuf,
    /// The folder to run it in, as cargo would.
    pub folder: PathBuf,
    /// What it gets beside this command's environment, as from cargo.
    pub environment: BTreeMap<String, String>,
    pub allocator: Allocator,
    /// Bytes of padding in its environment, which shifts its stack. Arms of one trial get the
    /// same, whatever the length of their allocator's name.
    pub stack_offset: usize,
    pub case_timeout: Duration,
    pub echo_stderr: bool,
    /// Variables of this command's environment that it does not get.
    pub withheld: Vec<OsString>,
    /// What to run it under, if anything.
    pub under: Option<Under>,
}

/// A program that runs a runner, such as valgrind: PROGRAM ARGUMENTS RUNNER.
#[derive(Clone, Debug)]
pub struct Under {
    pub program: PathBuf,
    pub arguments: Vec<OsString>,
}

/// A running runner that has said hello.
pub struct Client {
    process: Process,
    case_timeout: Duration,
    pub identity: Identity,
    /// The core that it is pinned to.
    pub core: Option<u32>,
}

/// Makes a method that sends a request and takes one kind of answer.
macro_rules! expect {
    ($self:ident, $request:expr, $limit:expr, $asked:literal, $pattern:pat => $value:expr) => {
        match $self.ask(&$request, $limit)? {
            $pattern => Ok($value),
            Response::Unavailable { reason } => Err(Fault::Unavailable { reason }),
            other => Err(mismatch($asked, &other)),
        }
    };
}

fn mismatch(asked: &'static str, found: &Response) -> Fault {
    let text = serde_json::to_string(found).unwrap_or_default();
    Fault::Mismatch { asked, found: text.chars().take(200).collect() }
}

/// Steps of the clock within a batch.
const FEWEST_STEPS: u32 = 10;
/// No system's clock has longer steps than its scheduler's.
const COARSEST_STEP: Duration = Duration::from_millis(20);

/// What [`Client::run`] learns.
#[derive(Clone, Copy, Debug)]
pub struct Ran {
    pub iters: u64,
    pub duration_ns: u64,
    pub cpu_ns: u64,
}

/// What [`Client::verify`] learns.
pub struct Verified {
    pub difference: Option<String>,
    pub data_hash: String,
    pub work: Work,
    pub peak_resident_bytes: u64,
    /// What it took: the data set where it was not there yet, and an iteration or two.
    pub took: Duration,
}

impl Client {
    /// Starts a runner and greets it.
    ///
    /// # Errors
    /// When it can't be started, or is no runner of this version.
    pub fn start(launch: &Launch) -> Result<Self, Fault> {
        let mut command = command(launch);
        let name = launch.allocator.name();
        // The whole environment has the same length whichever allocator is named.
        let padding = (launch.stack_offset + 16).saturating_sub(name.len());
        for name in environment::misleading() {
            command.env_remove(name);
        }
        for name in &launch.withheld {
            command.env_remove(name);
        }
        command
            .arg(protocol::ARGUMENT)
            .current_dir(&launch.folder)
            .envs(&launch.environment)
            // As a shell there would have it.
            .env("PWD", &launch.folder)
            .env_remove("OLDPWD")
            .env(Allocator::VARIABLE, name)
            .env("DUEL_PADDING", "x".repeat(padding))
            // Else criterion asks cargo where to file its results.
            .env("CRITERION_HOME", "target/criterion");
        if !launch.echo_stderr || launch.under.is_some() {
            // A backtrace would push the words that matter out of what is kept of stderr.
            command.env("RUST_BACKTRACE", "0");
        }
        let mut process = Process::start(command, launch.echo_stderr)?;
        process.send(&encode(&Request::Hello { version: protocol::VERSION }))?;
        let line = process.receive(launch.case_timeout)?;
        let identity = greet(&line)?;
        Ok(Self { process, case_timeout: launch.case_timeout, identity, core: None })
    }

    /// Pins the process, with all threads that it has by now, to one core. Where that is not
    /// allowed it runs unpinned, and [`core`](Self::core) stays empty.
    pub fn pin(&mut self, core: u32) {
        let mut cores = CpuSet::new();
        cores.set(core as usize);
        let pinned =
            self.process.threads().into_iter().all(|thread| sched_setaffinity(Some(thread), &cores).is_ok());
        self.core = pinned.then_some(core);
    }

    pub fn id(&self) -> rustix::process::Pid {
        self.process.id()
    }

    /// How often the system took the core away from it; `None` where the system does not say.
    pub fn involuntary_switches(&self) -> Option<u64> {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.process.id().as_raw_nonzero())).ok()?;
        status.lines().find_map(|line| line.strip_prefix("nonvoluntary_ctxt_switches:"))?.trim().parse().ok()
    }

    fn ask(&mut self, request: &Request, limit: Duration) -> Result<Response, Fault> {
        self.process.send(&encode(request))?;
        self.answer(limit)
    }

    fn answer(&mut self, limit: Duration) -> Result<Response, Fault> {
        let line = self.process.receive(limit)?;
        match serde_json::from_slice(&plain::json(&line)) {
            // A library that does not know a request says so in these words, in every version.
            Ok(Response::Failed { reason }) if reason.starts_with("not a request") => {
                Err(Fault::Unavailable { reason: OLDER.to_owned() })
            }
            Ok(Response::Failed { reason }) => Err(Fault::Refused { reason: bounded(reason) }),
            Ok(response) => Ok(response),
            Err(_) => Err(Fault::Garbage { line: excerpt(&line) }),
        }
    }

    pub fn list(&mut self) -> Result<Vec<FamilyListing>, Fault> {
        expect!(self, Request::List, self.case_timeout, "list", Response::Listed { families } => families)
    }

    pub fn verify(&mut self, case: &CaseId, seed: u64) -> Result<Verified, Fault> {
        self.process.forget_stderr();
        let request = Request::Verify { case: case.clone(), seed };
        let start = Instant::now();
        expect!(self, request, self.case_timeout, "verify",
            Response::Verified { difference, data_hash, work, peak_resident_bytes } =>
            Verified { difference: difference.map(bounded), data_hash, work, peak_resident_bytes, took: start.elapsed() })
    }

    /// Prepares a case; returns the content hash of its data set where it was asked for.
    pub fn prepare(&mut self, case: &CaseId, seed: u64, hash: bool) -> Result<Option<String>, Fault> {
        self.begin_prepare(case, seed, hash)?;
        self.end_prepare()
    }

    /// Asks for a case to be prepared. Several processes can prepare at a time; each answer is
    /// taken by [`end_prepare`](Self::end_prepare).
    pub fn begin_prepare(&mut self, case: &CaseId, seed: u64, hash: bool) -> Result<(), Fault> {
        self.process.forget_stderr();
        self.process.send(&encode(&Request::Prepare { case: case.clone(), seed, hash }))
    }

    /// Takes the answer to [`begin_prepare`](Self::begin_prepare).
    pub fn end_prepare(&mut self) -> Result<Option<String>, Fault> {
        match self.answer(self.case_timeout)? {
            Response::Prepared { data_hash } => Ok(data_hash),
            other => Err(mismatch("prepare", &other)),
        }
    }

    /// How many iterations last about the target, and what one takes. On a coarse clock they last longer: a
    /// batch shorter than a step may take no time at all.
    pub fn calibrate(&mut self, target: Duration) -> Result<(u64, f64, Option<Elsewhere>), Fault> {
        let step = Duration::from_nanos(self.identity.clock_step_ns).min(COARSEST_STEP);
        let target = target.max(step * FEWEST_STEPS);
        let request = Request::Calibrate { target_ns: crate::duration::nanoseconds(target) };
        let (iters, ns_per_iter, elsewhere) = expect!(self, request, self.case_timeout, "calibrate",
            Response::Calibrated { iters, ns_per_iter, elsewhere } => (iters, ns_per_iter, elsewhere))?;
        if (1..=MOST_ITERS).contains(&iters) && ns_per_iter.is_finite() && ns_per_iter >= 0.0 {
            Ok((iters, ns_per_iter, elsewhere))
        } else {
            Err(Fault::Absurd { what: format!("{iters} iterations of {ns_per_iter} ns for a batch") })
        }
    }

    /// The time of one batch, which can be neither nothing nor longer than the wait for it.
    pub fn sample(&mut self, warm_iters: u64, iters: u64) -> Result<u64, Fault> {
        let start = Instant::now();
        let time_ns = expect!(self, Request::Sample { warm_iters, iters }, self.case_timeout, "sample",
            Response::Sampled { time_ns } => time_ns)?;
        let waited_ns = crate::duration::nanoseconds(start.elapsed());
        if (1..=waited_ns).contains(&time_ns) {
            Ok(time_ns)
        } else {
            Err(Fault::Absurd { what: format!("{iters} iterations in {time_ns} ns, within {waited_ns} ns") })
        }
    }

    pub fn criterion(
        &mut self,
        folder: String,
        warm_up: Duration,
        measurement: Duration,
        samples: u32,
    ) -> Result<CriterionTiming, Fault> {
        let request = Request::Criterion {
            folder,
            warm_up_ns: crate::duration::nanoseconds(warm_up),
            measurement_ns: crate::duration::nanoseconds(measurement),
            samples,
        };
        let limit = self.case_timeout + 4 * (warm_up + measurement);
        expect!(self, request, limit, "criterion", Response::Criterion(timing) => timing)
    }

    pub fn heap(&mut self, file: String, iters: u64) -> Result<HeapSummary, Fault> {
        expect!(self, Request::Heap { file, iters }, self.case_timeout, "heap", Response::Heap(summary) => summary)
    }

    pub fn profile(&mut self, duration: Duration, hertz: u32) -> Result<ProfileSummary, Fault> {
        let request = Request::Profile { duration_ns: crate::duration::nanoseconds(duration), hertz };
        expect!(self, request, self.case_timeout + 2 * duration, "profile", Response::Profile(summary) => summary)
    }

    /// Has the kernel run, for something that watches the process from outside.
    pub fn run(&mut self, duration: Duration) -> Result<Ran, Fault> {
        let request = Request::Run { duration_ns: crate::duration::nanoseconds(duration) };
        expect!(self, request, self.case_timeout + 2 * duration, "run",
            Response::Ran { iters, duration_ns, cpu_ns } => Ran { iters, duration_ns, cpu_ns })
    }

    /// Whether the clock ran at these moments of the last run, for each; nothing is known of a runner
    /// whose library has no such request.
    pub fn clock_ran(&mut self, moments_ns: Vec<u64>) -> Result<Vec<Option<bool>>, Fault> {
        let asked = moments_ns.len();
        let answer = expect!(self, Request::ClockRan { moments_ns }, self.case_timeout, "clock_ran",
            Response::ClockRan { ran } => ran);
        match answer {
            Ok(ran) if ran.len() == asked => Ok(ran),
            Ok(ran) => {
                Err(Fault::Absurd { what: format!("{} answers for {asked} moments of the clock", ran.len()) })
            }
            Err(Fault::Unavailable { .. }) => Ok(vec![None; asked]),
            Err(fault) => Err(fault),
        }
    }

    /// Has callgrind, under which the runner must run, dump an empty kernel and each repetition.
    pub fn instructions(&mut self, iters: u64, repetitions: u32) -> Result<(), Fault> {
        let asked = (iters, repetitions);
        let done = expect!(self, Request::Instructions { iters, repetitions }, self.case_timeout, "instructions",
            Response::Instructions { iters, repetitions } => (iters, repetitions))?;
        if done == asked {
            Ok(())
        } else {
            Err(Fault::Absurd {
                what: format!("{done:?} iterations and repetitions counted, asked for {asked:?}"),
            })
        }
    }

    pub fn counters(&mut self, duration: Duration) -> Result<CounterSummary, Fault> {
        let request = Request::Counters { duration_ns: crate::duration::nanoseconds(duration) };
        expect!(self, request, self.case_timeout + 2 * duration, "counters", Response::Counters(summary) => summary)
    }

    pub fn memory(&mut self, duration: Duration) -> Result<MemorySummary, Fault> {
        let request = Request::Memory { duration_ns: crate::duration::nanoseconds(duration) };
        expect!(self, request, self.case_timeout + 2 * duration, "memory", Response::Memory(summary) => summary)
    }
}

/// The command, which under another program has a fixed environment: counts must not move with
/// what the user's shell has in it.
fn command(launch: &Launch) -> Command {
    let Some(under) = &launch.under else { return Command::new(&launch.executable) };
    let mut command = Command::new(&under.program);
    command.args(&under.arguments).arg(&launch.executable).env_clear().env("PATH", "/usr/bin:/bin");
    // Without this a runner may not find its libraries.
    if let Some(folders) = std::env::var_os("LD_LIBRARY_PATH") {
        command.env("LD_LIBRARY_PATH", folders);
    }
    command
}

fn encode(request: &Request) -> Vec<u8> {
    // No request holds anything that JSON can't say; an empty line is refused by the runner.
    let mut line = serde_json::to_vec(request).unwrap_or_default();
    line.push(b'\n');
    line
}

fn greet(line: &[u8]) -> Result<Identity, Fault> {
    /// What every version of the protocol has in its hello.
    #[derive(serde::Deserialize)]
    struct AnyHello {
        response: String,
        version: u32,
    }
    let garbage = || Fault::Garbage { line: excerpt(line) };
    let hello: AnyHello = serde_json::from_slice(line).map_err(|_| garbage())?;
    if hello.response != "hello" {
        return Err(garbage());
    }
    if hello.version != protocol::VERSION {
        return Err(Fault::Version { found: hello.version, expected: protocol::VERSION });
    }
    match serde_json::from_slice(&plain::json(line)) {
        Ok(Response::Hello(identity)) => Ok(identity),
        _ => Err(garbage()),
    }
}

fn excerpt(line: &[u8]) -> String {
    String::from_utf8_lossy(&line[..line.len().min(200)]).into_owned()
}
