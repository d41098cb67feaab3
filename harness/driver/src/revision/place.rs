//! The folder that sides are built in: `OUT/git`.
//!
//! ```text
//! OUT/git/lock       held while anything below is made or removed
//! OUT/git/checkout   the source, whichever it is at the moment: a revision checked out for its
//!                    build, else a link to the work tree
//! OUT/git/target     cargo's target folder for all sides
//! OUT/git/cache      executables of revisions
//! OUT/git/rustc      this command, as the wrapper that cargo calls for rustc
//! ```
//! Every side is built at one and the same path, one after the other: paths reach debug
//! information, panic messages and `env!("CARGO_MANIFEST_DIR")`, and through their lengths the
//! layout of the code. The link to the work tree stays, so that what a runner finds by such a
//! path is there while it is measured.

use std::{
    fs::{self, File, TryLockError},
    io::ErrorKind,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use crate::{
    folder::unwritable,
    git::{self, Repository},
    settings::Settings,
};

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

    /// Where the source of a side stands while it is built.
    pub fn checkout(&self) -> PathBuf {
        self.folder.join("checkout")
    }

    pub fn target(&self) -> PathBuf {
        self.folder.join("target")
    }

    pub fn cache(&self) -> PathBuf {
        self.folder.join("cache")
    }

    /// Checks a commit out, until what is returned is dropped.
    ///
    /// # Errors
    /// When git can't.
    pub fn check_out(&self, commit: &str) -> Result<Checkout<'_>> {
        self.clear()?;
        // The guard stands before git begins, for what git leaves where it is broken off.
        let checkout = Checkout(self);
        self.repository.check_out(commit, &self.checkout())?;
        if self.checkout().join(".gitmodules").is_file() {
            git::fill_submodules(&self.checkout())?;
        }
        Ok(checkout)
    }

    /// Points the checkout's path to the work tree.
    ///
    /// # Errors
    /// When the link can't be made.
    pub fn point_to_work_tree(&self) -> Result<()> {
        self.clear()?;
        let link = self.checkout();
        std::os::unix::fs::symlink(&self.repository.root, &link)
            .with_context(|| format!("cannot make {}", link.display()))
    }

    /// Removes whatever stands at the checkout's path, and the repository's knowledge of it.
    fn clear(&self) -> Result<()> {
        let checkout = self.checkout();
        let mut repositories = vec![self.repository.root.clone()];
        let removed = match fs::symlink_metadata(&checkout) {
            Ok(there) if there.is_dir() => {
                // Another repository's, where two share an output folder and one call was killed.
                repositories.extend(git::shared_folder(&checkout)?);
                fs::remove_dir_all(&checkout)
            }
            Ok(_) => fs::remove_file(&checkout),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        };
        removed.with_context(|| format!("cannot remove {}", checkout.display()))?;
        repositories.iter().try_for_each(|repository| git::forget_checkout(repository, &checkout))
    }

    /// This command under a path that is the same for every version and place of it: cargo mixes
    /// the wrapper's path into the names of symbols.
    ///
    /// # Errors
    /// When the link can't be made.
    pub fn wrapper(&self) -> Result<PathBuf> {
        let link = self.folder.join("rustc");
        let this = std::env::current_exe().context("cannot tell where this command lies")?;
        if fs::read_link(&link).ok().as_deref() != Some(&this) {
            let fresh = self.folder.join(".rustc");
            let _ = fs::remove_file(&fresh);
            std::os::unix::fs::symlink(&this, &fresh)
                .and_then(|()| fs::rename(&fresh, &link))
                .with_context(|| format!("cannot make {}", link.display()))?;
        }
        Ok(link)
    }
}

/// A revision that is checked out; gone when this is dropped.
pub struct Checkout<'a>(&'a Place);

impl Checkout<'_> {
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

impl Drop for Checkout<'_> {
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
