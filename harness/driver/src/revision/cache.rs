//! Executables of revisions, kept by what decides about them: `OUT/git/cache/KEY/` holds the
//! runners and `entry.json`, which says what they are. A CI restores this folder.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::{artifact, build::Built};

/// How many revisions' executables are kept.
const KEPT: usize = 8;
const ENTRY: &str = "entry.json";

/// What an entry holds.
#[derive(Deserialize, Serialize)]
struct Entry {
    commit: String,
    runners: Vec<Kept>,
}

#[derive(Deserialize, Serialize)]
struct Kept {
    package: String,
    target: String,
    /// Its package's folder, below the repository's root.
    folder: PathBuf,
    file: String,
    /// BLAKE3 of the executable, in hexadecimal.
    hash: String,
}

/// A folder of entries; the caller sees to it that nobody else writes there.
pub struct Cache {
    folder: PathBuf,
}

impl Cache {
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The executables of an entry, as if just built in the repository at `root`; `None` where
    /// there is no such entry, or not all of it is as it was written.
    pub fn find(&self, key: &str, root: &Path) -> Option<Vec<Built>> {
        let folder = self.folder.join(key);
        let entry: Entry = serde_json::from_slice(&fs::read(folder.join(ENTRY)).ok()?).ok()?;
        let whole = |kept: &Kept| artifact::hash_of(&folder.join(&kept.file)).is_ok_and(|it| it == kept.hash);
        if entry.runners.is_empty() || !entry.runners.iter().all(whole) {
            return None;
        }
        // The newest stay, and what is used counts as new.
        let _ = fs::File::open(&folder).and_then(|it| it.set_modified(std::time::SystemTime::now()));
        let built = |kept: Kept| Built {
            executable: folder.join(&kept.file),
            folder: root.join(&kept.folder),
            package: kept.package,
            target: kept.target,
        };
        Some(entry.runners.into_iter().map(built).collect())
    }

    /// Copies the runners among what was built from a checkout, in one step.
    ///
    /// # Errors
    /// When the folder can't be written.
    pub fn put(&self, key: &str, commit: &str, built: &[Built], checkout: &Path) -> Result<()> {
        let fresh = self.folder.join(".fresh");
        let folder = self.folder.join(key);
        for old in [&fresh, &folder] {
            if old.exists() {
                fs::remove_dir_all(old).with_context(|| format!("cannot remove {}", old.display()))?;
            }
        }
        fs::create_dir_all(&fresh).with_context(|| format!("cannot make {}", fresh.display()))?;
        let mut runners = Vec::new();
        for (number, built) in built.iter().enumerate() {
            if !artifact::is_runner(&built.executable)? {
                continue;
            }
            let file = format!("{number}-{}", built.target);
            let copy = fresh.join(&file);
            fs::copy(&built.executable, &copy).with_context(|| format!("cannot make {}", copy.display()))?;
            runners.push(Kept {
                package: built.package.clone(),
                target: built.target.clone(),
                folder: built.folder.strip_prefix(checkout).unwrap_or(Path::new("")).to_owned(),
                hash: artifact::hash_of(&copy)?,
                file,
            });
        }
        let entry = serde_json::to_vec_pretty(&Entry { commit: commit.to_owned(), runners })?;
        fs::write(fresh.join(ENTRY), entry)
            .and_then(|()| fs::rename(&fresh, &folder))
            .with_context(|| format!("cannot make {}", folder.display()))?;
        self.prune();
        Ok(())
    }

    /// Removes all but the newest; one that can't be removed is in nobody's way.
    fn prune(&self) {
        let mut entries: Vec<_> = fs::read_dir(&self.folder)
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
            .collect();
        entries.sort();
        for (_, path) in entries.iter().rev().skip(KEPT) {
            let _ = fs::remove_dir_all(path);
        }
    }
}
