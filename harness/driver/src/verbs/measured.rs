//! What `run`, `compare` and `verify` share: a job is measured into a run's folder, and the
//! run is closed with its reports and its exit status.

use std::{collections::BTreeSet, path::PathBuf, time::Duration};

use anyhow::{Context, Result};
use duel_record::{
    Allocator, Arm, FORMAT_VERSION, Factor, Foreign, GateCase, GateDeclared, Instrument, Interruption, Line,
    Message, Missing, Started, Writer,
};
use duel_reports::{Model, number::plural};

use crate::{
    command::{
        settings::Settings,
        status::{Status, helpful},
    },
    duration::{human, now},
    instruments, machine,
    measure::{Bench, Done, Effort, Session, Stop, VERIFY_EXPECTED, plan_of},
    plan::{Case, Chosen, Comparison},
    run::{folder::RunFolder, measuring_lock::MeasuringLock},
    runner::artifact::{Runner, side_of},
    sides::two_sides::TwoSides,
    verbs::ranking,
};

/// Verbs whose runs tell too little of the cases to be the latest.
const ASIDE: [&str; 2] = ["verify", "asm"];

/// What is measured, with what.
pub struct Job<'a> {
    pub settings: &'a Settings,
    pub runners: &'a [Runner],
    pub recorded: duel_record::Settings,
    /// The folder whose revision goes into the record.
    pub source_folder: PathBuf,
    /// The candidate's iterations per reported iteration.
    pub inject: Option<f64>,
}

/// The pieces of work.
pub struct Work {
    pub chosen: Chosen,
    pub comparisons: Vec<Comparison>,
    /// In place of comparisons: what a gate declares, and the time that its trials may take.
    pub gate: Option<(GateDeclared, Duration)>,
    /// Both sides, in a comparison of artifacts.
    pub sides: Option<TwoSides>,
    /// Instruments of one case, in order, with the arms that they look at.
    pub instruments: Vec<(Instrument, Vec<Arm>)>,
    /// What another harness counted, or why that can't be used.
    pub foreign: Vec<Result<Foreign, Box<Missing>>>,
}

/// What the announcement of a run needs beside its work.
#[derive(Clone, Copy)]
struct Announced<'a> {
    bench: Bench<'a>,
    resuming: bool,
}

/// A run to go on with.
pub struct Resumed {
    /// Taken before the record was read: another command may have been going on with it.
    pub lock: Option<MeasuringLock>,
    pub folder: RunFolder,
    pub writer: Writer,
    pub done: Done,
}

/// A run that has ended, for whatever reason.
pub struct Measured {
    pub folder: RunFolder,
    pub done: Done,
    pub stop: Stop,
}

impl Job<'_> {
    /// Starts or resumes a run and does the work.
    pub fn measure(&self, work: &Work, resumed: Option<Resumed>) -> Result<Measured> {
        let resuming = resumed.is_some();
        let Resumed { lock, folder, writer, done } = match resumed {
            Some(resumed) => resumed,
            None => {
                let measures = self.recorded.verb != "verify";
                let lock = measures.then(|| MeasuringLock::take(self.settings)).transpose()?;
                let folder =
                    RunFolder::create(&self.settings.out, !ASIDE.contains(&self.recorded.verb.as_str()))?;
                let writer = Writer::create(&folder.record(), self.started(&folder.id))
                    .with_context(|| format!("cannot write {}", folder.record().display()))?;
                Resumed { lock, folder, writer, done: Done::default() }
            }
        };
        let terminal = &self.settings.terminal;
        terminal
            .message(&Message::Started { run: folder.id.clone(), folder: folder.path.display().to_string() });
        // A quick comparison of two artifacts takes the trials of a gate, which can be replayed.
        let like_a_gate = self.settings.quick && self.recorded.factor == Some(Factor::Artifact);
        let mut effort = if work.gate.is_some() || like_a_gate {
            Effort::of_a_gate(self.settings)
        } else {
            Effort::new(self.settings)
        };
        effort.inject = self.inject;
        let bench = Bench { settings: self.settings, runners: self.runners, folder: &folder, effort };
        let expected = expected(work, &bench, &|_| None);
        let mut session = Session::new(bench, writer, done, expected);
        let announced = Announced { bench, resuming };
        let stop = self.work(&mut session, work, announced)?;
        let done = session.finish(stop)?;
        drop(lock);
        Ok(Measured { folder, done, stop })
    }

    /// Whatever ended the work: limits that are known already cost nothing, and new ones are measured
    /// when nothing is left that this could disturb.
    fn work(&self, session: &mut Session<'_>, work: &Work, announced: Announced<'_>) -> Result<Stop> {
        let stop = self.pieces(session, work, announced)?;
        if !self.wants_roofline() {
            return Ok(stop);
        }
        Ok(stop.or(session.roofline(stop.is_none() && self.settings.calibration)?))
    }

    fn pieces(&self, session: &mut Session<'_>, work: &Work, announced: Announced<'_>) -> Result<Stop> {
        for missing in work.chosen.missing() {
            session.miss(missing)?;
        }
        for foreign in &work.foreign {
            session.foreign(foreign.clone())?;
        }
        if let Some(sides) = &work.sides {
            session.sides(sides)?;
        }
        for left_out in &work.chosen.left_out {
            self.settings.terminal.note(left_out);
        }
        let cases: Vec<&Case> = work.to_verify();
        if work.only_verifies() {
            self.announce(work, expected(work, &announced.bench, &|_| None), announced.resuming);
            return session.verify(&cases);
        }
        let stop = session.verify(&cases)?;
        // Only now is it known how slow the kernels are.
        let expected = expected(work, &announced.bench, &|arm| session.verification_took(arm));
        session.expect(expected);
        self.announce(work, expected, announced.resuming);
        if stop.is_some() {
            return Ok(stop);
        }
        let stop = match &work.gate {
            Some((declared, budget)) => session.gate(declared, *budget)?,
            None => session.trials(work.comparisons.clone())?,
        };
        if stop.is_some() {
            return Ok(stop);
        }
        session.instruments(&work.instruments)
    }

    /// Whether there are times to hold against the machine's limits, and who reads them.
    fn wants_roofline(&self) -> bool {
        let timed = [Instrument::Time, Instrument::Criterion].iter().any(|of| self.settings.wants(*of));
        timed && ["run", "compare"].contains(&self.recorded.verb.as_str())
    }

    fn announce(&self, work: &Work, expected: Duration, resuming: bool) {
        let terminal = &self.settings.terminal;
        let comparisons = work.compared().len() + work.gated().len();
        if let Some(unchanged) = work.sides.as_ref().and_then(TwoSides::unchanged_in_words) {
            terminal.note(&unchanged);
            if comparisons == 0 {
                return;
            }
        }
        terminal.note(&format!(
            "{} {}: about {}{}{}",
            if resuming { "going on with" } else { "measuring" },
            in_number(work.cases(), comparisons),
            human(expected),
            self.settings.time_budget.map_or_else(String::new, |most| format!(", at most {}", human(most))),
            if self.settings.quick { "" } else { " (--quick takes one size per workload)" },
        ));
    }

    fn started(&self, run: &str) -> Started {
        Started {
            format: FORMAT_VERSION,
            run: run.to_owned(),
            at: now(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            command: std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect(),
            settings: self.recorded.clone(),
            machine: machine::machine(),
            source: machine::source(&self.source_folder),
            artifacts: self.runners.iter().map(|runner| runner.artifact.clone()).collect(),
        }
    }
}

impl Work {
    /// The chosen cases, and with them the references that comparisons need.
    fn to_verify(&self) -> Vec<&Case> {
        self.chosen.with_references()
    }

    /// Whether nothing is measured beyond the verification.
    fn only_verifies(&self) -> bool {
        self.comparisons.is_empty() && self.gate.is_none() && self.instruments.is_empty()
    }

    /// The comparisons that can take trials: not those of one executable with itself.
    fn compared(&self) -> Vec<&Comparison> {
        let skipped = |arms: &[Arm]| match arms {
            [baseline, candidate] => self.skips(baseline, candidate),
            _ => false,
        };
        self.comparisons.iter().filter(|comparison| !skipped(&comparison.arms)).collect()
    }

    /// How many cases there are: one that two sides have is one.
    fn cases(&self) -> usize {
        let ids: BTreeSet<_> =
            self.chosen.available().map(|case| (&case.arm.runner, &case.arm.case)).collect();
        ids.len()
    }

    /// The same of a gate's cases.
    fn gated(&self) -> Vec<&GateCase> {
        let cases = self.gate.iter().flat_map(|(declared, _)| &declared.cases);
        cases.filter(|case| !self.skips(&case.baseline, &case.candidate)).collect()
    }

    fn skips(&self, baseline: &Arm, candidate: &Arm) -> bool {
        self.sides.as_ref().is_some_and(|sides| sides.skip(baseline, candidate))
    }
}

/// `4 cases, 1 comparison`; of as many comparisons as cases only the cases are worth a word.
fn in_number(cases: usize, comparisons: usize) -> String {
    let cases_in_words = plural(cases, "case");
    if comparisons == 0 || comparisons == cases {
        cases_in_words
    } else {
        format!("{cases_in_words}, {}", plural(comparisons, "comparison"))
    }
}

/// About how long the work takes. `took` says what verifying an arm took, if that is known: an iteration
/// and more; without it data sets and kernels are thought to be of ordinary size.
fn expected(work: &Work, bench: &Bench<'_>, took: &dyn Fn(&Arm) -> Option<Duration>) -> Duration {
    let effort = &bench.effort;
    let verify =
        (work.to_verify().iter()).map(|case| took(&case.arm).unwrap_or(VERIFY_EXPECTED)).sum::<Duration>();
    let slow = |arm: &Arm| took(arm).filter(|took| *took > SLOW_TO_VERIFY).unwrap_or_default();
    let trial = |arms: &[Arm]| {
        let at_least: Duration = arms.iter().map(slow).sum();
        effort.expected_trial(arms.len()).max(at_least)
    };
    let trials = work
        .compared()
        .iter()
        .map(|comparison| {
            let one = trial(&comparison.arms);
            // The first trial finds out how long an iteration takes, in two of them.
            let first = 2 * comparison.arms.iter().map(slow).sum::<Duration>();
            first + (one * effort.trials).min(effort.comparison_most.max(one * effort.fewest_trials))
        })
        .sum::<Duration>();
    let gate = work.gate.as_ref().map_or(Duration::ZERO, |(declared, budget)| {
        // Two looks give most cases their verdict.
        let cases = work.gated().len();
        let trials = 2 * plan_of(declared).first_look(cases).unwrap_or(0);
        let slowest = work.gated().iter().map(|case| slow(&case.baseline)).max().unwrap_or_default();
        (effort.expected_trial(2).max(2 * slowest) * count(trials * cases)).min(*budget)
    });
    let instruments = work
        .instruments
        .iter()
        .map(|(instrument, arms)| {
            let arms = arms.iter().filter(|arm| !work.skips(arm, arm));
            let usual = instruments::expected(*instrument, bench);
            arms.map(|arm| usual.max(SLOW_ITERATIONS * slow(arm))).sum::<Duration>()
        })
        .sum::<Duration>();
    let all = verify + trials + gate + instruments;
    bench.settings.time_budget.map_or(all, |most| all.min(most))
}

/// A verification that took longer was spent on the data set and the kernel, and every trial will be, too.
const SLOW_TO_VERIFY: Duration = Duration::from_millis(100);
/// What an instrument runs of a slow kernel.
const SLOW_ITERATIONS: u32 = 4;

fn count(items: usize) -> u32 {
    u32::try_from(items).unwrap_or(u32::MAX)
}

impl Measured {
    /// Writes the reports, says what came out, and gives the exit status.
    pub fn close(self, settings: &Settings, show: bool) -> Result<Status> {
        let model = load(&self.folder)?;
        let text = if show { ranking::ranking(&model, &settings.terminal) } else { String::new() };
        let status = status_of(&model, &self.done);
        self.close_with(&model, &text, status, settings)
    }

    /// The same with the words and the status of a verb of its own.
    pub fn close_with(
        self,
        model: &Model,
        text: &str,
        mut status: Status,
        settings: &Settings,
    ) -> Result<Status> {
        let terminal = &settings.terminal;
        let report = write_reports(&self.folder, std::slice::from_ref(model))?;
        for message in duel_reports::messages(model) {
            // Failures and missing things were told as they came up.
            if matches!(message, Message::Comparison(_) | Message::Gate(_)) {
                terminal.message(&message);
            }
        }
        if !text.is_empty() {
            terminal.result(text);
        }
        match self.stop {
            Some(Interruption::User) => {
                terminal.warn(&format!("interrupted; what was measured is kept{}", self.how_to_go_on(model)));
                status = status.worst(Status::Interrupted);
            }
            Some(Interruption::TimeBudget) => {
                terminal.warn(&format!(
                    "the time budget is used up, so some pieces are not measured{}",
                    self.how_to_go_on(model)
                ));
                if nothing_measured(model) {
                    terminal.warn("nothing at all was measured: a longer --time-budget, or fewer cases");
                    status = status.worst(Status::Impossible);
                }
            }
            None => {}
        }
        terminal.note(&format!("report: {}", report.display()));
        terminal.message(&Message::Finished {
            run: self.folder.id.clone(),
            report: report.display().to_string(),
            status: status.code(),
        });
        Ok(status)
    }

    /// Only a `run` can be gone on with.
    fn how_to_go_on(&self, model: &Model) -> String {
        if model.started.settings.verb == "run" {
            format!(": `cargo duel run --resume {}` goes on", self.folder.id)
        } else {
            String::new()
        }
    }
}

/// Reads a run's record.
pub fn load(folder: &RunFolder) -> Result<Model> {
    let recording = duel_record::read(&folder.record())?;
    Ok(Model::new(&recording))
}

/// Writes `report.html`, `report.md`, `report.csv` and, of a gate, `junit.xml` into the first run's folder.
pub fn write_reports(folder: &RunFolder, models: &[Model]) -> Result<PathBuf> {
    let name = |suffix: &str| {
        if models.len() > 1 { format!("side-by-side.{suffix}") } else { format!("report.{suffix}") }
    };
    folder.write(&name("md"), &duel_reports::markdown(models))?;
    if let [model] = models {
        folder.write(&name("csv"), &duel_reports::csv(model))?;
        if let Some(junit) = duel_reports::junit(model) {
            folder.write("junit.xml", &junit)?;
        }
    }
    folder.write(&name("html"), &duel_reports::html(models))
}

/// Whether a run has verified at most.
fn nothing_measured(model: &Model) -> bool {
    model.comparisons.is_empty() && model.cases.iter().all(|case| case.arms.is_empty())
}

/// Regressions count only between artifacts: a variant slower than its reference is news, no
/// regression.
fn status_of(model: &Model, done: &Done) -> Status {
    let mut status = Status::Good;
    let regressed = model.comparisons_by(Factor::Artifact).flat_map(|comparison| &comparison.candidates).any(
        |candidate| {
            candidate.estimate.is_some_and(|estimate| estimate.verdict == duel_stats::Verdict::Regressed)
        },
    );
    if regressed {
        status = status.worst(Status::Regressed);
    }
    if done.any_failed() {
        status = status.worst(Status::CaseFailed);
    }
    status
}

/// Says what is missing where a runner lacks an allocator that was wished for.
pub fn missing_allocators(runners: &[Runner], settings: &Settings) -> Vec<Missing> {
    let wished = settings.allocators.as_deref().unwrap_or_default();
    let lacks = |runner: &Runner, allocator: &Allocator| !runner.carries(*allocator);
    let pairs = wished.iter().flat_map(|allocator| runners.iter().map(move |runner| (runner, allocator)));
    let mut missing: Vec<Missing> = Vec::new();
    for (runner, allocator) in pairs.filter(|(runner, allocator)| lacks(runner, allocator)) {
        let name = &runner.artifact.runner;
        let of_runner = runners.iter().filter(|it| it.artifact.runner == *name && lacks(it, allocator));
        let labels: Vec<&str> = of_runner.map(|it| it.artifact.label.as_str()).collect();
        let one = Missing {
            case: None,
            what: format!("allocator {allocator}"),
            reason: format!("{name} was built without it{}", side_of(&labels)),
            remedy: Some(format!("enable the feature `{allocator}` of the dependency `duel`")),
        };
        if !missing.contains(&one) {
            missing.push(one);
        }
    }
    missing
}

/// Opens a run to go on with: its record and what it has.
pub fn reopen(settings: &Settings, name: &str, runners: &[Runner]) -> Result<Resumed> {
    let lock = Some(MeasuringLock::take(settings)?);
    let folder = RunFolder::find(&settings.out, name)?;
    folder.holds_its_parts()?;
    let recording = duel_record::read(&folder.record())?;
    for recorded in &recording.started.artifacts {
        let now = runners.iter().find(|runner| runner.artifact.runner == recorded.runner);
        if now.is_none_or(|now| now.artifact.hash != recorded.hash) {
            return Err(helpful(
                format!("{} was measured with another build of {}", folder.id, recorded.runner),
                "go back to the source and options that it was built from, or start a new run",
            ));
        }
    }
    let mut writer = Writer::resume(&folder.record(), recording.cut_bytes)
        .with_context(|| format!("cannot go on with {}", folder.record().display()))?;
    writer
        .append(&Line::Resumed { at: now() })
        .with_context(|| format!("cannot write to {}", folder.record().display()))?;
    Ok(Resumed { lock, folder, writer, done: Done::from_lines(&recording.lines) })
}

#[cfg(test)]
mod tests {
    use super::in_number;

    #[test]
    fn cases_and_comparisons_are_counted_once() {
        assert_eq!(in_number(1, 0), "1 case");
        assert_eq!(in_number(1, 1), "1 case");
        assert_eq!(in_number(2, 2), "2 cases");
        assert_eq!(in_number(2, 1), "2 cases, 1 comparison");
        assert_eq!(in_number(1, 2), "1 case, 2 comparisons");
    }
}
