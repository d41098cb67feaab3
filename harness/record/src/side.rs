//! What was established about the two sides of a comparison before its first trial.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Arm;

/// What was established about the two sides of a comparison of artifacts before its first trial.
///
/// Which executables they are is in the record's first line: each [`Artifact`](crate::Artifact) has
/// its hash and the tree that it was built from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sides {
    /// Package and bench target of every runner whose executable, libraries and environment are the
    /// same on both sides. Only the folder that each side runs in may differ.
    pub identical: Vec<String>,
    /// What differs between the sides and is not the code, such as a configuration file, and what both
    /// take from outside of the repository.
    pub differences: Vec<SideDifference>,
}

/// Something that differs between the sides and is not the code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SideDifference {
    /// What kind of thing it is.
    pub kind: DifferenceKind,
    /// Its name, such as `.cargo/config.toml` or `serde`.
    pub name: String,
    /// What the baseline has, in a few words; `None` if it has none.
    pub baseline: Option<String>,
    /// What the candidate has.
    pub candidate: Option<String>,
    /// What was done about it, as a clause, and the flag that chooses otherwise.
    pub policy: String,
}

/// The kinds of things that are not code and yet decide how fast it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DifferenceKind {
    /// cargo's configuration files.
    Configuration,
    /// The compiler.
    Toolchain,
    /// A dependency's version.
    Dependency,
    /// A profile in the workspace's manifest.
    Profile,
    /// A variable that the runner is started with.
    Environment,
    /// A file that is not part of either side's tree.
    SharedFile,
    /// A crate outside of the repository, with which both sides are built.
    SharedCrate,
}

impl fmt::Display for DifferenceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Configuration => "configuration",
            Self::Toolchain => "toolchain",
            Self::Dependency => "dependency",
            Self::Profile => "profile",
            Self::Environment => "environment",
            Self::SharedFile => "shared file",
            Self::SharedCrate => "shared crate",
        })
    }
}

/// A case of a comparison that needs no trials: both sides are the same executable, and made the
/// same data from the same seed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdenticalCase {
    /// The old side.
    pub baseline: Arm,
    /// The new side.
    pub candidate: Arm,
}
