//! Notices whether runners see what differs between the two sides.
//!
//! Two sides with one executable do the same only if they see the same. So the files that only one side has,
//! or that are not the same on both, are watched from before a runner is started for the first time. What can be
//! seen without opening a file (that it is there, its size) can't be watched: of that the runner must not even
//! have the name.

use std::{
    collections::BTreeSet,
    fs::{self, Metadata},
    io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::Mutex,
};

use memchr::memmem;
use object::{Object, ObjectSegment};

use super::{mirror::same_content, opens::Opens};

/// More files than this are not watched one by one.
const MOST_WATCHED: usize = 4_000;
/// More names than this are not looked for in runners.
const MOST_NAMES: usize = 200;
/// Ends of names of which runners have many that they never ask for: panics name sources, messages name
/// documents.
const IN_MESSAGES: [&str; 2] = [".rs", ".md"];

/// The files that differ between two sides, while they are watched.
#[derive(Debug)]
pub struct Watch {
    /// `None` where the system can't watch them.
    opens: Option<Opens>,
    differing: Differing,
    /// What a runner may see without opening it.
    exposed: Vec<PathBuf>,
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
    /// They opened none, and may have learnt from these that they differ all the same.
    Exposed(Vec<PathBuf>),
    /// Nobody knows.
    Unknown,
}

impl Watch {
    /// Watches whatever differs between two folders. `runners` are the executables that are the same on both
    /// sides.
    pub fn new(one: &Path, other: &Path, runners: &[PathBuf]) -> Self {
        let mut differing = Differing::default();
        let found = differing.collect(one, other, Path::new(""));
        let opens = found.and_then(|()| watch(&differing, &[one, other])).ok();
        let mut exposed: Vec<PathBuf> = differing.elsewhere.iter().cloned().collect();
        exposed.extend(differing.named_in(runners));
        Self { opens, differing, exposed, opened: Mutex::default() }
    }

    /// What was opened since it was made.
    pub fn opened(&self) -> Opened {
        let (Some(opens), Ok(mut opened)) = (&self.opens, self.opened.lock()) else { return Opened::Unknown };
        let Ok(events) = opens.events() else { return Opened::Unknown };
        let counts = |event: &super::opens::Event| {
            // In a folder that is watched itself, files are opened that are the same on both sides.
            !event.is_written
                && (event.entry.is_none() || self.differing.repositories.contains(&event.watched))
        };
        opened.extend(events.iter().filter(|event| counts(event)).map(super::opens::Event::path));
        match (opened.is_empty(), self.exposed.is_empty()) {
            (true, true) => Opened::None,
            (true, false) => Opened::Exposed(self.exposed.clone()),
            (false, _) => Opened::Some(opened.iter().cloned().collect()),
        }
    }
}

fn watch(differing: &Differing, sides: &[&Path]) -> io::Result<Opens> {
    if differing.files.len() > MOST_WATCHED {
        return Err(io::Error::other("too many files differ"));
    }
    let mut opens = Opens::new()?;
    for path in differing.files.iter().chain(&differing.repositories) {
        for live in sides.iter().map(|side| side.join(path)) {
            // A link that leads nowhere can't be opened.
            if live.exists() {
                opens.add(&live, path.clone())?;
            }
        }
    }
    Ok(opens)
}

/// What is not the same on both sides, by path below them.
#[derive(Debug, Default)]
struct Differing {
    /// Files that differ, and folders in which one side has an entry more.
    files: BTreeSet<PathBuf>,
    /// Of these, what can be told apart without opening it: by its size, or since one side does not have it.
    visible: BTreeSet<PathBuf>,
    /// Links that lead elsewhere, and files with other permissions.
    elsewhere: BTreeSet<PathBuf>,
    /// git's own folders, which tell the commit.
    repositories: BTreeSet<PathBuf>,
}

impl Differing {
    fn collect(&mut self, one: &Path, other: &Path, below: &Path) -> io::Result<()> {
        let names = |side: &Path| -> io::Result<BTreeSet<_>> {
            fs::read_dir(side.join(below))?.map(|entry| Ok(entry?.file_name())).collect()
        };
        let (ours, theirs) = (names(one)?, names(other)?);
        if ours != theirs {
            self.files.insert(below.to_owned());
        }
        for name in ours.union(&theirs) {
            let path = below.join(name);
            if name == ".git" {
                self.repositories.insert(path);
                continue;
            }
            match [one, other].map(|side| fs::symlink_metadata(side.join(&path))) {
                [Ok(ours), Ok(theirs)] if ours.is_dir() && theirs.is_dir() => {
                    self.collect(one, other, &path)?;
                }
                [Ok(ours), Ok(theirs)] if ours.is_symlink() && theirs.is_symlink() => {
                    if fs::read_link(one.join(&path))? != fs::read_link(other.join(&path))? {
                        self.elsewhere.insert(path);
                    }
                }
                [Ok(ours), Ok(theirs)] if ours.is_file() && theirs.is_file() => {
                    if mode(&ours) != mode(&theirs) {
                        self.elsewhere.insert(path.clone());
                    }
                    if ours.len() != theirs.len() {
                        self.visible.insert(path.clone());
                        self.files.insert(path);
                    } else if !same_content(&one.join(&path), &other.join(&path))? {
                        self.files.insert(path);
                    }
                }
                _ => self.everything(&[one, other], &path)?,
            }
        }
        Ok(())
    }

    /// All that is below a path that only one side has, or that is something else on the other.
    fn everything(&mut self, sides: &[&Path], path: &Path) -> io::Result<()> {
        self.files.insert(path.to_owned());
        self.visible.insert(path.to_owned());
        for side in sides {
            if fs::symlink_metadata(side.join(path)).is_ok_and(|kind| kind.is_dir()) {
                for entry in fs::read_dir(side.join(path))? {
                    self.everything(sides, &path.join(entry?.file_name()))?;
                }
            }
        }
        Ok(())
    }

    /// What can be told apart without opening it and whose name one of these executables has, outside of what
    /// is for debuggers. All of it where an executable can't be read.
    fn named_in(&self, runners: &[PathBuf]) -> Vec<PathBuf> {
        let name = |path: &Path| path.file_name().map(|name| name.as_encoded_bytes().to_vec());
        let may_be_named = |path: &&PathBuf| {
            let name = path.to_string_lossy();
            !IN_MESSAGES.iter().any(|end| name.ends_with(end))
        };
        let mut names: Vec<&PathBuf> = self.visible.iter().filter(may_be_named).collect();
        if runners.is_empty() || names.is_empty() {
            return Vec::new();
        }
        if names.len() <= MOST_NAMES {
            let loaded: Option<Vec<Vec<u8>>> = runners.iter().map(|path| loaded(path)).collect();
            if let Some(loaded) = loaded {
                let is_in = |name: &[u8]| loaded.iter().any(|bytes| memmem::find(bytes, name).is_some());
                names.retain(|path| name(path).is_some_and(|name| is_in(&name)));
            }
        }
        names.into_iter().cloned().collect()
    }
}

fn mode(metadata: &Metadata) -> u32 {
    metadata.permissions().mode() & 0o777
}

/// What of an executable is in memory while it runs.
fn loaded(path: &Path) -> Option<Vec<u8>> {
    let bytes = crate::safe_file::read_executable(path).ok()?;
    let file = object::File::parse(&*bytes).ok()?;
    let parts: Option<Vec<&[u8]>> = file.segments().map(|segment| segment.data().ok()).collect();
    Some(parts?.concat())
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
        let watch = Watch::new(&one, &other, &[]);
        assert_eq!(watch.opened(), Opened::None);
        for path in ["same", "deep/same"] {
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
        // Which commit a side is at.
        fs::read(one.join(".git/HEAD")).unwrap();
        assert!(matches!(watch.opened(), Opened::Some(all) if all.contains(&".git/HEAD".into())));
    }

    #[test]
    fn what_can_be_seen_without_opening_it_counts_where_the_runner_may_ask_for_it() {
        let folder = tempfile::tempdir().unwrap();
        let [one, other] = ["one", "other"].map(|name| folder.path().join(name));
        for side in [&one, &other] {
            write(side, "script", "same");
        }
        let runner = std::env::current_exe().unwrap();
        let opened = || Watch::new(&one, &other, std::slice::from_ref(&runner)).opened();
        assert_eq!(opened(), Opened::None);
        // This test has the first name, and nobody has the second.
        let nobodys = ["nobody", "asks", "for", "me"].join("-");
        write(&one, "asked-for-by-this-test", "1");
        write(&one, &nobodys, "1");
        assert_eq!(opened(), Opened::Exposed(vec!["asked-for-by-this-test".into()]));
        write(&other, "asked-for-by-this-test", "of another size");
        assert_eq!(opened(), Opened::Exposed(vec!["asked-for-by-this-test".into()]));
        write(&other, "asked-for-by-this-test", "2");
        assert_eq!(opened(), Opened::None, "of the same size: to see that it differs, it must be opened");
        fs::set_permissions(one.join("script"), fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(opened(), Opened::Exposed(vec!["script".into()]));
        for (side, target) in [(&one, "a"), (&other, "b")] {
            std::os::unix::fs::symlink(target, side.join("link")).unwrap();
        }
        assert_eq!(opened(), Opened::Exposed(vec!["link".into(), "script".into()]));
    }

    #[test]
    fn what_can_not_be_watched_is_unknown() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Watch::new(&folder.path().join("none"), folder.path(), &[]).opened(), Opened::Unknown);
    }
}
