//! Which crate the command works on, and how cargo builds it.

use std::path::PathBuf;

use clap::Args;

/// Which crate, and how cargo builds it.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Building")]
pub struct CargoArgs {
    /// The crate to work on [default: the one in this folder]
    #[arg(long, value_name = "PATH")]
    pub manifest_path: Option<PathBuf>,
    /// Only this package
    #[arg(short, long, value_name = "NAME")]
    pub package: Option<String>,
    /// Only this bench target
    #[arg(long, value_name = "NAME")]
    pub bench: Option<String>,
    /// Features to build with
    #[arg(short = 'F', long, value_name = "LIST")]
    pub features: Option<String>,
    /// Build without the default features
    #[arg(long)]
    pub no_default_features: bool,
    /// Build with all features
    #[arg(long, conflicts_with_all = ["features", "no_default_features"])]
    pub all_features: bool,
}
