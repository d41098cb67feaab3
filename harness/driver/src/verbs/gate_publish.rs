//! Hands a gate's result, or why it has none, to whoever runs the job: a JUnit file of the user's,
//! GitHub's summary, and GitHub's annotations.

use std::{
    fs::OpenOptions,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use duel_reports::{AnnotationKind, GateError, MissingBase, Model};

use crate::{
    command::{cli::GateArgs, help::help_of},
    reporter::{Event, Reporter},
    run::{folder::RunFolder, output_file::OutputFile},
    runner::interrupt,
};

/// The longest summary of a step that GitHub shows.
const MOST_SUMMARY_BYTES: u64 = 1 << 20;

/// Where results go.
pub struct Publication {
    junit: Option<OutputFile>,
    /// Until the settings are known: as the flags have it.
    reporter: Reporter,
}

impl Publication {
    /// Removes what an earlier gate left, so that a gate that is killed leaves nothing. A JUnit file
    /// that can't be written is an error before anything is built.
    pub fn begin(args: &GateArgs) -> (Self, Result<()>) {
        let common = &args.common;
        let reporter = Reporter::new(
            common.color.unwrap_or_default(),
            common.message_format.unwrap_or_default(),
            i16::from(common.verbose) - i16::from(common.quiet),
        );
        match args.junit.as_ref().map(|path| OutputFile::prepare(path, "--junit")).transpose() {
            Ok(junit) => (Self { junit, reporter }, Ok(())),
            Err(error) => (Self { junit: None, reporter }, Err(error)),
        }
    }

    /// Says that the gate could not be done.
    pub fn failed(&self, error: &anyhow::Error) {
        let interrupted = || GateError { causes: vec!["interrupted".to_owned()], help: None };
        let error = if interrupt::requested() { interrupted() } else { gate_error(error) };
        if let Err(unwritable) = self.junit(&error.junit(None)) {
            self.reporter.report(&Event::NotPublished(&format_args!("{unwritable:#}")));
        }
        self.summary(&error.markdown());
        self.annotate([error.annotation()]);
    }

    /// Publishes what was measured; `error` says why it is no result, if so.
    ///
    /// # Errors
    /// When the JUnit file can't be written.
    pub fn measured(&self, model: &Model, folder: &RunFolder, error: Option<&GateError>) -> Result<()> {
        let text = match error {
            Some(error) => error.junit(Some(model)),
            None => duel_reports::junit(model).context("the gate has no JUnit report")?,
        };
        if error.is_some() {
            folder.write("junit.xml", &text)?;
        }
        self.junit(&text)?;
        self.summary(&duel_reports::markdown(std::slice::from_ref(model)));
        self.annotate(duel_reports::annotations(model));
        if let Some(error) = error {
            self.summary(&error.markdown());
            self.annotate([error.annotation()]);
        }
        Ok(())
    }

    /// Publishes that there was nothing to compare with; `model` is the verification.
    ///
    /// # Errors
    /// When the JUnit file can't be written.
    pub fn without_base(&self, missing: &MissingBase, model: &Model) -> Result<()> {
        self.junit(&missing.junit(model))?;
        self.summary(&missing.markdown(model));
        self.annotate(missing.annotations(model));
        Ok(())
    }

    /// Shows a warning beside the pull request; the log has it already.
    pub fn warning(&self, title: &str, text: &str) {
        self.annotate([duel_reports::annotation(AnnotationKind::Warning, title, text)]);
    }

    fn junit(&self, text: &str) -> Result<()> {
        self.junit.as_ref().map_or(Ok(()), |file| file.write(text))
    }

    /// Adds to GitHub's summary, if GitHub runs the job. Without it the gate is what it is.
    fn summary(&self, text: &str) {
        let Some(path) = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()) else {
            return;
        };
        let path = PathBuf::from(path);
        let there = path.metadata().map_or(0, |file| file.len());
        if there + text.len() as u64 > MOST_SUMMARY_BYTES {
            self.reporter.report(&Event::NotPublished(&format_args!(
                "{}, which GITHUB_STEP_SUMMARY names, has {there} bytes already, and GitHub drops a summary of more than \
                 {MOST_SUMMARY_BYTES}: this gate's summary is in the run's folder only, report.md",
                path.display()
            )));
            return;
        }
        let append = || append_to_file(&path, text);
        if let Err(error) = append() {
            self.reporter.report(&Event::NotPublished(&format_args!(
                "GITHUB_STEP_SUMMARY names {}, which can't be written: {error}; the summary is in the run's \
                 folder, report.md",
                path.display()
            )));
        }
    }

    fn annotate(&self, commands: impl IntoIterator<Item = String>) {
        if std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true") {
            commands.into_iter().for_each(|command| self.reporter.workflow_command(&command));
        }
    }
}

/// Adds to a file, which is made where there is none: never through a link, and never to a pipe or device, which may
/// have no reader.
fn append_to_file(path: &Path, text: &str) -> std::io::Result<()> {
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
    let mut options = OpenOptions::new();
    let mut file = options.create(true).append(true).custom_flags(flags.bits().cast_signed()).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(std::io::Error::other("it is no regular file"));
    }
    file.write_all(text.as_bytes())
}

/// An error with all of its causes.
pub fn gate_error(error: &anyhow::Error) -> GateError {
    GateError { causes: error.chain().map(ToString::to_string).collect(), help: help_of(error) }
}
