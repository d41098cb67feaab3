//! `run`: everything there is to know about the chosen cases.

use std::time::Duration;

use anyhow::Result;
use duel_record::{Arm, Instrument, Verb};

use crate::{
    command::{
        cli::RunArgs,
        settings::{QUICK_MOST, Settings},
        status::{Status, helpful},
    },
    foreign,
    plan::{self, Comparison, missing_allocators},
    reporter::Event,
    run::{
        folder::RunFolder,
        job::Job,
        resume::reopen,
        subject::Subject,
        work::{Plan, Work},
    },
    runner::interrupt,
};

/// The most time that a `run` of all sizes takes where nobody sets a budget, with half a minute
/// for the piece under way and the reports.
const FULL_RUN_MOST: Duration = Duration::from_secs(20 * 60 - 30);
pub fn run(args: &RunArgs) -> Result<Status> {
    interrupt::listen(crate::children::kill_all)?;
    let mut subject = Subject::find(&args.cargo, &args.common)?;
    let settings = &mut subject.settings;
    let mut filters = args.filters.clone();
    settings.time_budget.get_or_insert(if settings.quick { QUICK_MOST } else { FULL_RUN_MOST });
    if let Some(name) = &args.resume {
        let folder = RunFolder::find(&settings.out, name)?;
        let recorded = duel_record::read(&folder.record())?.started.settings;
        if recorded.verb != Verb::Run {
            return Err(helpful(
                format!("{} is a `{}`, not a `run`", folder.id, recorded.verb),
                "only a `run` can be resumed; start the other again",
            ));
        }
        settings.resume(&recorded);
        filters = recorded.filters;
    }
    let runners = subject.kept_runners()?;
    let Subject { project, settings } = subject;
    let resumed = args.resume.as_ref().map(|name| reopen(&settings, name, &runners)).transpose()?;

    let foreign = args.summaries.as_deref().map_or_else(|| Ok(Vec::new()), foreign::summaries)?;
    for missing in foreign.iter().filter_map(|found| found.as_ref().err()) {
        settings.reporter.report(&Event::Unavailable { missing, asked_for: true });
    }
    let chosen = plan::choose(&runners, &filters, &settings)?;
    let mut comparisons = Vec::new();
    if settings.wants(Instrument::Time) {
        comparisons.extend(chosen.by_variant());
        comparisons.extend(chosen.by_allocator(&runners, &settings, true));
    }
    let cases: Vec<Arm> = chosen.available().map(|case| case.arm.clone()).collect();
    let instruments = instruments(&settings, &cases, &comparisons);
    let missing = missing_allocators(&runners, &settings);
    for missing in &missing {
        settings.reporter.report(&Event::Unavailable { missing, asked_for: true });
    }
    let job = Job {
        recorded: settings.recorded(Verb::Run, &filters, None, None),
        settings: &settings,
        runners: &runners,
        source_folder: project.folder.clone(),
        inject: None,
    };
    let work = Work { chosen, plan: Plan::Trials(comparisons), sides: None, instruments, foreign };
    job.measure(&work, resumed)?.close(&settings, true)
}

/// Which instrument looks at which arms: memory at every arm of a comparison, all else at the cases.
fn instruments(
    settings: &Settings,
    cases: &[Arm],
    comparisons: &[Comparison],
) -> Vec<(Instrument, Vec<Arm>)> {
    let arms = |instrument| match instrument {
        Instrument::Memory => with_arms(cases, comparisons),
        _ => cases.to_vec(),
    };
    Instrument::ALL
        .iter()
        .copied()
        .filter(|instrument| *instrument != Instrument::Time && settings.wants(*instrument))
        .map(|instrument| (instrument, arms(instrument)))
        .collect()
}

/// The cases, and every arm of a comparison that is not among them (another allocator).
pub fn with_arms(cases: &[Arm], comparisons: &[Comparison]) -> Vec<Arm> {
    let mut arms = cases.to_vec();
    for arm in comparisons.iter().flat_map(|comparison| &comparison.arms) {
        if !arms.contains(arm) {
            arms.push(arm.clone());
        }
    }
    arms
}
