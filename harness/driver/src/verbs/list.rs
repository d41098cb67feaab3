//! `list`: the cases that there are.

use anyhow::Result;
use duel_record::Message;

use crate::{
    cargo::Project,
    command::{cli::ListArgs, settings::Settings, status::Status},
    plan,
    runner::artifact,
    terminal::Style,
};

pub fn list(args: &ListArgs) -> Result<Status> {
    let project = Project::find(&args.cargo)?;
    let settings = Settings::new(&args.common, Some(&project.folder), project.target_folder())?;
    let runners = artifact::from_build(project.build(&settings.terminal)?, &settings)?;
    let chosen = plan::choose(&runners, &args.filters, &settings)?;
    let terminal = &settings.terminal;
    for case in &chosen.cases {
        terminal.message(&Message::Case {
            case: case.arm.case.clone(),
            reference: case.reference,
            elements: case.elements,
            unavailable: case.unavailable.clone(),
        });
        let mut line = case.arm.case.to_string();
        if case.reference {
            line.push_str(&terminal.paint(Style::Dim, "  reference"));
        }
        if let Some(reason) = &case.unavailable {
            line.push_str(&terminal.paint(Style::Yellow, &format!("  unavailable: {reason}")));
        }
        terminal.result(&line);
    }
    Ok(Status::Good)
}
