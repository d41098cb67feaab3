//! The executables that a build has made, and how they are kept: with the name of the slot replaced by the
//! side's own.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use super::{
    cache::Kept,
    hash::{self, Hash},
    lay_out::LaidOut,
    place::{SLOT, tree_in_slot},
    relocate::relocate,
};
use crate::{
    cargo::{build::Built, no_runner::NoRunner},
    runner::artifact,
};

/// A runner's executable as it was built.
pub struct AsBuilt {
    /// Its place among what was built.
    pub index: usize,
    executable: PathBuf,
    /// Where it is kept, below the side's folder.
    file: PathBuf,
    pub hash: String,
    pub bytes: Vec<u8>,
}

impl AsBuilt {
    /// Writes it to the side's folder, with its own id and tree; returns the hash of what is written.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn write(&self, id: &str, tree: &str, folder: &Path) -> Result<String> {
        let mut bytes = self.bytes.clone();
        relocate(&mut bytes, SLOT, id);
        relocate(&mut bytes, tree_in_slot(tree), tree);
        write_like(&self.executable, &folder.join(&self.file), &bytes)?;
        Ok(hash::of_bytes(&bytes))
    }
}

/// The runners among what was built.
///
/// # Errors
/// When there is none, or one can't be read.
pub fn among(built: &[Built]) -> Result<Vec<AsBuilt>> {
    let mut runners = Vec::new();
    for (index, built) in built.iter().enumerate() {
        let bytes = read(&built.executable)?;
        if artifact::is_runner(&bytes) {
            let file = PathBuf::from("bin").join(format!("{}-{}", runners.len(), built.target));
            let executable = built.executable.clone();
            runners.push(AsBuilt { index, executable, file, hash: hash::of_bytes(&bytes), bytes });
        }
    }
    if runners.is_empty() {
        let packages: BTreeSet<String> = built.iter().map(|built| built.package.clone()).collect();
        return Err(NoRunner::NoTarget { packages: packages.into_iter().collect() }.into());
    }
    Ok(runners)
}

/// Variables in which cargo describes a package to people: what a README is called makes no runner another.
const DESCRIBING: [&str; 7] = [
    "CARGO_PKG_AUTHORS",
    "CARGO_PKG_DESCRIPTION",
    "CARGO_PKG_HOMEPAGE",
    "CARGO_PKG_LICENSE",
    "CARGO_PKG_LICENSE_FILE",
    "CARGO_PKG_README",
    "CARGO_PKG_REPOSITORY",
];

/// How a runner is kept; its content is to be filled in.
pub fn kept(side: &LaidOut, built: &Built, runner: AsBuilt, libraries: &str, slot: &Path) -> Kept {
    let AsBuilt { file, hash, .. } = runner;
    let mut surroundings = Hash::default();
    surroundings.add("executable", &hash);
    surroundings.add("libraries", libraries);
    let decides = |name: &str| !DESCRIBING.contains(&name);
    for (name, value) in built.environment.iter().filter(|(name, _)| decides(name)) {
        surroundings.add(name, value);
    }
    let folder = built.folder.strip_prefix(slot).unwrap_or(side.relative(&side.package)).to_owned();
    surroundings.add("folder", folder.as_os_str().as_encoded_bytes());
    Kept {
        package: built.package.clone(),
        target: built.target.clone(),
        file,
        folder,
        environment: built.environment.clone(),
        hash,
        surroundings: surroundings.finish(),
        content: String::new(),
    }
}

/// # Errors
/// When it can't be read.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Writes a file with the permissions of another.
///
/// # Errors
/// When it can't be written.
pub fn write_like(model: &Path, path: &Path, bytes: &[u8]) -> Result<()> {
    let write = || {
        fs::create_dir_all(path.parent().unwrap_or(path))?;
        fs::write(path, bytes)?;
        fs::set_permissions(path, fs::metadata(model)?.permissions())
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}
