//! Makes one folder the same as another, and gives what it changes a time of its own.
//!
//! cargo decides by the times of files what to compile again. The folder that sides are built in is
//! changed by nobody else, files that stay the same keep their time, and a file that changes becomes newer
//! than everything that was ever built there, whatever the clock says. So cargo's rule and the truth are
//! the same.

use std::{
    collections::BTreeMap,
    fs::{self, File, Metadata},
    io::{self, BufReader, Read},
    os::unix::fs::{MetadataExt, PermissionsExt, symlink},
    path::{Path, PathBuf},
    time::SystemTime,
};

use anyhow::{Context, Result};

/// A path (relative to the folder) that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    pub path: PathBuf,
    /// It was a file and still is one, with other content.
    pub is_content: bool,
}

/// Makes `to` the same as `from`: files by content and permission to execute, links by what they point
/// to. Returns what was added, changed or removed; what is there afterwards of these has the time `changed_at`.
///
/// # Errors
/// When a file can't be read or written.
pub fn mirror(from: &Path, to: &Path, changed_at: SystemTime) -> Result<Vec<Change>> {
    fs::create_dir_all(to).with_context(|| format!("cannot make {}", to.display()))?;
    let mut mirror = Mirror { from, to, changed_at, changes: Vec::new() };
    mirror.folder(Path::new(""))?;
    Ok(mirror.changes)
}

/// Gives a file the time that says "changed".
///
/// # Errors
/// When it can't be opened.
pub fn touch(path: &Path, changed_at: SystemTime) -> Result<()> {
    File::options()
        .append(true)
        .open(path)
        .and_then(|file| file.set_modified(changed_at))
        .with_context(|| format!("cannot set the time of {}", path.display()))
}

struct Mirror<'a> {
    from: &'a Path,
    to: &'a Path,
    changed_at: SystemTime,
    changes: Vec<Change>,
}

/// What is in a folder, by name.
fn entries(folder: &Path) -> Result<BTreeMap<std::ffi::OsString, Metadata>> {
    let read = || -> io::Result<_> {
        fs::read_dir(folder)?.map(|entry| entry.and_then(|it| Ok((it.file_name(), it.metadata()?)))).collect()
    };
    read().with_context(|| format!("cannot read the folder {}", folder.display()))
}

impl Mirror<'_> {
    fn folder(&mut self, folder: &Path) -> Result<()> {
        let wanted = entries(&self.from.join(folder))?;
        let mut there = entries(&self.to.join(folder))?;
        for (name, kind) in &wanted {
            let path = folder.join(name);
            let old = there.remove(name);
            if kind.is_dir() {
                if !old.as_ref().is_some_and(Metadata::is_dir) {
                    self.remove(&path, old.as_ref())?;
                    let made = self.to.join(&path);
                    fs::create_dir(&made).with_context(|| format!("cannot make {}", made.display()))?;
                }
                self.folder(&path)?;
            } else if !old.as_ref().is_some_and(|old| self.is_same(&path, kind, old)) {
                self.remove(&path, old.as_ref())?;
                self.copy(&path, kind)?;
                let is_content = old.is_some_and(|old| {
                    old.is_file() && kind.is_file() && executable_by(&old) == executable_by(kind)
                });
                self.changes.push(Change { path, is_content });
            }
        }
        for (name, old) in there {
            let path = folder.join(name);
            self.remove(&path, Some(&old))?;
            self.changes.push(Change { path, is_content: false });
        }
        Ok(())
    }

    fn is_same(&self, path: &Path, wanted: &Metadata, old: &Metadata) -> bool {
        let (from, to) = (self.from.join(path), self.to.join(path));
        if wanted.is_symlink() || old.is_symlink() {
            return fs::read_link(from).ok().zip(fs::read_link(to).ok()).is_some_and(|(a, b)| a == b);
        }
        wanted.is_file()
            && old.is_file()
            && wanted.len() == old.len()
            && executable_by(wanted) == executable_by(old)
            && same_content(&from, &to).unwrap_or(false)
    }

    fn copy(&self, path: &Path, kind: &Metadata) -> Result<()> {
        let (from, to) = (self.from.join(path), self.to.join(path));
        let copied = if kind.is_symlink() {
            fs::read_link(&from).and_then(|target| symlink(target, &to))
        } else if kind.is_file() {
            fs::copy(&from, &to).map(|_| ())
        } else {
            // A pipe or a socket is nobody's source.
            Ok(())
        };
        copied.with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))?;
        if kind.is_file() { touch_copied(&to, self.changed_at) } else { Ok(()) }
    }

    fn remove(&self, path: &Path, old: Option<&Metadata>) -> Result<()> {
        let Some(old) = old else { return Ok(()) };
        let path = self.to.join(path);
        let removed = if old.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        removed.with_context(|| format!("cannot remove {}", path.display()))
    }
}

/// Who may execute a file.
fn executable_by(file: &Metadata) -> u32 {
    file.permissions().mode() & 0o111
}

/// A copy has the permissions of the original, which may not allow it to be written.
fn touch_copied(path: &Path, changed_at: SystemTime) -> Result<()> {
    let set = || {
        let mut permissions = fs::metadata(path)?.permissions();
        permissions.set_mode(permissions.mode() | 0o600);
        fs::set_permissions(path, permissions)
    };
    set().with_context(|| format!("cannot make {} writable", path.display()))?;
    touch(path, changed_at)
}

/// Whether two files have the same content.
///
/// # Errors
/// When one can't be read.
pub fn same_content(one: &Path, other: &Path) -> io::Result<bool> {
    let place = |path| fs::metadata(path).map(|it| (it.dev(), it.ino()));
    if place(one)? == place(other)? {
        return Ok(true);
    }
    let (mut one, mut other) = (BufReader::new(File::open(one)?), BufReader::new(File::open(other)?));
    let (mut a, mut b) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    loop {
        let length = read_full(&mut one, &mut a)?;
        if read_full(&mut other, &mut b)? != length || a[..length] != b[..length] {
            return Ok(false);
        }
        if length == 0 {
            return Ok(true);
        }
    }
}

fn read_full(file: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while length < buffer.len() {
        match file.read(&mut buffer[length..])? {
            0 => break,
            read => length += read,
        }
    }
    Ok(length)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn write(folder: &Path, path: &str, text: &str) {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn time(path: &Path) -> SystemTime {
        fs::metadata(path).unwrap().modified().unwrap()
    }

    #[test]
    fn what_changes_gets_the_time_and_all_else_keeps_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        for (path, text) in [("same", "a"), ("changed", "12"), ("dir/gone", "x"), ("swap/file", "y")] {
            write(&from, path, text);
        }
        symlink("same", from.join("link")).unwrap();
        let first = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        assert_eq!(mirror(&from, &to, first).unwrap().len(), 5);
        assert_eq!(mirror(&from, &to, first + Duration::from_secs(9)).unwrap(), Vec::new());

        // Of the same length, and older than what it replaces.
        write(&from, "changed", "34");
        touch(&from.join("changed"), SystemTime::UNIX_EPOCH).unwrap();
        fs::remove_file(from.join("dir/gone")).unwrap();
        fs::remove_dir_all(from.join("swap")).unwrap();
        write(&from, "swap", "now a file");
        fs::remove_file(from.join("link")).unwrap();
        symlink("changed", from.join("link")).unwrap();
        let mut permissions = fs::metadata(from.join("same")).unwrap().permissions();
        permissions.set_mode(0o755);
        fs::set_permissions(from.join("same"), permissions).unwrap();
        let second = first + Duration::from_secs(1);
        let mut changes = mirror(&from, &to, second).unwrap();
        changes.sort();
        let paths: Vec<_> = changes.iter().map(|change| change.path.to_str().unwrap()).collect();
        assert_eq!(paths, ["changed", "dir/gone", "link", "same", "swap"]);
        let of_content: Vec<_> = changes.iter().filter(|change| change.is_content).collect();
        assert_eq!(of_content, [&Change { path: "changed".into(), is_content: true }]);
        assert_eq!(fs::read_to_string(to.join("changed")).unwrap(), "34");
        assert_eq!(fs::read_to_string(to.join("swap")).unwrap(), "now a file");
        assert_eq!(fs::read_link(to.join("link")).unwrap(), Path::new("changed"));
        assert!(!to.join("dir/gone").exists() && to.join("dir").is_dir());
        assert_eq!([time(&to.join("changed")), time(&to.join("same"))], [second, second]);
    }

    #[test]
    fn a_file_that_somebody_changed_in_the_copy_is_put_right() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        write(&from, "file", "right");
        mirror(&from, &to, SystemTime::now()).unwrap();
        write(&to, "file", "wrong");
        write(&to, "more", "not wanted");
        assert_eq!(mirror(&from, &to, SystemTime::now()).unwrap().len(), 2);
        assert_eq!(fs::read_to_string(to.join("file")).unwrap(), "right");
        assert!(!to.join("more").exists());
    }
}
