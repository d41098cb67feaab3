//! `verify`: every variant's answer against its reference, and nothing else.

use anyhow::Result;

use crate::{
    cargo::Project,
    command::{cli::VerifyArgs, settings::Settings, status::Status},
    measure::Done,
    plan,
    runner::{artifact, interrupt},
    terminal::Style,
    verbs::measured::{Job, Work},
};

pub fn verify(args: &VerifyArgs) -> Result<Status> {
    interrupt::listen(crate::children::kill_all)?;
    let project = Project::find(&args.cargo)?;
    let settings = Settings::new(&args.common, Some(&project.folder), project.target_folder())?;
    let mut runners = artifact::from_build(project.build(&settings.terminal)?, &settings)?;
    artifact::keep(&mut runners, &settings.out)?;
    let chosen = plan::choose(&runners, &args.filters, &settings)?;
    let job = Job {
        recorded: settings.recorded("verify", &args.filters, None, None),
        settings: &settings,
        runners: &runners,
        source_folder: project.folder.clone(),
        inject: None,
    };
    let work = Work {
        comparisons: Vec::new(),
        gate: None,
        sides: None,
        foreign: Vec::new(),
        instruments: Vec::new(),
        chosen,
    };
    let measured = job.measure(&work, None)?;
    let done: &Done = &measured.done;
    let terminal = &settings.terminal;
    for case in work.chosen.available() {
        let state = if done.verified.contains_key(&case.arm) {
            terminal.paint(Style::Green, "right ")
        } else if done.is_out(&case.arm) {
            terminal.paint(Style::Red, "FAILED")
        } else {
            terminal.paint(Style::Dim, "not run")
        };
        terminal.result(&format!("{state}  {}", case.arm.case));
    }
    for missing in work.chosen.missing() {
        if let Some(case) = missing.case {
            terminal.result(&format!(
                "{}  {case}: {}",
                terminal.paint(Style::Yellow, "unavailable"),
                missing.reason
            ));
        }
    }
    measured.close(&settings, false)
}
