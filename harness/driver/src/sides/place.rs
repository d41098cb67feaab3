//! Where sides are built and kept: a folder of the user's cache, outside of any workspace of theirs.
//!
//! ```text
//! CACHE/duel/sides/lock       held while a side is looked for, built or removed
//! CACHE/duel/sides/rustc      this command, as the wrapper that cargo calls for rustc
//! CACHE/duel/sides/built      when the last build ended
//! CACHE/duel/sides/SLOT/      where every side of every project is built, one after the other; `resting` while
//!                             nothing is built
//!     source-of-this-side/    its files
//!     target-of-this-side/    cargo's target folders; dependencies stay there for all sides
//! CACHE/duel/sides/ID/        a side as it was built
//!     entry.json              what it is, and what went into it
//!     in-use                  locked (shared) by each command that measures it
//!     bin/                    its runners
//!     source-of-this-side/    its files, in which its runners are started
//!     target-of-this-side/    what build scripts made that its runners need
//! ```
//! `SLOT` and `ID` have the same length: see [`relocate`](super::relocate). The names behind them are
//! long, so that the compiler does not cut a path within the part that is replaced.

use std::{
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, Result};
use duel_record::read_regular_text;

use crate::{
    command::{settings::Settings, status::helpful},
    machine::limits,
    reporter::Event,
    runner::interrupt,
    safe_file,
};

/// The name that is replaced in everything that was built. Random digits: it occurs nowhere else.
pub const SLOT: &str = "b7e90c5d3f1a48626ce1d90b4a7f5382";
/// What a runner has in place of its tree while it is built. The tree itself must have no part in the
/// compiling: the compiler mixes everything that it reads into the names of symbols.
const TREE: &str = "41c96f0eab2d75389d13f7a8c0465eb2f38a90d7c5b16e24087fad39e6512bc4";
pub const SOURCE: &str = "source-of-this-side";
pub const TARGET: &str = "target-of-this-side";
/// A time in nanoseconds is shorter.
const MOST_TIME_BYTES: u64 = 100;
/// How many sides are kept.
const KEPT: usize = 12;
/// More than this in cargo's target folder, and it is made again.
const MOST_TARGET_BYTES: u64 = 12 << 30;

/// The folder of sides, locked until dropped.
pub struct Place {
    /// Without symbolic links, since compilers tell their folder without.
    pub folder: PathBuf,
    _lock: File,
}

impl Place {
    /// Takes the lock, and clears away what a killed call has left.
    ///
    /// # Errors
    /// When the cache folder can't be written, or lies within a cargo workspace.
    pub fn take(settings: &Settings) -> Result<Self> {
        let folder = limits::cache_folder(&settings.out).join("sides");
        let make = || -> Result<_> {
            fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
            let folder =
                fs::canonicalize(&folder).with_context(|| format!("cannot find {}", folder.display()))?;
            let lock = lock(&folder.join("lock"), settings)?;
            Ok((folder, lock))
        };
        let (folder, lock) = make().map_err(|error| unwritable_cache(&folder, &error))?;
        if let Some(manifest) = folder.ancestors().map(|it| it.join("Cargo.toml")).find(|it| it.is_file()) {
            return Err(helpful(
                format!(
                    "the cache folder {} lies within the cargo project {}",
                    folder.display(),
                    manifest.display()
                ),
                "name another with XDG_CACHE_HOME: cargo would take what is built there for a part of it",
            ));
        }
        let place = Self { folder, _lock: lock };
        place.wake()?;
        place.clear()?;
        place.clear_target()?;
        Ok(place)
    }

    /// The folder of the side that is being built.
    pub fn slot(&self) -> PathBuf {
        self.folder.join(SLOT)
    }

    /// Gives the slot its name for as long as this lives. A runner that holds that name in a form which is not
    /// found, and so not replaced, then finds nothing while it is measured: not the files of whatever side was
    /// built last.
    fn wake(&self) -> Result<()> {
        let (resting, slot) = (self.folder.join(RESTING), self.slot());
        // A killed call left it awake.
        if slot.exists() || !resting.exists() {
            return Ok(());
        }
        fs::rename(&resting, &slot).with_context(|| format!("cannot rename {}", resting.display()))
    }

    /// Takes the slot's name away: after this, nothing can be built.
    ///
    /// # Errors
    /// When it can't be renamed.
    pub fn rest(&self) -> Result<()> {
        let (resting, slot) = (self.folder.join(RESTING), self.slot());
        if !slot.exists() {
            return Ok(());
        }
        remove(&resting)?;
        fs::rename(&slot, &resting).with_context(|| format!("cannot rename {}", slot.display()))
    }

    /// A new, empty folder for a side that is to come.
    ///
    /// # Errors
    /// When it can't be made.
    pub fn fresh(&self, name: &str) -> Result<PathBuf> {
        let folder = self.folder.join(format!("{FRESH}{name}"));
        remove(&folder)?;
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(folder)
    }

    /// This command under a path that is the same for every version and place of it: cargo mixes
    /// the wrapper's path into the names of symbols.
    ///
    /// # Errors
    /// When the link can't be made.
    pub fn wrapper(&self) -> Result<PathBuf> {
        let path = self.folder.join("rustc");
        link(&std::env::current_exe().context("cannot tell where this command lies")?, &path)?;
        Ok(path)
    }

    /// The time for files that change now: later than everything that was built before. Where the clock was
    /// set back since then, everything is forgotten that was built.
    ///
    /// # Errors
    /// When that can't be removed.
    pub fn changed_at(&self) -> Result<SystemTime> {
        let text = read_regular_text(&self.folder.join("built"), MOST_TIME_BYTES).unwrap_or_default();
        let built = text.trim().parse().map_or(UNIX_EPOCH, |ns| UNIX_EPOCH + Duration::from_nanos(ns));
        let now = SystemTime::now();
        if built > now + Duration::from_secs(1) {
            self.forget_built()?;
            return Ok(now);
        }
        Ok(now.max(built + Duration::from_millis(1)))
    }

    /// Keeps the time at which a build ended, for [`changed_at`](Self::changed_at).
    ///
    /// # Errors
    /// When it can't be written.
    pub fn keep_built_at(&self, last_change: SystemTime) -> Result<()> {
        let end = SystemTime::now().max(last_change).duration_since(UNIX_EPOCH).unwrap_or_default();
        let path = self.folder.join("built");
        safe_file::write(&path, format!("{}\n", end.as_nanos()))
            .with_context(|| format!("cannot write {}", path.display()))
    }

    /// Forgets everything that was ever built here.
    ///
    /// # Errors
    /// When it can't be removed.
    pub fn forget_built(&self) -> Result<()> {
        remove(&self.slot().join(TARGET))
    }

    /// Removes sides that were not finished.
    fn clear(&self) -> Result<()> {
        let mut fresh = names(&self.folder).into_iter().filter(|name| name.starts_with(FRESH));
        fresh.try_for_each(|name| remove(&self.folder.join(name)))
    }

    /// Removes a target folder that has become too large.
    fn clear_target(&self) -> Result<()> {
        if size_bytes(&self.slot().join(TARGET)) > MOST_TARGET_BYTES { self.forget_built() } else { Ok(()) }
    }

    /// The folders of the sides that are kept.
    pub fn sides(&self) -> Vec<PathBuf> {
        let is_id = |name: &String| name.len() == SLOT.len() && name != SLOT;
        names(&self.folder).into_iter().filter(is_id).map(|name| self.folder.join(name)).collect()
    }

    /// This id for a side, or another one made from it where somebody measures a side of this id.
    pub fn free_id(&self, wanted: &str) -> String {
        let mut id = wanted.to_owned();
        while is_used(&self.folder.join(&id)) {
            id = super::hash::of_bytes(id.as_bytes());
        }
        id
    }

    /// Removes all but the newest; those that are measured stay.
    pub fn prune(&self) {
        let used = |path: &PathBuf| fs::metadata(path.join(IN_USE)).and_then(|it| it.modified()).ok();
        let mut sides = self.sides();
        sides.sort_by_key(used);
        for path in sides.iter().rev().skip(KEPT) {
            if !is_used(path) {
                // One that can't be removed is in nobody's way.
                let _ = remove(path);
            }
        }
    }
}

impl Drop for Place {
    /// After an error or Ctrl-C, of which more is to be said than of this; what stays is found by the next
    /// call.
    fn drop(&mut self) {
        let _ = self.clear();
        let _ = self.rest();
    }
}

/// The placeholder that a runner has for this tree while it is built, of the same length.
///
/// # Panics
/// When the name of the tree is longer than git's longest.
pub fn tree_in_slot(tree: &str) -> &'static str {
    &TREE[..tree.len()]
}

/// Whether somebody measures a side.
pub fn is_used(side: &Path) -> bool {
    File::open(side.join(IN_USE)).is_ok_and(|lock| lock.try_lock().is_err())
}

const RESTING: &str = "resting";
const FRESH: &str = "fresh-";
const IN_USE: &str = "in-use";

/// Marks a side as used now, and keeps others from removing it until this process ends.
///
/// # Errors
/// When its folder can't be written.
pub fn hold(side: &Path) -> Result<()> {
    let path = side.join(IN_USE);
    let held = || {
        let file = safe_file::open_lock(&path)?;
        file.set_modified(SystemTime::now())?;
        file.lock_shared()?;
        std::io::Result::Ok(file)
    };
    let file = held().with_context(|| format!("cannot hold {}", path.display()))?;
    // Held until the process ends.
    std::mem::forget(file);
    Ok(())
}

/// Removes a folder and all that is in it, if it is there.
///
/// # Errors
/// When it can't be removed.
pub fn remove(folder: &Path) -> Result<()> {
    let given_up = std::time::Instant::now() + Duration::from_secs(5);
    loop {
        match fs::remove_dir_all(folder) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !folder.exists() => return Ok(()),
            // After Ctrl-C what cargo started may write into it for a moment.
            Err(_) if std::time::Instant::now() < given_up => std::thread::sleep(Duration::from_millis(20)),
            result => return result.with_context(|| format!("cannot remove {}", folder.display())),
        }
    }
}

fn lock(path: &Path, settings: &Settings) -> Result<File> {
    let lock = safe_file::open_lock(path).with_context(|| format!("cannot open {}", path.display()))?;
    let mut waits = false;
    loop {
        match lock.try_lock() {
            Ok(()) => return Ok(lock),
            Err(TryLockError::WouldBlock) if interrupt::requested() => anyhow::bail!("interrupted"),
            Err(TryLockError::WouldBlock) => {
                if !waits {
                    settings.reporter.report(&Event::WaitingForBuild { held: path });
                }
                waits = true;
                std::thread::sleep(Duration::from_millis(100));
            }
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("cannot lock {}", path.display()));
            }
        }
    }
}

fn unwritable_cache(folder: &Path, error: &anyhow::Error) -> anyhow::Error {
    helpful(
        format!("the cache folder {} can't be written: {error:#}", folder.display()),
        "name another with XDG_CACHE_HOME",
    )
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
}

fn size_bytes(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => size_bytes(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}

/// Makes a link, or changes one, in one step; one that is right is left as it is, since cargo
/// looks at the age of the wrapper's.
fn link(target: &Path, path: &Path) -> Result<()> {
    if fs::read_link(path).is_ok_and(|there| there == target) {
        return Ok(());
    }
    let fresh = |folder: &Path| {
        tempfile::Builder::new()
            .prefix(".")
            .make_in(folder, |fresh| std::os::unix::fs::symlink(target, fresh))
    };
    fresh(path.parent().unwrap_or(path))
        .and_then(|fresh| Ok(fresh.persist(path)?))
        .with_context(|| format!("cannot make {}", path.display()))
}
