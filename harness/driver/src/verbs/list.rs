//! `list`: the cases that there are.

use anyhow::Result;
use duel_record::Message;

use crate::{
    command::{cli::ListArgs, status::Status},
    plan,
    run::subject::Subject,
    terminal::Style,
};

pub fn list(args: &ListArgs) -> Result<Status> {
    let subject = Subject::find(&args.cargo, &args.common)?;
    let runners = subject.runners()?;
    let settings = subject.settings;
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
