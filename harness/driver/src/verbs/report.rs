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
    let terminal = &settings.terminal;
    for (folder, model) in folders.iter().zip(&models) {
        if model.cut_bytes > 0 {
            terminal.warn(&format!(
                "the record of {} was cut in the middle of its last line; the {} bytes of it are left out",
                folder.id, model.cut_bytes
            ));
        }
        for message in duel_reports::messages(model) {
            terminal.message(&message);
        }
        terminal.result(&ranking::ranking(model, terminal));
    }
    let report = write_reports(&folders[0], &models)?;
    terminal.message(&Message::Finished {
        run: folders[0].id.clone(),
        report: report.display().to_string(),
        status: Status::Good.code(),
    });
    terminal.note(&format!("report: {}", report.display()));
    Ok(Status::Good)
}
