//! `report`: the reports again, from records alone.

use anyhow::Result;
use duel_record::Message;
use duel_reports::Model;

use crate::{
    cargo::{Project, args::CargoArgs},
    command::{
        cli::ReportArgs,
        settings::Settings,
        status::{Status, helpful},
    },
    reporter::Event,
    run::{
        close::{load, write_reports},
        folder::RunFolder,
    },
    verbs::ranking,
};

pub fn report(args: &ReportArgs) -> Result<Status> {
    if args.runs.len() > 2 {
        return Err(helpful(
            format!("{} runs side by side are too many", args.runs.len()),
            "name one run or two",
        ));
    }
    // A record needs no crate; where there is one, its folders and settings count.
    let project = Project::find(&CargoArgs::default()).ok();
    let here = std::env::current_dir()?;
    let target =
        project.as_ref().map_or_else(|| here.join("target"), |project| project.target_folder().to_owned());
    let settings = Settings::new(&args.common, project.as_ref().map(|project| &*project.folder), &target)?;
    let folders: Vec<_> =
        args.runs.iter().map(|run| RunFolder::find(&settings.out, run)).collect::<Result<_>>()?;
    let models: Vec<Model> = folders.iter().map(load).collect::<Result<_>>()?;
    let reporter = &settings.reporter;
    for (folder, model) in folders.iter().zip(&models) {
        if model.cut_bytes > 0 {
            reporter.report(&Event::RecordCut { run: &folder.id, bytes: model.cut_bytes });
        }
        for message in duel_reports::messages(model) {
            reporter.message(&message);
        }
        reporter.result(&ranking::ranking(model, reporter));
    }
    let report = write_reports(&folders[0], &models)?;
    reporter.message(&Message::Finished {
        run: folders[0].id.clone(),
        report: report.display().to_string(),
        status: Status::Good.code(),
    });
    reporter.report(&Event::Written { what: "report", path: &report.display() });
    Ok(Status::Good)
}
