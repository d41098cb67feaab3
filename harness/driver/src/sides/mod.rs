//! From a git revision, the work tree or a path to runners: the two sides of a comparison.
//!
//! Both sides are snapshots, laid out in folders of their own and built at one path, so that the same
//! source gives the same machine code on both, and so that nothing which somebody does to the work tree,
//! or which was built before, gets into either.

mod as_built;
pub mod build_args;
mod build_side;
mod builder;
pub mod cache;
mod dep_info;
mod differences;
pub mod git;
mod git_settings;
mod hash;
mod inputs;
mod key;
mod lay_out;
mod left_behind;
mod lock_file;
pub mod mirror;
mod needed;
mod opens;
mod place;
mod programs;
mod proof;
mod relocate;
pub mod rustc_wrapper;
pub mod same_args;
pub mod side;
mod snapshot;
pub mod two_sides;
mod undeclared;
mod variables;
pub mod wanted;
pub mod watch;

use std::path::Path;

use anyhow::Result;
use duel_record::Sides;

use self::{
    builder::Builder,
    side::Side,
    wanted::{Source, Wanted},
    watch::Watch,
};
use crate::{
    command::settings::Settings,
    runner::artifact::{self, Runner},
};

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
    let known = two_sides::of(&runners, differences);
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
