//! Notices whether runners open files that differ between the two sides.
//!
//! Two sides with one executable do the same only if they read the same. So the files that only one side has,
//! or that are not the same on both, are watched from before a runner is started for the first time.

use std::{
    collections::BTreeSet,
    fs, io,
    mem::MaybeUninit,
    os::fd::OwnedFd,
    path::{Path, PathBuf},
    sync::Mutex,
};

use super::mirror::same_content;
use rustix::{
    fs::inotify::{self, CreateFlags, ReadFlags, WatchFlags},
    io::Errno,
};

/// More files than this are not watched one by one.
const MOST_WATCHED: usize = 4_000;

/// The files that differ between two sides, while they are watched.
#[derive(Debug)]
pub struct Watch {
    /// `None` where the system can't watch them.
    queue: Option<OwnedFd>,
    /// What is watched, by the number that the system gives it.
    watched: Vec<(i32, PathBuf)>,
    /// What was opened up to now.
    opened: Mutex<BTreeSet<PathBuf>>,
}

/// What runners did with files that differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opened {
    /// They opened none of them.
    None,
    /// They opened these, relative to their sides.
    Some(Vec<PathBuf>),
    /// Nobody knows.
    Unknown,
}

impl Watch {
    /// Watches whatever differs between two folders.
    pub fn new(one: &Path, other: &Path) -> Self {
        let mut differing = BTreeSet::new();
        let unknown = Self { queue: None, watched: Vec::new(), opened: Mutex::default() };
        if collect(one, other, Path::new(""), &mut differing).is_err() || differing.len() > MOST_WATCHED {
            return unknown;
        }
        let Ok(queue) = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC) else { return unknown };
        let mut watched = Vec::new();
        for path in &differing {
            for side in [one, other] {
                let live = side.join(path);
                if fs::symlink_metadata(&live).is_err() {
                    continue;
                }
                match inotify::add_watch(&queue, &live, WatchFlags::OPEN) {
                    Ok(number) => watched.push((number, path.clone())),
                    Err(_) => return unknown,
                }
            }
        }
        Self { queue: Some(queue), watched, opened: Mutex::default() }
    }

    /// What was opened since it was made.
    pub fn opened(&self) -> Opened {
        let Some(queue) = &self.queue else { return Opened::Unknown };
        let Ok(mut opened) = self.opened.lock() else { return Opened::Unknown };
        let mut buffer = [const { MaybeUninit::uninit() }; 4096];
        let mut events = inotify::Reader::new(queue, &mut buffer);
        loop {
            match events.next() {
                Ok(event) if event.events().contains(ReadFlags::QUEUE_OVERFLOW) => return Opened::Unknown,
                // In a folder that is watched itself, files are opened that are the same on both sides.
                Ok(event) if event.file_name().is_some() => {}
                Ok(event) => {
                    let path = self.watched.iter().find(|(number, _)| *number == event.wd());
                    opened.extend(path.map(|(_, path)| path.clone()));
                }
                Err(Errno::WOULDBLOCK) => break,
                Err(Errno::INTR) => {}
                Err(_) => return Opened::Unknown,
            }
        }
        if opened.is_empty() { Opened::None } else { Opened::Some(opened.iter().cloned().collect()) }
    }
}

/// Files that differ, and folders in which one side has an entry more.
fn collect(one: &Path, other: &Path, below: &Path, differing: &mut BTreeSet<PathBuf>) -> io::Result<()> {
    let names = |side: &Path| -> io::Result<BTreeSet<_>> {
        fs::read_dir(side.join(below))?.map(|entry| Ok(entry?.file_name())).collect()
    };
    let (ours, theirs) = (names(one)?, names(other)?);
    if ours != theirs {
        differing.insert(below.to_owned());
    }
    for name in ours.union(&theirs).filter(|name| *name != ".git") {
        let path = below.join(name);
        let kinds = [one, other].map(|side| fs::symlink_metadata(side.join(&path)));
        match kinds {
            [Ok(ours), Ok(theirs)] if ours.is_dir() && theirs.is_dir() => {
                collect(one, other, &path, differing)?
            }
            [Ok(ours), Ok(theirs)] if ours.is_symlink() && theirs.is_symlink() => {
                if fs::read_link(one.join(&path))? != fs::read_link(other.join(&path))? {
                    differing.insert(path);
                }
            }
            [Ok(ours), Ok(theirs)] if ours.is_file() && theirs.is_file() => {
                if ours.len() != theirs.len() || !same_content(&one.join(&path), &other.join(&path))? {
                    differing.insert(path);
                }
            }
            _ => everything(&[one, other], &path, differing)?,
        }
    }
    Ok(())
}

/// All that is below a path that only one side has, or that is something else on the other.
fn everything(sides: &[&Path], path: &Path, differing: &mut BTreeSet<PathBuf>) -> io::Result<()> {
    differing.insert(path.to_owned());
    for side in sides {
        if fs::symlink_metadata(side.join(path)).is_ok_and(|kind| kind.is_dir()) {
            for entry in fs::read_dir(side.join(path))? {
                everything(sides, &path.join(entry?.file_name()), differing)?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(folder: &Path, path: &str, text: &str) {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn only_what_differs_and_was_opened_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let [one, other] = ["one", "other"].map(|name| folder.path().join(name));
        for side in [&one, &other] {
            write(side, "same", "a");
            write(side, "deep/same", "a");
            write(side, ".git/HEAD", &side.display().to_string());
        }
        write(&one, "deep/differs", "1");
        write(&other, "deep/differs", "2");
        write(&other, "more/only", "3");
        let watch = Watch::new(&one, &other);
        assert_eq!(watch.opened(), Opened::None);
        for path in ["same", "deep/same", ".git/HEAD"] {
            fs::read(one.join(path)).unwrap();
        }
        assert_eq!(watch.opened(), Opened::None);
        fs::read(other.join("deep/differs")).unwrap();
        fs::read(other.join("more/only")).unwrap();
        let opened = ["deep/differs", "more/only"].map(PathBuf::from).to_vec();
        assert_eq!(watch.opened(), Opened::Some(opened.clone()));
        assert_eq!(watch.opened(), Opened::Some(opened), "it is not forgotten");
        // A folder whose list of files differs.
        fs::read_dir(&other).unwrap().count();
        assert!(matches!(watch.opened(), Opened::Some(all) if all.len() == 3));
    }

    #[test]
    fn what_can_not_be_watched_is_unknown() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Watch::new(&folder.path().join("none"), folder.path()).opened(), Opened::Unknown);
    }
}
