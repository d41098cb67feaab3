//! The options that say what a gate compares with.

use clap::{Args, ValueEnum};

/// How a gate finds its base, and what it does without one.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct BaseArgs {
    /// Compare with the commit at which base and head parted, as GitHub shows a pull request
    #[arg(long)]
    pub merge_base: bool,
    /// What to do if the base has no benchmarks yet: fail (with 2), or pass, once every case of the
    /// candidate is verified [default: fail]
    #[arg(long, value_name = "CHOICE", env = "DUEL_MISSING_BASE")]
    pub missing_base: Option<MissingBaseChoice>,
}

/// What a gate does if its base has no runner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MissingBaseChoice {
    /// The gate could not be done
    #[default]
    Fail,
    /// It passes if every case of the candidate is right
    Pass,
}
