//! What a runner remembers from one request to the next, and its answer to each.

use std::{path::Path, time::Duration};

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

/// A response, or the reason for [`Response::Failed`].
type Answer = Result<Response, String>;

pub(super) struct Session<'a> {
    /// The git tree that this runner was built from.
    tree: Option<&'static str>,
    families: &'a [Box<dyn AnyFamily>],
    prepared: Option<Case>,
    /// When the clock ran in the last [`Request::Run`].
    log: Option<ClockLog>,
}

struct Case {
    id: CaseId,
    kernel: Box<dyn Prepared>,
    /// Before the data set was made.
    start: Usage,
}

impl<'a> Session<'a> {
    pub(super) fn new(families: &'a [Box<dyn AnyFamily>], tree: Option<&'static str>) -> Self {
        Self { tree, families, prepared: None, log: None }
    }

    /// Which function answers which kind of request; the compiler refuses a kind without one.
    pub(super) fn answer(&mut self, request: Request) -> Answer {
        match request {
            Request::Hello { .. } => Ok(Response::Hello(identity(self.tree))),
            Request::List => self.list(),
            Request::Verify { case, seed } => self.verify(&case, seed),
            Request::Prepare { case, seed, hash } => self.prepare(case, seed, hash),
            Request::Calibrate { target_ns } => self.calibrate(target_ns),
            Request::Sample { warm_iters, iters } => self.sample(warm_iters, iters),
            Request::Criterion { folder, warm_up_ns, measurement_ns, samples } => {
                self.criterion(&folder, [warm_up_ns, measurement_ns].map(Duration::from_nanos), samples)
            }
            Request::Heap { file, iters } => self.heap(&file, iters),
            Request::Profile { duration_ns, hertz } => self.profile(Duration::from_nanos(duration_ns), hertz),
            Request::Memory { duration_ns } => self.memory(Duration::from_nanos(duration_ns)),
            Request::Instructions { iters, repetitions } => self.instructions(iters.max(1), repetitions),
            Request::Counters { duration_ns } => self.counters(Duration::from_nanos(duration_ns)),
            Request::Run { duration_ns } => self.run(Duration::from_nanos(duration_ns)),
            Request::ClockRan { moments_ns } => self.clock_ran(&moments_ns),
            Request::Done => Ok(Response::Bye),
        }
    }

    /// Ends the prepared case, such as one that panicked.
    pub(super) fn drop_prepared(&mut self) {
        self.prepared = None;
    }

    fn list(&self) -> Answer {
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

    fn verify(&mut self, case: &CaseId, seed: u64) -> Answer {
        self.prepared = None;
        threads::set_threads(case.threads);
        let found = self.family(case)?.verify(case, seed)?;
        Ok(Response::Verified {
            difference: found.difference,
            data_hash: found.data_hash,
            work: found.work,
            peak_resident_bytes: Usage::now().peak_resident_bytes,
        })
    }

    fn prepare(&mut self, case: CaseId, seed: u64, hash: bool) -> Answer {
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

    fn calibrate(&mut self, target_ns: u64) -> Answer {
        let kernel = self.kernel()?;
        let elsewhere = instruments::elsewhere(kernel);
        let (iters, ns_per_iter) = kernel::calibrate_warm(kernel, target_ns);
        Ok(Response::Calibrated { iters, ns_per_iter, elsewhere })
    }

    fn sample(&mut self, warm_iters: u64, iters: u64) -> Answer {
        Ok(Response::Sampled { time_ns: kernel::sample(self.kernel()?, warm_iters, iters) })
    }

    fn criterion(&mut self, folder: &str, [warm_up, measurement]: [Duration; 2], samples: u32) -> Answer {
        let case = self.case()?;
        let name = case.id.to_string();
        let plan = Plan {
            group: &case.id.data_set(),
            name: name.rsplit('/').next().unwrap_or(&name),
            warm_up,
            measurement,
            samples: samples as usize,
        };
        instruments::criterion_timing(&mut *case.kernel, Path::new(folder), plan).map(Response::Criterion)
    }

    fn heap(&mut self, file: &str, iters: u64) -> Answer {
        instruments::heap(self.kernel()?, file, iters).map(Response::Heap)
    }

    fn profile(&mut self, duration: Duration, hertz: u32) -> Answer {
        let case = self.case()?;
        let found = instruments::profile(&mut *case.kernel, &case.id.variant, duration, hertz);
        Ok(or_unavailable(found.map(Response::Profile)))
    }

    /// Drops the case, to see what that gives back.
    fn memory(&mut self, duration: Duration) -> Answer {
        let case = self.prepared.take().ok_or(NOT_PREPARED)?;
        Ok(Response::Memory(instruments::memory(case.kernel, duration, case.start)))
    }

    fn instructions(&mut self, iters: u64, repetitions: u32) -> Answer {
        let counted = instruments::count_instructions(self.kernel()?, iters, repetitions);
        Ok(or_unavailable(counted.map(|()| Response::Instructions { iters, repetitions })))
    }

    fn counters(&mut self, duration: Duration) -> Answer {
        Ok(Response::Counters(instruments::counters(self.kernel()?, duration)))
    }

    fn run(&mut self, duration: Duration) -> Answer {
        // The last one's memory is given back before the kernel runs.
        self.log = None;
        let (ran, log) = instruments::run(self.kernel()?, duration);
        self.log = Some(log);
        Ok(ran)
    }

    fn clock_ran(&self, moments_ns: &[u64]) -> Answer {
        let log = self.log.as_ref().ok_or("nothing has run yet")?;
        Ok(Response::ClockRan { ran: moments_ns.iter().map(|moment| log.ran_at(*moment)).collect() })
    }

    fn family(&self, case: &CaseId) -> Result<&dyn AnyFamily, String> {
        self.families
            .iter()
            .find(|family| family.listing().name == case.family)
            .map(|family| &**family)
            .ok_or_else(|| format!("no family \"{}\" in this runner", case.family))
    }

    fn case(&mut self) -> Result<&mut Case, String> {
        self.prepared.as_mut().ok_or_else(|| NOT_PREPARED.to_owned())
    }

    fn kernel(&mut self) -> Result<&mut dyn Prepared, String> {
        Ok(&mut *self.case()?.kernel)
    }
}

const NOT_PREPARED: &str = "no case is prepared";

/// What an instrument found, or why it does not work here.
fn or_unavailable(found: Result<Response, String>) -> Response {
    found.unwrap_or_else(|reason| Response::Unavailable { reason })
}

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
