//! How the two sides of a comparison are built: flag over environment over `duel.toml` over default.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::Deserialize;

/// What the command line says of it.
#[derive(Clone, Debug, Default, Args)]
pub struct BuildArgs {
    /// Whose `.cargo/config.toml` a side is built and run with: each its `own`, or both the
    /// `candidate`'s [default: own]
    #[arg(long, value_name = "WHOSE", env = "DUEL_CONFIGURATION")]
    configuration: Option<ConfigurationOf>,
    /// Which toolchain a side is built with: the one in force `here`, or its `own`, which its
    /// rust-toolchain file names [default: here]
    #[arg(long, value_name = "WHICH", env = "DUEL_TOOLCHAIN")]
    toolchain: Option<ToolchainOf>,
    /// A file or folder of the work tree that git ignores and both sides need, such as a data set;
    /// may be repeated
    #[arg(long, value_name = "PATH", env = "DUEL_SHARE", value_delimiter = ',')]
    share: Vec<PathBuf>,
}

/// What `duel.toml` says of it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BuildFile {
    configuration: Option<ConfigurationOf>,
    toolchain: Option<ToolchainOf>,
    #[serde(default)]
    share: Vec<PathBuf>,
}

/// How the sides are built, with nothing left open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BuildSettings {
    pub configuration: ConfigurationOf,
    pub toolchain: ToolchainOf,
    pub share: Vec<PathBuf>,
}

/// Whose configuration files of cargo count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConfigurationOf {
    /// Each side's own
    #[default]
    Own,
    /// The candidate's, for both sides
    Candidate,
}

/// Which toolchain builds a side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ToolchainOf {
    /// The one that is in force where the command is called, for both sides
    #[default]
    Here,
    /// The one that each side's own files name
    Own,
}

impl BuildArgs {
    /// Puts the command line over what `duel.toml` says.
    pub fn over(&self, file: &BuildFile) -> BuildSettings {
        BuildSettings {
            configuration: self.configuration.or(file.configuration).unwrap_or_default(),
            toolchain: self.toolchain.or(file.toolchain).unwrap_or_default(),
            share: if self.share.is_empty() { file.share.clone() } else { self.share.clone() },
        }
    }
}
