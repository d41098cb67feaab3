//! `compare`: trials along one factor, or between two artifacts.

use anyhow::{Context, Result};
use duel_record::{Allocator, Arm, Factor, Instrument, Verb};

use crate::{
    cargo::Project,
    command::{
        cli::{By, CompareArgs},
        settings::Settings,
        status::{Status, helpful},
    },
    plan::{self, Chosen, Comparison, missing_allocators},
    reporter::Event,
    run::{
        job::Job,
        subject::Subject,
        work::{Plan, Work},
    },
    runner::{
        artifact::{self, Runner},
        interrupt,
    },
    sides::{
        self, BothSides,
        two_sides::TwoSides,
        wanted::{Source, Wanted},
    },
    verbs::{gate_base, run::with_arms},
};

pub fn compare(args: &CompareArgs) -> Result<Status> {
    interrupt::listen(crate::children::kill_all)?;
    match (args.by, &args.baseline, &args.candidate) {
        (Some(by), _, _) => by_factor(args, by),
        (None, Some(baseline), candidate) => {
            // A runner needs no crate; where there is one, its duel.toml counts.
            let project = Project::find(&args.cargo).ok();
            let folder = project.as_ref().map(|project| project.folder.clone());
            let here = std::env::current_dir()?;
            let target = project
                .as_ref()
                .map_or_else(|| here.join("target"), |project| project.target_folder().to_owned());
            let mut settings = Settings::new(&args.common, folder.as_deref(), &target)?;
            settings.look_closely();
            settings.bound_quick();
            let root = folder.as_deref().unwrap_or(&here);
            let find = |source| gate_base::resolve(source, root, &settings.reporter);
            let baseline = find(Source::named(baseline)).context("no baseline")?;
            let candidate = find(candidate.as_deref().map_or(Source::WorkTree, Source::named));
            let candidate = candidate.context("no candidate")?;
            let build = args.build.over(&settings.sides);
            let wanted = Wanted {
                baseline: &baseline,
                candidate: &candidate,
                project: project.as_ref(),
                cargo: &args.cargo,
                build: &build,
            };
            let BothSides { runners, known, watch } = sides::build_sides(&wanted, &settings)?;
            artifact::warn_of_debug_assertions(&runners, &settings.reporter);
            let chosen = plan::choose(&runners, &args.filters, &settings)?;
            let (comparisons, only_one) =
                chosen.by_artifact(settings.allocators.as_deref().unwrap_or(&[Allocator::System]));
            for arm in only_one {
                settings.reporter.report(&Event::OnOneSide { side: &arm.artifact, case: &arm.case });
            }
            let sides = TwoSides::new(known, watch, args.sides);
            let plan = (Factor::Artifact, comparisons, Some(sides));
            measure(args, &settings, &runners, chosen, plan, here)
        }
        _ => Err(helpful(
            "nothing to compare",
            "name a factor with --by, or two sides with --baseline and --candidate",
        )),
    }
}

fn by_factor(args: &CompareArgs, by: By) -> Result<Status> {
    if args.sides.inject.is_some() || args.sides.measure_unchanged {
        let flag = if args.sides.inject.is_some() { "--inject" } else { "--measure-unchanged" };
        return Err(helpful(
            format!("{flag} works between two artifacts"),
            "use it with --baseline and --candidate",
        ));
    }
    let mut subject = Subject::find(&args.cargo, &args.common)?;
    let settings = &mut subject.settings;
    settings.look_closely();
    settings.bound_quick();
    let runners = subject.kept_runners()?;
    let Subject { project, settings } = subject;
    let chosen = plan::choose(&runners, &args.filters, &settings)?;
    let (factor, comparisons) = match by {
        By::Variant => (Factor::Variant, chosen.by_variant()),
        By::Allocator => (Factor::Allocator, chosen.by_allocator(&runners, &settings, false)),
        By::Threads => (Factor::Threads, chosen.by_threads(&settings)),
    };
    for missing in missing_allocators(&runners, &settings) {
        settings.reporter.report(&Event::Unavailable { missing: &missing, asked_for: true });
    }
    let folder = project.folder.clone();
    measure(args, &settings, &runners, chosen, (factor, comparisons, None), folder)
}

fn measure(
    args: &CompareArgs,
    settings: &Settings,
    runners: &[Runner],
    chosen: Chosen,
    (factor, comparisons, sides): (Factor, Vec<Comparison>, Option<TwoSides>),
    source_folder: std::path::PathBuf,
) -> Result<Status> {
    if comparisons.is_empty() {
        return Err(nothing_to_compare(factor));
    }
    let arms: Vec<Arm> = with_arms(&[], &comparisons);
    // criterion's timing says nothing that the trials don't say better.
    let instruments = Instrument::ALL
        .iter()
        .copied()
        .filter(|instrument| !matches!(instrument, Instrument::Time | Instrument::Criterion))
        .filter(|instrument| settings.wants(*instrument))
        .map(|instrument| (instrument, arms.clone()))
        .collect();
    let job = Job {
        recorded: settings.recorded(Verb::Compare, &args.filters, Some(factor), args.sides.inject),
        settings,
        runners,
        source_folder,
        inject: args.sides.inject,
    };
    let work = Work {
        chosen: chosen.only_compared(&comparisons),
        plan: Plan::Trials(comparisons),
        sides,
        foreign: Vec::new(),
        instruments,
    };
    job.measure(&work, None)?.close(settings, true)
}

fn nothing_to_compare(factor: Factor) -> anyhow::Error {
    let (message, help) = match factor {
        Factor::Variant => (
            "no chosen case has a reference other than itself",
            "let the filter match more than the references",
        ),
        Factor::Allocator => (
            "there are not two allocators to compare",
            "name two or more with --allocators, and enable them as features of `duel`",
        ),
        Factor::Threads => (
            "no chosen case is parallel, or there are not two thread counts",
            "name counts with --threads 1,2 and choose variants marked .parallel()",
        ),
        Factor::Artifact => {
            ("the two runners have no case in common", "`cargo duel list` in each source shows its cases")
        }
    };
    helpful(message, help)
}
