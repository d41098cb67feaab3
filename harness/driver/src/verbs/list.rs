//! `list`: the cases that there are.

use anyhow::Result;
use duel_record::Message;

use crate::{
    command::{cli::ListArgs, status::Status},
    plan,
    reporter::Style,
    run::subject::Subject,
};

pub fn list(args: &ListArgs) -> Result<Status> {
    let subject = Subject::find(&args.cargo, &args.common)?;
    let runners = subject.runners()?;
    let settings = subject.settings;
    let chosen = plan::choose(&runners, &args.filters, &settings)?;
    let reporter = &settings.reporter;
    for case in &chosen.cases {
        reporter.message(&Message::Case {
            case: case.arm.case.clone(),
            reference: case.reference,
            elements: case.elements,
            unavailable: case.unavailable.clone(),
        });
        let mut line = case.arm.case.to_string();
        if case.reference {
            line.push_str(&reporter.paint(Style::Dim, "  reference"));
        }
        if let Some(reason) = &case.unavailable {
            line.push_str(&reporter.paint(Style::Yellow, &format!("  unavailable: {reason}")));
        }
        reporter.result(&line);
    }
    Ok(Status::Good)
}
