//! Sides as they were built, each in a folder of its own with everything that it needs to run.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use duel_record::read_regular;
use serde::{Deserialize, Serialize};

use super::{
    hash,
    inputs::Inputs,
    left_behind,
    place::{Place, hold, is_used},
    snapshot,
};
use crate::safe_file;

const ENTRY: &str = "entry.json";

/// What a side is, and what went into it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// Hash of what decides and was known before the build.
    pub key: String,
    /// What the build read besides.
    pub inputs: Inputs,
    /// Whether it may serve again: not where cargo chose versions of dependencies at that moment.
    pub reusable: bool,
    /// The git tree that it was built from.
    pub tree: String,
    /// The top of its repository, below the side's folder.
    pub root: PathBuf,
    pub runners: Vec<Kept>,
    /// Everything else that was made for it, by path below the side's folder, with the hash of its content.
    pub files: BTreeMap<PathBuf, String>,
    /// Packages outside of the repository that it was built from.
    pub outside: Vec<Outside>,
}

/// A package outside of the repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outside {
    pub name: String,
    /// Where it really is.
    pub folder: PathBuf,
    /// Hash of its files.
    pub content: String,
}

/// A runner of a side.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Kept {
    pub package: String,
    pub target: String,
    /// Below the side's folder.
    pub file: PathBuf,
    /// The folder that it runs in, below the side's.
    pub folder: PathBuf,
    /// What it is started with, beside this command's environment.
    pub environment: BTreeMap<String, String>,
    /// Hash of the executable as it was built, before it got its own tree and folder: equal for equal code.
    pub hash: String,
    /// Hash of the executable and of everything that it is started with, likewise.
    pub surroundings: String,
    /// Hash of the file that is kept.
    pub content: String,
}

/// A side that is there.
pub struct Found {
    pub folder: PathBuf,
    pub entry: Entry,
}

/// Finds a side that was built from the same, and holds it.
///
/// # Errors
/// When its folder can't be held.
pub fn find(place: &Place, key: &str) -> Result<Option<Found>> {
    for folder in place.sides() {
        let Some(entry) = read(&folder) else { continue };
        if entry.key == key && entry.reusable && entry.inputs.still_hold() && is_whole(&folder, &entry)? {
            // Not while another command measures with it.
            if !is_used(&folder) {
                left_behind::remove(&folder, &entry.root, |file| entry.files.contains_key(file))?;
            }
            hold(&folder)?;
            return Ok(Some(Found { folder, entry }));
        }
    }
    Ok(None)
}

/// An entry names every file of a side with its hash.
const LARGEST_ENTRY_BYTES: u64 = 256 << 20;

fn read(folder: &Path) -> Option<Entry> {
    serde_json::from_slice(&read_regular(&folder.join(ENTRY), LARGEST_ENTRY_BYTES).ok()?).ok()
}

/// Whether everything is still as it was written. Names lead nowhere else.
fn is_whole(folder: &Path, entry: &Entry) -> Result<bool> {
    let within = |path: &Path| path.components().all(|part| matches!(part, std::path::Component::Normal(_)));
    let runners = entry.runners.iter().map(|kept| (&kept.file, &kept.content));
    let mut files = runners.chain(&entry.files);
    let folders = entry.runners.iter().map(|kept| &kept.folder).chain([&entry.root]);
    Ok(!entry.runners.is_empty()
        && folders.into_iter().all(|path| within(path) && folder.join(path).is_dir())
        && files.all(|(path, content)| {
            within(path) && hash::of_file(&folder.join(path)).as_ref() == Some(content)
        })
        && snapshot::is_untouched(&folder.join(&entry.root))?)
}

/// Keeps a side whose folder is complete but for its entry, under its id.
///
/// # Errors
/// When its folder can't be written.
pub fn put(place: &Place, fresh: &Path, id: &str, entry: Entry) -> Result<Found> {
    let folder = place.folder.join(id);
    super::place::remove(&folder)?;
    let text = serde_json::to_vec_pretty(&entry)?;
    safe_file::write(&fresh.join(ENTRY), text)
        .and_then(|()| fs::rename(fresh, &folder))
        .with_context(|| format!("cannot make {}", folder.display()))?;
    hold(&folder)?;
    place.prune();
    Ok(Found { folder, entry })
}
