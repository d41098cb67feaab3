//! Reading texts and executables that somebody else may have put there, and writing files where somebody else may have put links: a checkout or an unpacked run holds links under any
//! name, and a link that is written through changes a file of the user's elsewhere.

use std::{
    fs::{self, File, Permissions},
    io::{self, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Component, Path},
};

use duel_record::{FileError, read_regular, read_regular_text};
use tempfile::Builder;

use crate::path::parent;

/// No source, manifest or configuration is larger.
const LARGEST_TEXT_BYTES: u64 = 64 << 20;
/// No executable with its debug information is larger.
const LARGEST_EXECUTABLE_BYTES: u64 = 8 << 30;

/// Reads a source, a manifest or a configuration file.
///
/// # Errors
/// When it can't be read, is no regular file, too large or not UTF-8.
pub fn read_text(path: &Path) -> Result<String, FileError> {
    read_regular_text(path, LARGEST_TEXT_BYTES)
}

/// Reads an executable.
///
/// # Errors
/// When it can't be read, is no regular file or too large.
pub fn read_executable(path: &Path) -> Result<Vec<u8>, FileError> {
    read_regular(path, LARGEST_EXECUTABLE_BYTES)
}

/// Writes a whole file in one step: it appears under its name when it is complete. A link of that name is
/// replaced, not followed. A file that is there keeps its permissions.
///
/// # Errors
/// When the folder can't be written, or a folder has that name.
pub fn write(path: &Path, bytes: impl AsRef<[u8]>) -> io::Result<()> {
    let there = fs::symlink_metadata(path).ok().filter(fs::Metadata::is_file);
    let mode = there.map_or(0o666, |there| there.permissions().mode());
    let folder = if path.parent() == Some(Path::new("")) { ".".into() } else { parent(path) };
    let mut fresh = Builder::new()
        .prefix(".")
        .suffix(".partial")
        .permissions(Permissions::from_mode(mode))
        .tempfile_in(folder)?;
    fresh.write_all(bytes.as_ref())?;
    fresh.persist(path)?;
    Ok(())
}

/// Opens a lock file, and makes it if it is not there. Its content stays.
///
/// # Errors
/// When it can't be opened, or is a link or no regular file.
pub fn open_lock(path: &Path) -> io::Result<File> {
    let refused = |found: &str| {
        io::Error::other(format!("expected a lock file, found {found}: remove {}", path.display()))
    };
    match fs::symlink_metadata(path) {
        Ok(there) if there.is_symlink() => return Err(refused("a link")),
        Ok(there) if !there.is_file() => return Err(refused("something that is no regular file")),
        _ => {}
    }
    let no_follow = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();
    File::options().read(true).write(true).create(true).truncate(false).custom_flags(no_follow).open(path)
}

/// Makes a folder below `root`, and those on the way to it. A link on the way is removed and replaced by a
/// folder, so that what is written there stays below `root`.
///
/// # Errors
/// When a folder can't be made, or the path leaves `root`.
pub fn own_folder(root: &Path, below: &Path) -> io::Result<()> {
    let mut at = root.to_owned();
    for part in below.components() {
        let Component::Normal(name) = part else {
            return Err(io::Error::other(format!(
                "expected a path below {}, found {}",
                root.display(),
                below.display()
            )));
        };
        at.push(name);
        if fs::symlink_metadata(&at).is_ok_and(|there| there.is_symlink()) {
            fs::remove_file(&at)?;
        }
        match fs::create_dir(&at) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_are_replaced_and_never_written_through() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("precious"), "kept").unwrap();
        for target in ["precious", "made", "/dev/null", "loop"] {
            symlink(target, at("loop")).unwrap();
            write(&at("loop"), "new").unwrap();
            assert_eq!(fs::read_to_string(at("loop")).unwrap(), "new");
            assert!(!fs::symlink_metadata(at("loop")).unwrap().is_symlink());
            fs::remove_file(at("loop")).unwrap();
        }
        assert_eq!(fs::read_to_string(at("precious")).unwrap(), "kept");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn a_file_keeps_its_permissions_and_a_new_one_has_the_usual_ones() {
        let folder = tempfile::tempdir().unwrap();
        let mode = |name: &str| fs::metadata(folder.path().join(name)).unwrap().permissions().mode() & 0o777;
        fs::write(folder.path().join("usual"), "").unwrap();
        write(&folder.path().join("new"), "").unwrap();
        assert_eq!(mode("new"), mode("usual"));
        fs::set_permissions(folder.path().join("usual"), Permissions::from_mode(0o600)).unwrap();
        write(&folder.path().join("usual"), "").unwrap();
        assert_eq!(mode("usual"), 0o600);
    }

    #[test]
    fn a_lock_keeps_its_content_and_is_no_link() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("lock"), "kept").unwrap();
        open_lock(&at("lock")).unwrap();
        open_lock(&at("new")).unwrap();
        assert_eq!(fs::read_to_string(at("lock")).unwrap(), "kept");
        symlink("lock", at("link")).unwrap();
        symlink("nowhere", at("dangling")).unwrap();
        symlink("/dev/zero", at("device")).unwrap();
        for link in ["link", "dangling", "device"] {
            let error = open_lock(&at(link)).unwrap_err().to_string();
            assert!(error.contains("found a link: remove"), "{error}");
        }
        assert!(!at("nowhere").exists());
    }

    #[test]
    fn a_folder_below_a_root_stays_below_it() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("root/deep")).unwrap();
        fs::create_dir(at("elsewhere")).unwrap();
        symlink("../elsewhere", at("root/link")).unwrap();
        own_folder(&at("root"), Path::new("link/below")).unwrap();
        own_folder(&at("root"), Path::new("deep")).unwrap();
        assert!(at("root/link/below").is_dir() && !at("elsewhere/below").exists());
        assert!(own_folder(&at("root"), Path::new("../elsewhere")).is_err());
        assert!(own_folder(&at("root"), Path::new("/tmp")).is_err());
    }
}
