//! The lock file of a side that has none: both sides of a comparison are built with the same versions.

use std::{fs, path::PathBuf, process::Stdio};

use anyhow::{Context, Result};

use super::lay_out::LaidOut;
use crate::{build::Apart, cargo::Project, cli::CargoArgs};

/// The text of the lock file that a side is built with.
pub enum Lock {
    /// It is among the side's files.
    Own(Vec<u8>),
    /// It was put there.
    Lent(Vec<u8>),
}

impl Lock {
    pub fn text(self) -> Vec<u8> {
        match self {
            Self::Own(text) | Self::Lent(text) => text,
        }
    }
}

/// Gives a side without a lock file the one that is lent, and has cargo add what is missing in it.
/// Nothing is done for a side that has its own.
///
/// # Errors
/// When cargo can't read the manifests, or can't find versions that fit.
pub fn lend(side: &LaidOut, args: &CargoArgs, apart: &Apart, lent: Option<&[u8]>) -> Result<Lock> {
    let path = workspace(apart)?.join("Cargo.lock");
    let read = || fs::read(&path).with_context(|| format!("cannot read {}", path.display()));
    if path.is_file() {
        return read().map(Lock::Own);
    }
    if let Some(lent) = lent {
        fs::write(&path, lent).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Project::apart(args, side.package.join("Cargo.toml"), apart)?;
    read().map(Lock::Lent)
}

/// The folder of the workspace that a side's package belongs to.
fn workspace(apart: &Apart) -> Result<PathBuf> {
    let mut command = apart.cargo();
    command.args(["locate-project", "--workspace", "--message-format", "plain"]).stdin(Stdio::null());
    let output = command.output().context("cannot run cargo")?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr).trim().trim_start_matches("error: ").to_owned();
        return Err(anyhow::anyhow!(words).context("cargo can't read this crate's manifests"));
    }
    let manifest = String::from_utf8(output.stdout).context("the path of the workspace is no text")?;
    Ok(crate::cargo::parent(manifest.trim().as_ref()))
}
