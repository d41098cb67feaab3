//! What builds read or write without a word to cargo: build scripts and procedural macros may open any file,
//! and cargo takes for up to date what it compiled before such a file changed.
//!
//! While cargo builds, every file of the side that is opened is noticed. One that was opened more often than
//! the compiler says that it was compiled was read by something else: from then on, the side's own packages
//! are compiled again wherever its content is another.

use std::{
    collections::BTreeMap,
    fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use duel_record::read_regular;
use serde::{Deserialize, Serialize};

use super::{
    dep_info::DepInfo,
    hash::{self, Hash},
    inputs::{declared_by_scripts, immutable},
    lay_out::LaidOut,
    opens::Recorded,
    variables,
};
use crate::{
    cargo::{Project, build::Build},
    safe_file,
};

/// Some hundred bytes for each unit or file.
const LARGEST_BYTES: u64 = 256 << 20;

/// What is known of the builds in one target folder.
pub struct Undeclared {
    path: PathBuf,
    known: Known,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    /// Nobody knows what was read and written: it may be everything.
    anything: bool,
    /// Files and folders that were opened, by path below the folder of the sources, in the order in which
    /// they were noticed.
    read: Vec<PathBuf>,
    /// Whether a build wrote among the sources.
    writes: bool,
}

/// How much of it was known when a unit was compiled. What was noticed later, that unit has not read: every
/// build in the folder was watched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Extent {
    anything: bool,
    read: usize,
}

impl Undeclared {
    /// What is known now.
    pub fn extent(&self) -> Extent {
        Extent { anything: self.known.anything, read: self.known.read.len() }
    }

    /// Reads what is known of a target folder.
    pub fn of(target: &Path) -> Self {
        let path = target.join("duel-undeclared.json");
        let known = read_regular(&path, LARGEST_BYTES)
            .ok()
            .and_then(|text| serde_json::from_slice(&text).ok())
            .unwrap_or_default();
        Self { path, known }
    }

    /// Whether a build may have written among the sources, which are laid out again since then: its build
    /// scripts must run again.
    pub fn may_write(&self) -> bool {
        self.known.writes || self.known.anything
    }

    /// Whether a build may have read the content of this file, by path below the folder of the sources.
    pub fn may_have_read(&self, path: &Path) -> bool {
        self.known.anything || self.known.read.iter().any(|read| read == path)
    }

    /// Takes in what a build opened below `source`; `recorded` is `None` where that could not be watched,
    /// `build` where it failed.
    ///
    /// # Errors
    /// When it can't be written down.
    pub fn note(
        &mut self,
        recorded: Option<&Recorded>,
        project: &Project,
        build: Option<&Build>,
        source: &Path,
    ) -> Result<()> {
        match recorded {
            None => self.known.anything = true,
            Some(recorded) => {
                let declared = build.map(|build| declared(project, build, source)).unwrap_or_default();
                let read = recorded.opened.iter().filter(|(path, times)| {
                    declared.get(*path).copied().unwrap_or(0) < **times && !recorded.written.contains(*path)
                });
                // What is in git's own folder differs with every layout; which commit it is does not.
                let read = read.map(|(path, _)| up_to_git(path));
                // A unit that failed was not compiled: whatever it read will be read again.
                for path in read.filter(|_| build.is_some()) {
                    if !self.known.read.contains(&path) {
                        self.known.read.push(path);
                    }
                }
                self.known.writes |= recorded.written.iter().any(|path| is_source(path));
            }
        }
        let text = serde_json::to_vec(&self.known)?;
        fs::create_dir_all(self.path.parent().unwrap_or(&self.path))
            .and_then(|()| safe_file::write(&self.path, text))
            .with_context(|| format!("cannot write {}", self.path.display()))
    }

    /// The hash of everything that a unit may have read without a word, as it is now: files and variables; and
    /// by a build script also what git says and which files there are.
    ///
    /// # Errors
    /// When a folder can't be read.
    pub fn content(
        &self,
        extent: Extent,
        is_script: bool,
        side: &LaidOut,
        source: &Path,
    ) -> io::Result<String> {
        let mut all = Hash::default();
        for (name, value) in variables::deciding() {
            all.add("variable", name.as_encoded_bytes());
            all.add("value", value.as_encoded_bytes());
        }
        all.add("shared", format!("{:?}", side.shared));
        if extent.anything {
            all.add("everything", hash::of_snapshot(source)?);
        }
        if is_script {
            all.add("listing", listing(source)?);
        }
        for path in self.known.read.iter().take(extent.read) {
            let at = source.join(path);
            // Of another project, or gone.
            let Ok(kind) = fs::metadata(&at) else { continue };
            all.add("path", path.as_os_str().as_encoded_bytes());
            if path.ends_with(".git") {
                // cargo itself looks there, for every package with a build script.
                all.add("repository", if is_script { of_repository(&at) } else { String::new() });
            } else if kind.is_dir() {
                all.add("folder", names(&at)?);
            } else {
                all.add("file", hash::of_file(&at).unwrap_or_default());
            }
        }
        Ok(all.finish())
    }
}

/// What is a source, and not git's or cargo's affair.
pub fn is_source(path: &Path) -> bool {
    up_to_git(path) == path && path.file_name() != Some("Cargo.lock".as_ref())
}

/// The names, kinds and permissions of everything below a folder, as a build script can ask for them without
/// opening anything.
///
/// # Errors
/// When a folder can't be read.
fn listing(folder: &Path) -> io::Result<String> {
    let mut all = Hash::default();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        all.add("folder", names(&folder)?);
        let mut entries = fs::read_dir(&folder)?.collect::<io::Result<Vec<_>>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            if entry.file_type()?.is_dir() && entry.file_name() != ".git" {
                folders.push(entry.path());
            }
        }
    }
    Ok(all.finish())
}

fn names(folder: &Path) -> io::Result<String> {
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    let entries = entries.iter().filter(|entry| entry.file_name() != ".git");
    let line = |entry: &fs::DirEntry| -> io::Result<String> {
        let metadata = entry.metadata()?;
        let target = if metadata.is_symlink() { fs::read_link(entry.path())? } else { PathBuf::new() };
        let executable = metadata.is_file() && metadata.permissions().mode() & 0o111 != 0;
        Ok(format!("{:?} {:?} {executable} {target:?}\n", entry.file_name(), metadata.file_type()))
    };
    entries.map(line).collect()
}

/// Which commit a repository is at, and what its references are.
fn of_repository(folder: &Path) -> String {
    let mut all = Hash::default();
    for name in ["HEAD", "packed-refs", "shallow"] {
        all.add(name, fs::read(folder.join(name)).unwrap_or_default());
    }
    all.finish()
}

/// The path, or that of the repository's own folder where it is in one.
fn up_to_git(path: &Path) -> PathBuf {
    let mut found = PathBuf::new();
    for part in path.components() {
        found.push(part);
        if part.as_os_str() == ".git" {
            break;
        }
    }
    found
}

/// How often every file below a folder was compiled in a build, as the compiler says.
fn declared(project: &Project, build: &Build, source: &Path) -> BTreeMap<PathBuf, usize> {
    let immutable = immutable();
    let mut times = BTreeMap::new();
    for unit in build.units.iter().filter(|unit| !unit.fresh) {
        if immutable.iter().any(|folder| unit.manifest_path.as_std_path().starts_with(folder)) {
            continue;
        }
        let folder = project.compiled_in(&unit.package_id).unwrap_or_default();
        let files = DepInfo::of(unit, &folder).map(|info| info.files).unwrap_or_default();
        for file in files.iter().filter_map(|file| file.strip_prefix(source).ok()) {
            *times.entry(crate::path::normal(file)).or_default() += 1;
        }
    }
    // As often as the script likes.
    for file in declared_by_scripts(project, build) {
        if let Ok(file) = file.strip_prefix(source) {
            times.insert(crate::path::normal(file), usize::MAX);
        }
    }
    times
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listing_tells_names_links_and_permissions_and_not_contents() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        fs::create_dir_all(at("deep/.git")).unwrap();
        fs::write(at("deep/file"), "1").unwrap();
        std::os::unix::fs::symlink("file", at("deep/link")).unwrap();
        let now = || listing(folder.path()).unwrap();
        let first = now();
        fs::write(at("deep/file"), "two").unwrap();
        fs::write(at("deep/.git/index"), "").unwrap();
        assert_eq!(now(), first);
        fs::set_permissions(at("deep/file"), fs::Permissions::from_mode(0o755)).unwrap();
        let second = now();
        assert_ne!(second, first);
        fs::remove_file(at("deep/link")).unwrap();
        std::os::unix::fs::symlink("other", at("deep/link")).unwrap();
        assert_ne!(now(), second);
    }

    #[test]
    fn what_lies_in_gits_folder_stands_for_the_repository() {
        assert_eq!(up_to_git(Path::new("a/.git/refs/x")), Path::new("a/.git"));
        assert_eq!(up_to_git(Path::new("a/.github/x")), Path::new("a/.github/x"));
        assert!(is_source(Path::new("a/gen.rs")) && !is_source(Path::new("a/.git/index")));
    }
}
