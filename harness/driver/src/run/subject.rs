//! The crate that a verb works on, with its settings, and its runners.

use anyhow::Result;

use crate::{
    cargo::{Project, args::CargoArgs},
    command::{cli::Common, settings::Settings},
    runner::artifact::{self, Runner},
};

/// The crate that the command works on, and the settings in force there.
pub struct Subject {
    pub project: Project,
    pub settings: Settings,
}

impl Subject {
    /// Finds the crate and reads its settings.
    ///
    /// # Errors
    /// When there is no crate, or a setting is wrong.
    pub fn find(cargo: &CargoArgs, common: &Common) -> Result<Self> {
        let project = Project::find(cargo)?;
        let settings = Settings::new(common, Some(&project.folder), project.target_folder())?;
        Ok(Self { project, settings })
    }

    /// Has cargo build its runners.
    ///
    /// # Errors
    /// When the build fails, or nothing that was built is a runner.
    pub fn runners(&self) -> Result<Vec<Runner>> {
        artifact::from_build(self.project.build(&self.settings.reporter)?, &self.settings)
    }

    /// The same, kept in the output folder, so that a later build changes nothing of a run.
    ///
    /// # Errors
    /// As [`runners`](Self::runners), and when they can't be copied.
    pub fn kept_runners(&self) -> Result<Vec<Runner>> {
        let mut runners = self.runners()?;
        artifact::keep(&mut runners, &self.settings.out)?;
        Ok(runners)
    }
}
