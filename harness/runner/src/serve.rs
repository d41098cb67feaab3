//! The runner's side of the protocol: answers one request after the other.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, BufWriter, Write},
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    process::ExitCode,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use duel_record::{
    CaseId,
    protocol::{self, Identity, Request, Response},
};

use crate::{
    AnyFamily, allocator,
    clock::clock,
    cpu,
    instruments::{self, ClockLog, Plan, Usage},
    kernel::{self, Prepared},
    threads,
};

/// Speaks the protocol over stdin and stdout until the driver is done.
pub(crate) fn serve(
    tree: Option<&'static str>,
    families: impl FnOnce() -> Vec<Box<dyn AnyFamily>>,
) -> ExitCode {
    // A runner must not outlive its driver, however that ends.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL));
    keep_panic_messages();
    // The pipes are taken first: making the families may print, too.
    match own_pipes().and_then(|pipes| converse(pipes, tree, &families())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("duel runner: lost the driver: {error}");
            ExitCode::FAILURE
        }
    }
}

fn converse(
    (requests, answers): (File, File),
    tree: Option<&'static str>,
    families: &[Box<dyn AnyFamily>],
) -> io::Result<()> {
    let (mut requests, mut answers) = (BufReader::new(requests), BufWriter::new(answers));
    let mut session = Session { families, tree, prepared: None, log: None };
    let mut line = String::with_capacity(4096);
    loop {
        line.clear();
        if requests.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let response = match serde_json::from_str(&line) {
            Ok(request) => session.answer_safely(request),
            Err(error) => Response::Failed { reason: format!("not a request: {error}") },
        };
        serde_json::to_writer(&mut answers, &response)?;
        answers.write_all(b"\n")?;
        answers.flush()?;
        if response == Response::Bye {
            return Ok(());
        }
    }
}

/// Takes stdin and stdout for the protocol alone: whatever a kernel prints goes to stderr, what
/// it reads is empty, and processes that it starts get neither.
fn own_pipes() -> io::Result<(File, File)> {
    // Above the three that every process expects.
    let own = |standard| rustix::io::fcntl_dupfd_cloexec(standard, 3).map(File::from);
    let pipes = (own(rustix::stdio::stdin())?, own(rustix::stdio::stdout())?);
    rustix::stdio::dup2_stdin(File::open("/dev/null")?)?;
    rustix::stdio::dup2_stdout(rustix::stdio::stderr())?;
    Ok(pipes)
}

static LAST_PANIC: Mutex<Option<String>> = Mutex::new(None);

fn keep_panic_messages() {
    let default = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        *LAST_PANIC.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(info.to_string().replace('\n', " "));
        default(info);
    }));
}

struct Session<'a> {
    /// The git tree that this runner was built from.
    tree: Option<&'static str>,
    families: &'a [Box<dyn AnyFamily>],
    prepared: Option<Case>,
    /// When the clock ran in the last run for something outside.
    log: Option<ClockLog>,
}

struct Case {
    id: CaseId,
    kernel: Box<dyn Prepared>,
    start: Usage,
}

impl Session<'_> {
    /// A panic in a kernel is that request's answer, not the runner's end.
    fn answer_safely(&mut self, request: Request) -> Response {
        let answered = catch_unwind(AssertUnwindSafe(|| self.answer(request)));
        match answered {
            Ok(Ok(response)) => response,
            Ok(Err(reason)) => Response::Failed { reason },
            Err(_) => {
                self.prepared = None;
                let message = LAST_PANIC.lock().unwrap_or_else(PoisonError::into_inner).take();
                Response::Failed { reason: message.unwrap_or_else(|| "panicked".into()) }
            }
        }
    }

    fn answer(&mut self, request: Request) -> Result<Response, String> {
        match request {
            Request::Hello { .. } => Ok(Response::Hello(identity(self.tree))),
            Request::List => self.list(),
            Request::Verify { case, seed } => {
                self.prepared = None;
                threads::set_threads(case.threads);
                let found = self.family(&case)?.verify(&case, seed)?;
                Ok(Response::Verified {
                    difference: found.difference,
                    data_hash: found.data_hash,
                    work: found.work,
                    peak_resident_bytes: Usage::now().peak_resident_bytes,
                })
            }
            Request::Prepare { case, seed, hash } => self.prepare(case, seed, hash),
            Request::Calibrate { target_ns } => {
                let kernel = self.kernel()?;
                let elsewhere = instruments::elsewhere(kernel);
                let (iters, ns_per_iter) = kernel::calibrate_warm(kernel, target_ns);
                Ok(Response::Calibrated { iters, ns_per_iter, elsewhere })
            }
            Request::Sample { warm_iters, iters } => {
                Ok(Response::Sampled { time_ns: kernel::sample(self.kernel()?, warm_iters, iters) })
            }
            Request::Done => Ok(Response::Bye),
            look => self.look(look),
        }
    }

    /// Has an instrument look at the prepared case.
    fn look(&mut self, request: Request) -> Result<Response, String> {
        match request {
            Request::Criterion { folder, warm_up_ns, measurement_ns, samples } => {
                let case = self.prepared.as_mut().ok_or(NOT_PREPARED)?;
                let id = &case.id;
                let name = id.to_string();
                let plan = Plan {
                    group: &id.data_set(),
                    name: name.rsplit('/').next().unwrap_or(&name),
                    warm_up: Duration::from_nanos(warm_up_ns),
                    measurement: Duration::from_nanos(measurement_ns),
                    samples: samples as usize,
                };
                instruments::criterion_timing(&mut *case.kernel, Path::new(&folder), plan)
                    .map(Response::Criterion)
            }
            Request::Heap { file, iters } => {
                instruments::heap(self.kernel()?, &file, iters).map(Response::Heap)
            }
            Request::Profile { duration_ns, hertz } => {
                let case = self.prepared.as_mut().ok_or(NOT_PREPARED)?;
                let duration = Duration::from_nanos(duration_ns);
                Ok(match instruments::profile(&mut *case.kernel, &case.id.variant, duration, hertz) {
                    Ok(summary) => Response::Profile(summary),
                    Err(reason) => Response::Unavailable { reason },
                })
            }
            Request::Memory { duration_ns } => {
                // It drops the case, to see what that gives back.
                let case = self.prepared.take().ok_or(NOT_PREPARED)?;
                let duration = Duration::from_nanos(duration_ns);
                Ok(Response::Memory(instruments::memory(case.kernel, duration, case.start)))
            }
            Request::Instructions { iters, repetitions } => {
                let iters = iters.max(1);
                Ok(match instruments::count_instructions(self.kernel()?, iters, repetitions) {
                    Ok(()) => Response::Instructions { iters, repetitions },
                    Err(reason) => Response::Unavailable { reason },
                })
            }
            Request::Counters { duration_ns } => Ok(Response::Counters(instruments::counters(
                self.kernel()?,
                Duration::from_nanos(duration_ns),
            ))),
            Request::Run { duration_ns } => {
                // The last one's memory is given back before the kernel runs.
                self.log = None;
                let (ran, log) = instruments::run(self.kernel()?, Duration::from_nanos(duration_ns));
                self.log = Some(log);
                Ok(ran)
            }
            Request::ClockRan { moments_ns } => {
                let log = self.log.as_ref().ok_or("nothing has run yet")?;
                let ran = moments_ns.into_iter().map(|moment| log.ran_at(moment)).collect();
                Ok(Response::ClockRan { ran })
            }
            other => Err(format!("no instrument answers {other:?}")),
        }
    }

    fn list(&self) -> Result<Response, String> {
        if let Some(problem) = self.families.iter().find_map(|family| family.problem()) {
            return Err(problem);
        }
        let families: Vec<_> = self.families.iter().map(|family| family.listing()).collect();
        for (index, family) in families.iter().enumerate() {
            if families[..index].iter().any(|other| other.name == family.name) {
                return Err(format!("two families are named \"{}\"", family.name));
            }
        }
        Ok(Response::Listed { families })
    }

    fn prepare(&mut self, case: CaseId, seed: u64, hash: bool) -> Result<Response, String> {
        self.prepared = None;
        if case.allocator != allocator::in_force() {
            return Err(format!(
                "{case} wants {}, but {} is in force here",
                case.allocator,
                allocator::in_force()
            ));
        }
        threads::set_threads(case.threads);
        let start = Usage::now();
        let (kernel, data_hash) = self.family(&case)?.prepare(&case, seed, hash)?;
        self.prepared = Some(Case { id: case, kernel, start });
        Ok(Response::Prepared { data_hash })
    }

    fn family(&self, case: &CaseId) -> Result<&dyn AnyFamily, String> {
        self.families
            .iter()
            .find(|family| family.listing().name == case.family)
            .map(|family| &**family)
            .ok_or_else(|| format!("no family \"{}\" in this runner", case.family))
    }

    fn kernel(&mut self) -> Result<&mut dyn Prepared, String> {
        Ok(&mut *self.prepared.as_mut().ok_or(NOT_PREPARED)?.kernel)
    }
}

const NOT_PREPARED: &str = "no case is prepared";

fn identity(tree: Option<&'static str>) -> Identity {
    let clock = clock();
    Identity {
        tree: tree.map(str::to_owned),
        version: protocol::VERSION,
        library: env!("CARGO_PKG_VERSION").into(),
        allocator: allocator::in_force(),
        allocators: allocator::carried(),
        debug_assertions: cfg!(debug_assertions),
        cpu_features: cpu::FEATURES
            .iter()
            .filter(|feature| cpu::has(feature) == Some(true))
            .map(|feature| (*feature).to_owned())
            .collect(),
        clock_step_ns: clock.step_ns,
        clock_cost_ns: clock.cost_ns,
    }
}

#[cfg(test)]
mod tests {
    use super::identity;

    #[test]
    fn a_runner_says_the_tree_that_was_put_into_it() {
        assert_eq!(identity(Some("0123")).tree.as_deref(), Some("0123"));
        assert_eq!(identity(None).tree, None);
    }
}
