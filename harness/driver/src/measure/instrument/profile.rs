//! A CPU profile of one arm.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use duel_record::{Arm, Line};

use super::{Bench, Piece};

impl Bench<'_> {
    pub(super) fn profile(&self, arm: &Arm) -> Piece {
        let mut client = self.prepared(arm, &arm.case)?;
        let summary = client.profile(self.effort.profile, self.effort.profile_hertz)?;
        let file = format!("profiles/{}.folded", arm.file_stem());
        let kept = write(&self.folder.path.join(&file), &duel_reports::flame::folded(&summary));
        let svg = match duel_reports::flame::flame_graph_svg(&arm.case.to_string(), &summary) {
            Ok(svg) => write(&self.folder.path.join(&file).with_extension("svg"), &svg),
            Err(error) => Err(anyhow::Error::new(error).context("cannot draw the flame graph")),
        };
        Ok(kept.and(svg).map(|()| Line::Profile { arm: arm.clone(), summary, file }))
    }
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}
