//! Takes up a run that was interrupted.

use anyhow::{Context, Result};
use duel_record::{Line, Writer};

use super::{folder::RunFolder, measuring_lock::MeasuringLock};
use crate::{
    command::{settings::Settings, status::helpful},
    duration::now,
    measure::Results,
    runner::artifact::Runner,
};

/// A run to resume.
pub struct Resumed {
    /// Taken before the record was read: another command may have been going on with it.
    pub lock: Option<MeasuringLock>,
    pub folder: RunFolder,
    pub writer: Writer,
    pub results: Results,
}

/// Opens a run to resume: its record and what it has.
pub fn reopen(settings: &Settings, name: &str, runners: &[Runner]) -> Result<Resumed> {
    let lock = Some(MeasuringLock::take(settings)?);
    let folder = RunFolder::find(&settings.out, name)?;
    folder.holds_its_parts()?;
    let recording = duel_record::read(&folder.record())?;
    for recorded in &recording.started.artifacts {
        let now = runners.iter().find(|runner| runner.artifact.runner == recorded.runner);
        if now.is_none_or(|now| now.artifact.hash != recorded.hash) {
            return Err(helpful(
                format!("{} was measured with another build of {}", folder.id, recorded.runner),
                "go back to the source and options that it was built from, or start a new run",
            ));
        }
    }
    let mut writer = Writer::resume(&folder.record(), recording.cut_bytes)
        .with_context(|| format!("cannot go on with {}", folder.record().display()))?;
    writer
        .append(&Line::Resumed { at: now() })
        .with_context(|| format!("cannot write to {}", folder.record().display()))?;
    Ok(Resumed { lock, folder, writer, results: Results::from_lines(&recording.lines) })
}
