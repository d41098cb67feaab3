//! What to compare: where each side comes from, and how it is built.

use std::path::PathBuf;

use super::build_args::BuildSettings;
use crate::cargo::{Project, args::CargoArgs};

/// Where a side's runners come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Whatever git understands as a commit.
    Revision(String),
    /// The files as they are.
    WorkTree,
    /// A runner's executable.
    Path(PathBuf),
}

impl Source {
    /// A runner's path where the word looks like one, `/x`, `./x` or `../x`; else a revision. Whether there is
    /// a file of this name decides nothing: whoever writes the files would choose what is run.
    pub fn named(word: &str) -> Self {
        let is_path = ["/", "./", "../"].iter().any(|start| word.starts_with(start));
        if is_path { Self::Path(word.into()) } else { Self::Revision(word.to_owned()) }
    }
}

/// What to compare, and how it is built.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    pub baseline: &'a Source,
    pub candidate: &'a Source,
    /// The crate that the command works on, if one was found.
    pub project: Option<&'a Project>,
    pub cargo: &'a CargoArgs,
    pub build: &'a BuildSettings,
}
