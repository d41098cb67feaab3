//! The lock file of a side that has none: both sides of a comparison are built with the same versions.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use super::lay_out::LaidOut;
use crate::{
    cargo::{Project, apart::Apart, args::CargoArgs},
    children,
    command::status::helpful,
    safe_file,
};

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
    stays_within(side, &path)?;
    let read = || fs::read(&path).with_context(|| format!("cannot read {}", path.display()));
    if path.is_file() {
        return read().map(Lock::Own);
    }
    if let Some(lent) = lent {
        safe_file::write(&path, lent).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Project::apart(args, side.package.join("Cargo.toml"), apart)?;
    read().map(Lock::Lent)
}

/// Refuses a lock file that is a link out of the side, or to nothing: cargo writes through it, and a revision
/// can hold a link to any file of the user's.
fn stays_within(side: &LaidOut, path: &Path) -> Result<()> {
    let Ok(target) = fs::read_link(path) else { return Ok(()) };
    let found = fs::canonicalize(path);
    let folder = path.parent().and_then(|folder| fs::canonicalize(folder).ok());
    let root = fs::canonicalize(&side.root).unwrap_or_else(|_| side.root.clone());
    // A link beside the repository was put there by this command.
    let own = folder.is_some_and(|folder| folder.starts_with(&root));
    if !own || found.as_ref().is_ok_and(|found| found.starts_with(&root)) {
        return Ok(());
    }
    Err(helpful(
        format!(
            "the {}'s Cargo.lock is a link to {}, which {}; expected a file, or a link within the repository",
            side.side,
            target.display(),
            if found.is_ok() { "lies outside of the repository" } else { "is not there" }
        ),
        "commit the lock file itself, or none",
    ))
}

/// The folder of the workspace that a side's package belongs to.
fn workspace(apart: &Apart) -> Result<PathBuf> {
    let mut command = apart.cargo();
    command.args(["locate-project", "--workspace", "--message-format", "plain"]);
    let output = children::output(&mut command, &[]).context("cannot run cargo")?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr).trim().trim_start_matches("error: ").to_owned();
        return Err(anyhow::anyhow!(words).context("cargo can't read this crate's manifests"));
    }
    let manifest = String::from_utf8(output.stdout).context("the path of the workspace is no text")?;
    Ok(crate::path::parent(manifest.trim().as_ref()))
}
