//! Closes a run: its reports, what came of it, and the exit status.

use std::path::PathBuf;

use anyhow::Result;
use duel_record::{Factor, Interruption, Message, Verb};
use duel_reports::Model;

use super::folder::RunFolder;
use crate::{
    command::{settings::Settings, status::Status},
    measure::{Results, Stop},
    reporter::Event,
    verbs::ranking,
};

/// A run that has ended, for whatever reason.
pub struct Measured {
    pub folder: RunFolder,
    pub results: Results,
    pub stop: Stop,
}

impl Measured {
    /// Writes the reports, says what came out, and gives the exit status.
    pub fn close(self, settings: &Settings, show: bool) -> Result<Status> {
        let model = load(&self.folder)?;
        let text = if show { ranking::ranking(&model, &settings.reporter) } else { String::new() };
        let status = status_of(&model, &self.results);
        self.close_with(&model, &text, status, settings)
    }

    /// The same with the words and the status of a verb of its own.
    pub fn close_with(
        self,
        model: &Model,
        text: &str,
        mut status: Status,
        settings: &Settings,
    ) -> Result<Status> {
        let reporter = &settings.reporter;
        let report = write_reports(&self.folder, std::slice::from_ref(model))?;
        for message in duel_reports::messages(model) {
            // Failures and missing things were reported as they came up.
            if matches!(message, Message::Comparison(_) | Message::Gate(_)) {
                reporter.message(&message);
            }
        }
        if !text.is_empty() {
            reporter.result(text);
        }
        let resume = self.how_to_continue(model);
        match self.stop {
            Some(Interruption::User) => {
                reporter.report(&Event::Interrupted { resume: resume.as_deref() });
                status = status.worst(Status::Interrupted);
            }
            Some(Interruption::TimeBudget) => {
                reporter.report(&Event::BudgetUsedUp { resume: resume.as_deref() });
                if nothing_measured(model) {
                    reporter.report(&Event::NothingMeasured);
                    status = status.worst(Status::Impossible);
                }
            }
            None => {}
        }
        reporter.report(&Event::Written { what: "report", path: &report.display() });
        reporter.message(&Message::Finished {
            run: self.folder.id.clone(),
            report: report.display().to_string(),
            status: status.code(),
        });
        Ok(status)
    }

    /// The command that continues a `run`; no other verb can be continued.
    fn how_to_continue(&self, model: &Model) -> Option<String> {
        let is_run = model.started.settings.verb == Verb::Run;
        is_run.then(|| format!("cargo duel run --resume {}", self.folder.id))
    }
}

/// Reads a run's record.
pub fn load(folder: &RunFolder) -> Result<Model> {
    let recording = duel_record::read(&folder.record())?;
    Ok(Model::new(&recording))
}

/// Writes `report.html`, `report.md`, `report.csv` and, of a gate, `junit.xml` into the first run's folder.
pub fn write_reports(folder: &RunFolder, models: &[Model]) -> Result<PathBuf> {
    let name = |suffix: &str| {
        if models.len() > 1 { format!("side-by-side.{suffix}") } else { format!("report.{suffix}") }
    };
    folder.write(&name("md"), &duel_reports::markdown(models))?;
    if let [model] = models {
        folder.write(&name("csv"), &duel_reports::csv(model))?;
        if let Some(junit) = duel_reports::junit(model) {
            folder.write("junit.xml", &junit)?;
        }
    }
    folder.write(&name("html"), &duel_reports::html(models))
}

/// Whether a run has verified at most.
fn nothing_measured(model: &Model) -> bool {
    model.comparisons.is_empty() && model.cases.iter().all(|case| case.arms.is_empty())
}

/// Regressions count only between artifacts: a variant slower than its reference is news, no
/// regression.
fn status_of(model: &Model, results: &Results) -> Status {
    let mut status = Status::Good;
    let regressed = model.comparisons_by(Factor::Artifact).flat_map(|comparison| &comparison.candidates).any(
        |candidate| {
            candidate.estimate.is_some_and(|estimate| estimate.verdict == duel_stats::Verdict::Regressed)
        },
    );
    if regressed {
        status = status.worst(Status::Regressed);
    }
    if results.any_failed() {
        status = status.worst(Status::CaseFailed);
    }
    status
}
