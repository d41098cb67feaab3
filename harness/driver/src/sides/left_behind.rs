//! What runners have left in the folder of a side that is used again: a side that was just built has none of it.

use std::{ffi::OsStr, fs, os::unix::ffi::OsStrExt, path::Path};

use anyhow::{Context, Result};

use crate::sides::git::{bytes, git};

/// Removes what runners have left among a side's files: not what its build has made there, nor lock files and
/// links, which may have been put there for the build. `root` is the top of its repository below the side's folder,
/// `built` tells what its build has made, by path below that folder.
///
/// # Errors
/// When git can't be run, or a file can't be removed.
pub fn remove(side: &Path, root: &Path, built: impl Fn(&Path) -> bool) -> Result<()> {
    let folder = side.join(root);
    let mut list = git(&folder);
    list.args(["ls-files", "--others", "-z"]);
    let names = bytes(list, "list what was left in a side's folder")?;
    for name in names.split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
        let path = folder.join(OsStr::from_bytes(name));
        let is_file = fs::symlink_metadata(&path).is_ok_and(|kind| kind.is_file());
        let is_built = path.strip_prefix(side).is_ok_and(&built);
        if is_file && !is_built && path.file_name() != Some("Cargo.lock".as_ref()) {
            fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
        }
    }
    Ok(())
}
