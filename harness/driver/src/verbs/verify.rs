//! `verify`: every variant's answer against its reference, and nothing else.

use anyhow::Result;
use duel_record::Verb;

use crate::{
    command::{cli::VerifyArgs, status::Status},
    measure::Results,
    plan,
    reporter::Style,
    run::{
        job::Job,
        subject::Subject,
        work::{Plan, Work},
    },
    runner::interrupt,
};

pub fn verify(args: &VerifyArgs) -> Result<Status> {
    interrupt::listen(crate::children::kill_all)?;
    let subject = Subject::find(&args.cargo, &args.common)?;
    let runners = subject.kept_runners()?;
    let Subject { project, settings } = subject;
    let chosen = plan::choose(&runners, &args.filters, &settings)?;
    let job = Job {
        recorded: settings.recorded(Verb::Verify, &args.filters, None, None),
        settings: &settings,
        runners: &runners,
        source_folder: project.folder.clone(),
        inject: None,
    };
    let work = Work {
        plan: Plan::InstrumentsOnly,
        sides: None,
        foreign: Vec::new(),
        instruments: Vec::new(),
        chosen,
    };
    let measured = job.measure(&work, None)?;
    let results: &Results = &measured.results;
    let reporter = &settings.reporter;
    for case in work.chosen.available() {
        let state = if results.verified.contains_key(&case.arm) {
            reporter.paint(Style::Green, "right ")
        } else if results.is_out(&case.arm) {
            reporter.paint(Style::Red, "FAILED")
        } else {
            reporter.paint(Style::Dim, "not run")
        };
        reporter.result(&format!("{state}  {}", case.arm.case));
    }
    for missing in work.chosen.missing() {
        if let Some(case) = missing.case {
            reporter.result(&format!(
                "{}  {case}: {}",
                reporter.paint(Style::Yellow, "unavailable"),
                missing.reason
            ));
        }
    }
    measured.close(&settings, false)
}
