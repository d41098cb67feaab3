//! `gate`: the work tree, or another revision, against a base; a verdict for every case.

use std::{path::PathBuf, time::Duration};

use anyhow::{Context, Result};
use duel_record::{Allocator, Arm, Factor, GateCase, GateDeclared, Instrument, Metric, Verb};
use duel_reports::model::{GateCaseModel, GateModel};
use duel_stats::GatePlan;

use duel_reports::gate_plan;

use crate::{
    cargo::Project,
    command::{
        base_args::MissingBaseChoice,
        cli::GateArgs,
        filter,
        settings::{MarginsFor, Settings},
        status::{Status, helpful},
    },
    duration::human,
    plan::{self, Comparison},
    run::{
        close::load,
        job::Job,
        work::{Plan, Work},
    },
    runner::{
        artifact::{self, Runner},
        interrupt,
    },
    sides::{self, BothSides, two_sides::TwoSides, wanted::Wanted},
    verbs::{
        gate_base, gate_no_result,
        gate_publish::{Publication, gate_error},
        gate_table,
        gate_without_base::{self, WithoutBase},
        run::with_arms,
    },
};

/// By how much the control is slowed.
const CONTROL_SLOWDOWN: f64 = 1.05;
/// A trial during which the host gave more than this share of CPU time to others is set aside.
const SET_ASIDE_STEAL: f64 = 0.1;
/// Where nobody sets a time budget: so much for each case, and at least a minute.
const BUDGET_PER_CASE: Duration = Duration::from_secs(6);
const LEAST_BUDGET: Duration = Duration::from_secs(60);
/// Where instructions are counted, too, the trials have this share of the budget.
const SHARE_OF_TRIALS: f64 = 0.8;
/// No trial, with the start of its processes, is shorter than this.
const SHORTEST_TRIAL: Duration = Duration::from_millis(20);

pub fn gate(args: &GateArgs) -> Result<Status> {
    let (publication, ready) = Publication::begin(args);
    let ended =
        interrupt::listen(crate::children::kill_all).and(ready).and_then(|()| decide(args, &publication));
    if let Err(error) = &ended {
        publication.failed(error);
    }
    ended
}

fn decide(args: &GateArgs, publication: &Publication) -> Result<Status> {
    let (project, settings) = prepare(args)?;
    let source_folder =
        project.as_ref().map_or_else(std::env::current_dir, |project| Ok(project.folder.clone()))?;
    let from = args.from;
    let ends = gate_base::ends(
        &args.base,
        args.head.as_deref(),
        from.merge_base,
        &source_folder,
        &settings.reporter,
    )?;
    if let Some(warning) = &ends.warning {
        publication.warning("the base is ahead", warning);
    }
    let has_crate = project.as_ref().map_or(Ok(()), |project| ends.check_crate(&project.folder));
    let build = args.build.over(&settings.sides);
    let wanted = Wanted {
        baseline: &ends.base,
        candidate: &ends.head,
        project: project.as_ref(),
        cargo: &args.cargo,
        build: &build,
    };
    let error = match has_crate.and_then(|()| sides::build_sides(&wanted, &settings)) {
        Ok(BothSides { runners, known, watch }) => {
            artifact::warn_of_debug_assertions(&runners, &settings.reporter);
            let sides = TwoSides::new(known, watch, args.sides);
            return measure(args, publication, &settings, (&runners, sides), source_folder);
        }
        Err(error) => error,
    };
    let without = WithoutBase { args, settings: &settings, project: project.as_ref(), ends: &ends };
    match (without.reason(&error)?, from.missing_base.unwrap_or(settings.missing_base)) {
        (None, _) => Err(error),
        (Some(reason), MissingBaseChoice::Fail) => Err(gate_without_base::refused(&reason)),
        (Some(reason), MissingBaseChoice::Pass) => without.verify(reason, publication),
    }
}

/// Compares two sides that are there.
fn measure(
    args: &GateArgs,
    publication: &Publication,
    settings: &Settings,
    (runners, sides): (&[Runner], TwoSides),
    source_folder: PathBuf,
) -> Result<Status> {
    let metric = args.metric.unwrap_or_default();
    let chosen = plan::choose(runners, &args.filters, settings)?;
    let (comparisons, alone) =
        chosen.by_artifact(settings.allocators.as_deref().unwrap_or(&[Allocator::System]));
    if comparisons.is_empty() {
        return Err(helpful(
            "the two sides have no case in common",
            "`cargo duel list` in each source shows its cases; a renamed case counts as removed and added",
        ));
    }
    let declared = declare(args, settings, metric, &comparisons, &alone);
    let budget = settings.time_budget.unwrap_or_else(|| default_budget(&declared));
    check_budget(&declared, &sides, budget)?;
    let counted = counted(settings, metric, &comparisons);
    let mut recorded =
        settings.recorded(Verb::Gate, &args.filters, Some(Factor::Artifact), args.sides.inject);
    recorded.time_budget_ns = Some(crate::duration::nanoseconds(budget));
    // Trials end by the gate's own clock: to be out of time is no interruption of a gate.
    let measuring = Settings { time_budget: None, ..settings.clone() };
    let job = Job { recorded, settings: &measuring, runners, source_folder, inject: args.sides.inject };
    let work = Work {
        chosen: chosen.only_compared(&comparisons),
        sides: Some(sides),
        // Of a case, counting takes about as long as a few seconds of trials.
        plan: Plan::Gate(declared, if counted.is_empty() { budget } else { budget.mul_f64(SHARE_OF_TRIALS) }),
        instruments: counted,
        foreign: Vec::new(),
    };
    let measured = job.measure(&work, None)?;
    let model = load(&measured.folder)?;
    let gate = model.gate.as_ref().context("the record has no gate")?;
    let text = gate_table::table(&model, gate, &settings.reporter);
    let folder = measured.folder.clone();
    let status = measured.close_with(&model, &text, status_of(gate), &measuring)?;
    let error = gate_no_result::error(gate, status, budget);
    if let Some(error) = error.as_ref().filter(|_| status == Status::Impossible) {
        crate::reporter::error(error);
    }
    publication.measured(&model, &folder, error.as_ref().map(gate_error).as_ref())?;
    Ok(status)
}

/// The arms whose instructions are counted after the trials: both sides of every case.
fn counted(settings: &Settings, metric: Metric, comparisons: &[Comparison]) -> Vec<(Instrument, Vec<Arm>)> {
    if metric == Metric::Time && !settings.wants(Instrument::Instructions) {
        return Vec::new();
    }
    vec![(Instrument::Instructions, with_arms(&[], comparisons))]
}

/// What the gate's words come to, for a job that has only a number to go by.
fn status_of(gate: &GateModel) -> Status {
    let counts = gate.counts();
    let mut status = Status::Good;
    if gate.declared.strict
        && (counts.inconclusive > 0 || counts.not_comparable > 0 || counts.contaminated.is_some())
    {
        status = status.worst(Status::Undecided);
    }
    if counts.unconfirmed > 0 && gate.regressions_count() {
        // It was found at an error that is controlled; only the time to confirm it was missing.
        status = status.worst(Status::Undecided);
    }
    if counts.not_judged > 0 {
        // A change that moves work to where it is not counted would pass any gate by instructions.
        status = status.worst(Status::Undecided);
    }
    if counts.regressed > 0 && gate.regressions_count() {
        status = status.worst(Status::Regressed);
    }
    if counts.failed > 0 {
        status = status.worst(Status::CaseFailed);
    }
    let asked: Vec<&GateCaseModel> = gate.cases.iter().filter(|case| case.decision().is_some()).collect();
    // What one side has could be counted: then it is the other side that hides something.
    let uncounted =
        !asked.is_empty() && asked.iter().all(|case| case.effect().is_none() && !case.is_not_judged());
    if gate.declared.metric == Metric::Instructions && uncounted {
        status = status.worst(Status::Impossible);
    }
    let decided =
        counts.regressed + counts.improved + counts.equivalent + counts.inconclusive + counts.identical;
    if gate_no_result::no_case_had_enough_trials(gate) || decided == 0 && counts.failed == 0 {
        // Never a silent pass: there was no case that could have had a verdict.
        status = status.worst(Status::Impossible);
    }
    status
}

/// The crate, if there is one, and the settings of the gate.
fn prepare(args: &GateArgs) -> Result<(Option<Project>, Settings)> {
    let project = Project::find(&args.cargo).ok();
    let folder = project.as_ref().map(|project| project.folder.clone());
    let here = std::env::current_dir()?;
    let target =
        project.as_ref().map_or_else(|| here.join("target"), |project| project.target_folder().to_owned());
    let mut settings = Settings::new(&args.common, folder.as_deref(), &target)?;
    // Counts stand beside the verdict of a quick gate, too.
    settings.look_closely();
    // Minutes, not hours: one size per workload, unless sizes are named or --quick=false.
    if args.common.quick != Some(false) && settings.sizes.is_empty() {
        settings.quick = true;
    }
    Ok((project, settings))
}

/// The rules, fixed before anything is measured.
fn declare(
    args: &GateArgs,
    settings: &Settings,
    metric: Metric,
    comparisons: &[Comparison],
    alone: &[Arm],
) -> GateDeclared {
    let plan = GatePlan::default();
    let only = |side: &str| {
        alone.iter().filter(|arm| arm.artifact == side).map(|arm| arm.case.clone()).collect::<Vec<_>>()
    };
    GateDeclared {
        metric,
        family_error: plan.family_error,
        confirmation_error: plan.confirmation_error,
        growth: plan.growth,
        early_look: plan.early_look,
        control_slowdown: CONTROL_SLOWDOWN,
        set_aside_steal: SET_ASIDE_STEAL,
        strict: args.strict,
        cases: comparisons
            .iter()
            .map(|comparison| {
                let (change_margin, equivalent_margin) =
                    margins(args, &settings.margins, metric, &comparison.arms[1].case.to_string());
                GateCase {
                    baseline: comparison.arms[0].clone(),
                    candidate: comparison.arms[1].clone(),
                    change_margin,
                    equivalent_margin,
                }
            })
            .collect(),
        added: only("candidate"),
        removed: only("baseline"),
    }
}

/// A case's margins: a flag over the last entry of `duel.toml` that matches over the default.
fn margins(args: &GateArgs, from_file: &[MarginsFor], metric: Metric, case: &str) -> (f64, f64) {
    let said = |margin: fn(&MarginsFor) -> Option<f64>| {
        let matching = from_file
            .iter()
            .filter(|entry| entry.cases.as_ref().is_none_or(|cases| filter::matches(cases, case)));
        matching.filter_map(margin).next_back()
    };
    let (change, equivalent) = match metric {
        Metric::Time => (0.01, 0.02),
        Metric::Instructions => (0.005, 0.005),
    };
    (
        args.margin.or_else(|| said(|entry| entry.change)).unwrap_or(change),
        args.equivalent.or_else(|| said(|entry| entry.equivalent)).unwrap_or(equivalent),
    )
}

fn default_budget(declared: &GateDeclared) -> Duration {
    (BUDGET_PER_CASE * u32::try_from(declared.cases.len()).unwrap_or(u32::MAX)).max(LEAST_BUDGET)
}

/// Refuses a budget in which no verdict could be had, however quick the kernels are.
fn check_budget(declared: &GateDeclared, sides: &TwoSides, budget: Duration) -> Result<()> {
    let measured = declared.cases.iter().filter(|case| !sides.skip(&case.baseline, &case.candidate));
    let cases = measured.count();
    let needed = gate_plan(declared).first_look(cases).unwrap_or(usize::MAX);
    let least = SHORTEST_TRIAL * u32::try_from(needed.saturating_mul(cases)).unwrap_or(u32::MAX);
    if declared.metric == Metric::Time && least > budget {
        return Err(helpful(
            format!(
                "the time budget of {} is too small: a verdict needs {needed} trials of each of {cases} cases",
                human(budget)
            ),
            format!(
                "--time-budget {} would do on a quiet machine; or choose fewer cases",
                human(least * 5 + Duration::from_secs(5))
            ),
        ));
    }
    Ok(())
}
