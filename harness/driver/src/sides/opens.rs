//! Notices which files of some folders are opened or written, by any process.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    io,
    mem::MaybeUninit,
    os::fd::OwnedFd,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use rustix::{
    fs::inotify::{self, CreateFlags, ReadFlags, WatchFlags},
    io::Errno,
};

/// How often the queue of a [`Recorder`] is emptied; the system keeps 16,384 events.
const PERIOD: Duration = Duration::from_millis(20);

/// Something that was done to a file or folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The watched path, under the name that it was given.
    pub watched: PathBuf,
    /// The entry of the watched folder that it was done to; `None`: to what is watched itself.
    pub entry: Option<PathBuf>,
    /// It was made or written, not only opened.
    pub is_written: bool,
}

impl Event {
    pub fn path(&self) -> PathBuf {
        self.entry.as_ref().map_or_else(|| self.watched.clone(), |entry| self.watched.join(entry))
    }
}

/// A queue of what happens to what is watched.
#[derive(Debug)]
pub struct Opens {
    queue: OwnedFd,
    watched: HashMap<i32, PathBuf>,
}

impl Opens {
    /// Watches nothing yet.
    ///
    /// # Errors
    /// When the system has no more queues.
    pub fn new() -> io::Result<Self> {
        let queue = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?;
        Ok(Self { queue, watched: HashMap::new() })
    }

    /// Watches a file, or a folder with its direct entries. A link is followed.
    ///
    /// # Errors
    /// When it is not there, or the system can't watch more.
    pub fn add(&mut self, path: &Path, name: PathBuf) -> io::Result<()> {
        let flags = WatchFlags::OPEN | WatchFlags::CLOSE_WRITE | WatchFlags::CREATE | WatchFlags::MOVED_TO;
        self.watched.insert(inotify::add_watch(&self.queue, path, flags)?, name);
        Ok(())
    }

    /// What happened since the last call.
    ///
    /// # Errors
    /// When events were lost.
    pub fn events(&self) -> io::Result<Vec<Event>> {
        let mut buffer = [const { MaybeUninit::uninit() }; 16_384];
        let mut reader = inotify::Reader::new(&self.queue, &mut buffer);
        let mut events = Vec::new();
        loop {
            match reader.next() {
                Ok(event) if event.events().contains(ReadFlags::QUEUE_OVERFLOW) => {
                    return Err(io::Error::other("more files were opened than the system keeps count of"));
                }
                Ok(event) => {
                    let Some(watched) = self.watched.get(&event.wd()) else { continue };
                    let entry = event
                        .file_name()
                        .map(|name| std::os::unix::ffi::OsStrExt::from_bytes(name.to_bytes()));
                    let entry = entry.map(|name: &std::ffi::OsStr| PathBuf::from(name));
                    let is_written = !event.events().contains(ReadFlags::OPEN);
                    events.push(Event { watched: watched.clone(), entry, is_written });
                }
                Err(Errno::WOULDBLOCK) => return Ok(events),
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// What happened below a folder while it was watched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    /// How often each file or folder was opened, by path below the folder.
    pub opened: BTreeMap<PathBuf, usize>,
    /// What was made or written.
    pub written: BTreeSet<PathBuf>,
}

/// Watches all folders below one until it is asked.
pub struct Recorder {
    end: Arc<AtomicBool>,
    thread: Option<JoinHandle<io::Result<Recorded>>>,
}

impl Recorder {
    /// Starts to watch; links are not followed.
    ///
    /// # Errors
    /// When the system can't watch all of them.
    pub fn start(folder: &Path) -> io::Result<Self> {
        let mut opens = Opens::new()?;
        add_folders(&mut opens, folder, Path::new(""))?;
        // What was done to add them.
        opens.events()?;
        let end = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&end);
        let record = move || {
            let mut recorded = Recorded::default();
            loop {
                let is_last = ended.load(Ordering::Acquire);
                for event in opens.events()? {
                    let path = event.path();
                    if event.is_written {
                        recorded.written.insert(path);
                    } else {
                        *recorded.opened.entry(path).or_default() += 1;
                    }
                }
                if is_last {
                    return Ok(recorded);
                }
                std::thread::sleep(PERIOD);
            }
        };
        Ok(Self { end, thread: Some(std::thread::spawn(record)) })
    }

    /// What happened since it was started.
    ///
    /// # Errors
    /// When some of it was lost.
    pub fn finish(mut self) -> io::Result<Recorded> {
        self.end.store(true, Ordering::Release);
        let thread = self.thread.take().ok_or_else(|| io::Error::other("asked twice"))?;
        thread.join().map_err(|_| io::Error::other("the thread that watches files has panicked"))?
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.end.store(true, Ordering::Release);
    }
}

fn add_folders(opens: &mut Opens, folder: &Path, below: &Path) -> io::Result<()> {
    opens.add(&folder.join(below), below.to_owned())?;
    let is_of_git = below.components().any(|part| part.as_os_str() == ".git");
    for entry in std::fs::read_dir(folder.join(below))? {
        let entry = entry?;
        // Whatever is asked of git, it opens its uppermost folder's files.
        if entry.file_type()?.is_dir() && !is_of_git {
            add_folders(opens, folder, &below.join(entry.file_name()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn opened_and_written_files_are_told_apart_and_counted() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("deep/.git/objects")).unwrap();
        for path in ["deep/read", "deep/untouched", "deep/.git/HEAD", "deep/.git/objects/0"] {
            fs::write(folder.path().join(path), "x").unwrap();
        }
        let recorder = Recorder::start(folder.path()).unwrap();
        for path in ["deep/read", "deep/.git/HEAD", "deep/.git/objects/0", "deep/read"] {
            fs::read(folder.path().join(path)).unwrap();
        }
        fs::write(folder.path().join("made"), "x").unwrap();
        let recorded = recorder.finish().unwrap();
        assert_eq!(recorded.opened.get(Path::new("deep/.git/HEAD")), Some(&1));
        // Twice in a row may be noticed once only, and was not in a row.
        assert_eq!(recorded.opened.get(Path::new("deep/read")), Some(&2));
        assert!(!recorded.opened.contains_key(Path::new("deep/untouched")));
        assert_eq!(recorded.written.into_iter().collect::<Vec<_>>(), [PathBuf::from("made")]);
    }
}
