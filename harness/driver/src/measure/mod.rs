//! Measuring: pieces of work, each recorded as soon as it is finished.
//!
//! A case that fails is recorded as failed and left out of what follows; the rest goes on.

mod effort;
mod elsewhere;
mod gate;
mod gate_counts;
mod gate_pace;
mod identical;
mod instrument_runs;
mod results;
mod roofline;
mod schedule;
mod side_by_side;
mod trial;
mod verify;

pub use effort::Effort;
pub use results::Results;
pub use verify::EXPECTED as VERIFY_EXPECTED;

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use duel_record::{
    Allocator, Arm, CaseId, Failure, Finished, Foreign, GateDeclared, Interruption, Line, Message, Missing,
    Stage, Writer,
};
use duel_reports::shortened;

use crate::{
    command::settings::Settings,
    duration::{nanoseconds, now},
    machine::PressureMeter,
    reporter::{Event, Progress, Reporter},
    run::folder::RunFolder,
    runner::{
        Client, Fault,
        artifact::{self, Runner},
        interrupt,
    },
    sides::two_sides::TwoSides,
};

/// Characters of a reason that are printed when a case fails; the record has more.
const LONGEST_REASON: usize = 600;

/// What every piece of work needs to know; it does not change during a run.
#[derive(Clone, Copy)]
pub struct Bench<'a> {
    pub settings: &'a Settings,
    pub runners: &'a [Runner],
    pub folder: &'a RunFolder,
    pub effort: Effort,
}

impl<'a> Bench<'a> {
    /// The runner that has an arm.
    ///
    /// # Errors
    /// If no runner has it.
    pub fn runner_of(&self, arm: &Arm) -> Result<&'a Runner, Fault> {
        self.runners
            .iter()
            .find(|runner| runner.artifact.label == arm.artifact && runner.artifact.runner == arm.runner)
            .ok_or_else(|| Fault::Refused {
                reason: format!("no runner for {} of {}", arm.case, arm.artifact),
            })
    }

    /// A fresh process of an arm's runner.
    ///
    /// # Errors
    /// If the runner goes wrong.
    pub fn start(&self, arm: &Arm, allocator: Allocator) -> Result<Client, Fault> {
        Client::start(&self.runner_of(arm)?.launch(allocator, self.settings))
    }

    /// A fresh process of an arm's runner, in which a case is prepared.
    ///
    /// # Errors
    /// If the runner goes wrong.
    pub fn prepared(&self, arm: &Arm, case: &CaseId) -> Result<Client, Fault> {
        let mut client = self.start(arm, case.allocator)?;
        client.prepare(case, self.settings.seed, false)?;
        Ok(client)
    }

    /// How many pieces may run side by side where no clock compares them.
    pub fn workers(&self) -> usize {
        std::thread::available_parallelism().map_or(1, |cores| cores.get().min(4))
    }
}

/// One run under way.
pub struct Session<'a> {
    bench: Bench<'a>,
    results: Results,
    writer: Writer,
    /// Both sides, in a comparison of artifacts.
    sides: TwoSides,
    progress: Progress,
    start: Instant,
    meter: PressureMeter,
    /// What verifying each arm took: about an iteration of it, and its data set.
    took: HashMap<Arm, Duration>,
    /// How long the whole is thought to take.
    expected: Duration,
    /// The gate that goes by instructions, and what each arm's processes counted.
    gate_by_counts: Option<GateDeclared>,
    counts: HashMap<Arm, Vec<f64>>,
    /// Failures that were not shown yet: the other side may have the same.
    unshown: Vec<Failure>,
}

/// Why the work stopped before the plan was done.
pub type Stop = Option<Interruption>;

impl<'a> Session<'a> {
    /// `expected` is how long the whole plan is thought to take.
    pub fn new(bench: Bench<'a>, writer: Writer, results: Results, expected: Duration) -> Self {
        Self {
            bench,
            results,
            writer,
            sides: TwoSides::default(),
            progress: bench.settings.reporter.progress(expected),
            start: Instant::now(),
            meter: PressureMeter::start(),
            took: HashMap::new(),
            expected,
            gate_by_counts: None,
            counts: HashMap::new(),
            unshown: Vec::new(),
        }
    }

    /// What verifying an arm took; `None` of one that was not verified in this run.
    pub fn verification_took(&self, arm: &Arm) -> Option<Duration> {
        self.took.get(arm).copied()
    }

    /// Corrects how long the whole is thought to take, once more is known.
    pub fn expect(&mut self, expected: Duration) {
        self.expected = expected;
        self.progress.expect(expected);
    }

    fn reporter(&self) -> &Reporter {
        &self.bench.settings.reporter
    }

    /// Keeps a finished piece.
    ///
    /// # Errors
    /// When the disk is full or gone: nothing more can be kept then.
    fn keep(&mut self, line: &Line) -> Result<()> {
        self.writer.append(line).with_context(|| {
            format!(
                "cannot write to {}: what was measured before is kept there",
                self.bench.folder.record().display()
            )
        })
    }

    /// Records a failed case; everything else goes on.
    fn fail(&mut self, arm: &Arm, stage: Stage, fault: &Fault) -> Result<()> {
        self.fail_because(arm, stage, &fault.to_string())
    }

    fn fail_because(&mut self, arm: &Arm, stage: Stage, reason: &str) -> Result<()> {
        let failure = Failure { arm: arm.clone(), stage, reason: reason.to_owned() };
        let side = self.has_two_sides().then(|| arm.artifact.clone());
        self.reporter().message(&Message::Failed { case: arm.case.clone(), side, reason: reason.to_owned() });
        self.results.fail(arm, stage);
        self.unshown.push(failure.clone());
        if !self.has_two_sides() {
            self.show_failures();
        }
        self.keep(&Line::Failed(failure))
    }

    fn has_two_sides(&self) -> bool {
        let mut labels = self.bench.runners.iter().map(|runner| &runner.artifact.label);
        let first = labels.next();
        labels.any(|label| Some(label) != first)
    }

    /// Shows the failures since the last call, each with its side, and once what both sides have.
    /// To be called when both sides had their turn.
    fn show_failures(&mut self) {
        let reporter = *self.reporter();
        let mut unshown = std::mem::take(&mut self.unshown);
        while !unshown.is_empty() {
            let first = unshown.remove(0);
            let same = |other: &mut Failure| {
                (&other.arm.case, &other.stage, &other.reason)
                    == (&first.arm.case, &first.stage, &first.reason)
            };
            let others: Vec<Failure> = unshown.extract_if(.., same).collect();
            let mut labels: Vec<&str> =
                [&first].into_iter().chain(&others).map(|failure| failure.arm.artifact.as_str()).collect();
            labels.dedup();
            reporter.report(&Event::Failed {
                case: &first.arm.case,
                stage: &first.stage,
                side: &artifact::side_of(&labels),
                reason: &shortened(&first.reason, LONGEST_REASON),
            });
        }
    }

    /// Records what can't be had here, once.
    pub fn miss(&mut self, missing: Missing) -> Result<()> {
        if self.results.missing.contains(&missing) {
            return Ok(());
        }
        self.reporter().message(&Message::Unavailable {
            case: missing.case.clone(),
            what: missing.what.clone(),
            reason: missing.reason.clone(),
        });
        self.results.missing.push(missing.clone());
        self.keep(&Line::Unavailable(missing))
    }

    /// Records what another harness counted, or why that can't be used.
    pub fn foreign(&mut self, found: Result<Foreign, Box<Missing>>) -> Result<()> {
        match found {
            Ok(foreign) => self.keep(&Line::Foreign(foreign)),
            Err(missing) => self.miss(*missing),
        }
    }

    /// Whether to stop before the next piece.
    fn stop(&self) -> Stop {
        if interrupt::requested() {
            return Some(Interruption::User);
        }
        let over = self.bench.settings.time_budget.is_some_and(|budget| self.start.elapsed() >= budget);
        over.then_some(Interruption::TimeBudget)
    }

    /// Closes the record and takes the progress bar away.
    pub fn finish(mut self, stop: Stop) -> Result<Results> {
        self.show_failures();
        let finished = Finished {
            at: now(),
            elapsed_ns: nanoseconds(self.start.elapsed()),
            interrupted: stop,
            pressure: self.meter.read(),
        };
        self.keep(&Line::Finished(finished))?;
        Ok(self.results)
    }
}
