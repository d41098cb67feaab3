//! From a git revision, the work tree or a path to runners: the two sides of a comparison.
//!
//! Both sides are snapshots, laid out in folders of their own and built at one path, so that the same
//! source gives the same machine code on both, and so that nothing which somebody does to the work tree,
//! or which was built before, gets into either.

mod as_built;
mod build_side;
mod builder;
mod cache;
mod dep_info;
mod differences;
mod git_settings;
mod hash;
mod inputs;
mod key;
mod lay_out;
mod left_behind;
mod lock_file;
mod mirror;
mod needed;
mod opens;
mod place;
mod programs;
mod proof;
mod relocate;
mod snapshot;
mod undeclared;
mod variables;
mod watch;

pub use cache::Kept;
pub use mirror::same_content;
pub use watch::{Opened, Watch};

use std::{
    fmt,
    path::{Path, PathBuf},
};

use anyhow::Result;
use duel_record::Sides;

use self::builder::Builder;
use crate::{
    artifact::{self, Runner},
    build_args::BuildSettings,
    cargo::Project,
    cli::CargoArgs,
    settings::Settings,
    sides,
};

/// One side of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// What is held against.
    Baseline,
    /// What is judged.
    Candidate,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Baseline => "baseline",
            Self::Candidate => "candidate",
        })
    }
}

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
    /// The crate that the command stands in, where one was found.
    pub project: Option<&'a Project>,
    pub cargo: &'a CargoArgs,
    pub build: &'a BuildSettings,
}

/// Both sides, built.
pub struct BothSides {
    /// The baseline's first, kept in the output folder.
    pub runners: Vec<Runner>,
    /// What is known of how the sides differ.
    pub known: Sides,
    /// The files that differ between the sides, where each runs among its own.
    pub watch: Option<Watch>,
}

/// Builds both sides, before anything is measured.
///
/// # Errors
/// When a side can't be found or built, has no runner, or is not what it is said to be.
pub fn build_sides(wanted: &Wanted<'_>, settings: &Settings) -> Result<BothSides> {
    let from_path = |side: Side, path: &Path| artifact::from_path(&side.to_string(), path, settings);
    let (mut runners, differences, watch) = match (wanted.baseline, wanted.candidate) {
        (Source::Path(baseline), Source::Path(candidate)) => {
            let runners = vec![from_path(Side::Baseline, baseline)?, from_path(Side::Candidate, candidate)?];
            (runners, Vec::new(), None)
        }
        (baseline, candidate) => {
            let builder = Builder::new(wanted, settings).map_err(|error| match (baseline, candidate) {
                (Source::Revision(word), _) | (_, Source::Revision(word)) => error.context(format!(
                    "cannot build revision \"{word}\" (a runner's path starts with / or ./)"
                )),
                _ => error,
            })?;
            builder.runners()?
        }
    };
    artifact::keep(&mut runners, &settings.out)?;
    artifact::even_out(&mut runners);
    let known = sides::of(&runners, differences);
    Ok(BothSides { runners, known, watch })
}

/// The runners of the candidate alone, for a baseline that has none.
///
/// # Errors
/// When the candidate can't be found or built, or has no runner.
pub fn build_candidate(wanted: &Wanted<'_>, settings: &Settings) -> Result<Vec<Runner>> {
    let mut runners = match wanted.candidate {
        Source::Path(path) => vec![artifact::from_path(&Side::Candidate.to_string(), path, settings)?],
        candidate => Builder::new(wanted, settings)?.candidate(candidate)?,
    };
    artifact::keep(&mut runners, &settings.out)?;
    Ok(runners)
}

/// What an error is about, where it is about one side: found below all contexts.
pub fn side_of(error: &anyhow::Error) -> Option<Side> {
    error.downcast_ref::<NoSide>().map(|error| error.side)
}

/// The context of an error that a side could not be had.
#[derive(Debug)]
struct NoSide {
    side: Side,
    text: String,
}

impl NoSide {
    /// Where nothing more is to be said of the side.
    fn of(side: Side) -> Self {
        Self { side, text: format!("no {side}") }
    }
}

impl fmt::Display for NoSide {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
