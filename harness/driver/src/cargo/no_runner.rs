//! The error of a source that has no runner. A gate's base may be such a source for a good reason:
//! the candidate adds the first benchmarks. So it can be told from any other error, through all
//! contexts that are added to it.

use std::path::PathBuf;

use crate::sides::side::Side;

/// Why a source has no runner.
#[derive(Debug, thiserror::Error)]
pub enum NoRunner {
    /// There is no such crate: no manifest at its place.
    #[error("there is no {} in it", .manifest.display())]
    NoCrate {
        /// Where it should be, below the top of the repository.
        manifest: PathBuf,
    },
    /// The workspace has no package of the name that was asked for.
    #[error("no package \"{name}\" here")]
    NoPackage {
        /// The name.
        name: String,
        /// The names that there are.
        known: Vec<String>,
    },
    /// The packages have no bench target of the name that was asked for.
    #[error("no bench target \"{name}\"")]
    NoBench {
        /// The name.
        name: String,
        /// The names that there are.
        known: Vec<String>,
    },
    /// No bench target calls `duel::main!`.
    #[error("no runner in {}: no bench target calls duel::main!", .packages.join(", "))]
    NoTarget {
        /// The packages that were asked for.
        packages: Vec<String>,
    },
    /// Every bench target needs features that are not enabled: its name, and the features.
    #[error("no bench target is built with these features: {}", needs(.0))]
    NoFeatures(Vec<(String, Vec<String>)>),
    /// Every bench target that calls `duel::main!` is built with libtest's `main`.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    ForgottenHarness(Vec<crate::cargo::harness_line::Forgotten>),
}

/// `"iai" needs iai; "b" needs x, y`.
fn needs(targets: &[(String, Vec<String>)]) -> String {
    let needs = targets.iter().map(|(name, features)| format!("\"{name}\" needs {}", features.join(", ")));
    needs.collect::<Vec<_>>().join("; ")
}

impl NoRunner {
    /// What the user can do about it; `side` is the side that has none, of a comparison.
    pub fn help(&self, side: Option<Side>) -> String {
        match self {
            Self::NoTarget { .. } if side == Some(Side::Baseline) => {
                "name a baseline that has one: its files can't be changed any more".to_owned()
            }
            Self::NoCrate { .. } => "name a revision that has this crate, at this place".to_owned(),
            Self::NoPackage { known, .. } | Self::NoBench { known, .. } => {
                format!("there is {}", known.join(", "))
            }
            Self::NoTarget { .. } => "`cargo duel init` adds a first one".to_owned(),
            Self::NoFeatures(targets) => {
                let mut flags: Vec<_> = targets
                    .iter()
                    .map(|(_, features)| format!("--features {}", features.join(",")))
                    .collect();
                flags.dedup();
                format!("enable those of a runner: {}", flags.join(" or "))
            }
            Self::ForgottenHarness(targets) => {
                targets.iter().map(crate::cargo::harness_line::Forgotten::help).collect::<Vec<_>>().join("; ")
            }
        }
    }

    /// Finds it below the contexts of an error.
    pub fn find(error: &anyhow::Error) -> Option<&Self> {
        error.chain().find_map(|cause| cause.downcast_ref())
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::NoRunner;

    #[test]
    fn it_is_found_below_contexts_and_other_errors_are_not_taken_for_it() {
        let error = NoRunner::NoCrate { manifest: "deep/Cargo.toml".into() };
        let wrapped = Err::<(), _>(anyhow::Error::new(error)).context("no baseline").context("no gate");
        let wrapped = wrapped.unwrap_err();
        assert!(matches!(NoRunner::find(&wrapped), Some(NoRunner::NoCrate { .. })), "{wrapped:#}");
        assert!(
            NoRunner::find(&anyhow::anyhow!("there is no Cargo.toml in it").context("no baseline")).is_none()
        );
    }
}
