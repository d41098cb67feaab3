//! The folder that sides are built in: `OUT/git`.
//!
//! ```text
//! OUT/git/lock       held while anything below is made or removed
//! OUT/git/checkout   a link to the source that is built, else to the work tree
//! OUT/git/revision   a revision, checked out for as long as it is built
//! OUT/git/target     cargo's target folder for all sides
//! OUT/git/cache      executables of revisions
//! OUT/git/rustc      this command, as the wrapper that cargo calls for rustc
//! ```
//! Every side is built at one and the same path, `checkout`, one after the other: paths reach
//! debug information, panic messages and `env!("CARGO_MANIFEST_DIR")`, and through their lengths
//! the layout of the code. The link is always there, so that what a runner finds by such a path is
//! there while it is measured; even where another call builds meanwhile.

use std::{
    fs::{self, File, TryLockError},
    io::ErrorKind,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context, Result};

use crate::{
    folder::unwritable,
    git::{self, Repository},
    settings::Settings,
};

/// The names that compilers see, in [`Place`]'s folder.
pub const CHECKOUT: &str = "checkout";
pub const REVISION: &str = "revision";

/// `OUT/git`, locked until dropped.
pub struct Place {
    /// Without symbolic links, since compilers tell their folder without.
    pub folder: PathBuf,
    repository: Repository,
    _lock: File,
}

impl Place {
    /// Takes the lock, and clears away what a killed call has left.
    ///
    /// # Errors
    /// When the output folder can't be written.
    pub fn take(repository: Repository, settings: &Settings) -> Result<Self> {
        let make = || -> Result<_> {
            let folder = settings.out.join("git");
            fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
            let folder =
                fs::canonicalize(&folder).with_context(|| format!("cannot find {}", folder.display()))?;
            let path = folder.join("lock");
            let lock = File::create(&path).with_context(|| format!("cannot make {}", path.display()))?;
            match lock.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    settings.terminal.note(&format!(
                        "waiting for another call that builds in {} (it holds {})",
                        folder.display(),
                        path.display()
                    ));
                    lock.lock().with_context(|| format!("cannot lock {}", path.display()))?;
                }
                Err(TryLockError::Error(error)) => {
                    return Err(error).with_context(|| format!("cannot lock {}", path.display()));
                }
            }
            Ok((folder, lock))
        };
        let (folder, lock) = make().map_err(|error| unwritable(&settings.out, &error))?;
        let place = Self { folder, repository, _lock: lock };
        place.clear()?;
        Ok(place)
    }

    pub fn repository(&self) -> &Repository {
        &self.repository
    }

    /// The path at which every side is built.
    pub fn checkout(&self) -> PathBuf {
        self.folder.join(CHECKOUT)
    }

    fn revision(&self) -> PathBuf {
        self.folder.join(REVISION)
    }

    pub fn target(&self) -> PathBuf {
        self.folder.join("target")
    }

    pub fn cache(&self) -> PathBuf {
        self.folder.join("cache")
    }

    /// Checks a commit out and has the checkout's path lead to it, until what is returned is
    /// dropped.
    ///
    /// # Errors
    /// When git can't.
    pub fn check_out(&self, commit: &str) -> Result<Revision<'_>> {
        // The guard stands before git begins, for what git leaves where it is broken off.
        let guard = Revision(self);
        self.repository.check_out(commit, &self.revision())?;
        if self.revision().join(".gitmodules").is_file() {
            git::fill_submodules(&self.revision())?;
        }
        link(&self.revision(), &self.checkout())?;
        Ok(guard)
    }

    /// Has the checkout's path lead to the work tree, and removes a revision that is checked out
    /// together with what its repository knows of it.
    fn clear(&self) -> Result<()> {
        link(&self.repository.root, &self.checkout())?;
        let revision = self.revision();
        let mut repositories = vec![self.repository.root.clone()];
        if revision.is_dir() {
            // Another repository's, where two share an output folder and one call was killed.
            repositories.extend(git::shared_folder(&revision)?);
        }
        // What git knows of it goes even where a file of it stays.
        let removed = remove_all(&revision);
        let forgotten =
            repositories.iter().try_for_each(|repository| git::forget_checkout(repository, &revision));
        removed.and(forgotten)
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
}

/// Removes a folder and all that is in it. After Ctrl-C what cargo started may live on for a moment
/// and write into it, so it is tried for a while.
fn remove_all(folder: &Path) -> Result<()> {
    let given_up = Instant::now() + Duration::from_secs(5);
    loop {
        match fs::remove_dir_all(folder) {
            Err(error) if error.kind() == ErrorKind::NotFound && !folder.exists() => return Ok(()),
            Err(_) if Instant::now() < given_up => std::thread::sleep(Duration::from_millis(20)),
            result => return result.with_context(|| format!("cannot remove {}", folder.display())),
        }
    }
}

/// Makes a link, or changes one, in one step; one that is right is left as it is, since cargo
/// looks at the age of the wrapper's.
fn link(target: &Path, path: &Path) -> Result<()> {
    if fs::read_link(path).is_ok_and(|there| there == target) {
        return Ok(());
    }
    let fresh = path.with_extension("fresh");
    let _ = fs::remove_file(&fresh);
    std::os::unix::fs::symlink(target, &fresh)
        .and_then(|()| fs::rename(&fresh, path))
        .with_context(|| format!("cannot make {}", path.display()))
}

/// A revision that is checked out; gone when this is dropped.
pub struct Revision<'a>(&'a Place);

impl Revision<'_> {
    /// Removes it, and says so where that fails.
    ///
    /// # Errors
    /// When it can't be removed.
    pub fn remove(self) -> Result<()> {
        let place = self.0;
        std::mem::forget(self);
        place.clear()
    }
}

impl Drop for Revision<'_> {
    /// After an error or Ctrl-C, of which more is to be said than of this; what stays is found by
    /// the next call.
    fn drop(&mut self) {
        let _ = self.0.clear();
    }
}

/// `folder/relative`, without a slash at the end where `relative` is empty.
pub fn below(folder: &Path, relative: &Path) -> PathBuf {
    if relative.as_os_str().is_empty() { folder.to_owned() } else { folder.join(relative) }
}
