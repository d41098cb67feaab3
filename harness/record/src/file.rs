//! `record.jsonl` on disk: append-only, readable after a cut at any byte.

use std::{
    collections::HashSet,
    fs::{File, OpenOptions},
    hash::{DefaultHasher, Hash, Hasher},
    io::{self, BufRead, BufReader, Read, Seek, Write},
    path::{Path, PathBuf},
};

use crate::{FileError, Line, Started, open_regular, plain};

/// The version of the record's format; raised whenever a line changes its meaning.
pub const FORMAT_VERSION: u32 = 2;
/// The longest line that is read. The longest that are written are profiles, of some megabytes.
const LONGEST_LINE_BYTES: u64 = 64 << 20;
/// The largest record that is read: some hundred thousand trials.
const LARGEST_BYTES: u64 = 512 << 20;

/// What can go wrong with a record on disk.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file can't be read, is no regular file or is too large.
    #[error(transparent)]
    File(#[from] FileError),
    /// A line is longer than any that is written.
    #[error(
        "{}:{number}: expected a line of at most {LONGEST_LINE_BYTES} bytes, found more; no run writes such a line: get the \
         record again from where it was made",
        path.display()
    )]
    LongLine {
        /// The file.
        path: PathBuf,
        /// Which line, from 1.
        number: usize,
    },
    /// A line in the middle is not of the record's format.
    #[error("{}:{number}: not a line of a record", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// Which line, from 1.
        number: usize,
        /// Why.
        source: serde_json::Error,
    },
    /// The file has no first line that says what it is.
    #[error("{} is not a record: its first line does not start a run", path.display())]
    NotARecord {
        /// The file.
        path: PathBuf,
    },
    /// Written by another version.
    #[error("{} has format {found}, expected {FORMAT_VERSION}: use the version of duel that wrote it ({version})", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// The format found.
        found: u32,
        /// The command's version that wrote it.
        version: String,
    },
}

/// A record as read.
#[derive(Clone, Debug)]
pub struct Recording {
    /// Its first line.
    pub started: Started,
    /// All lines after it.
    pub lines: Vec<Line>,
    /// Bytes at the end that are no whole line: the piece under way when the run was cut.
    pub cut_bytes: u64,
}

/// Reads a record from its file, as [`read_from`] does.
///
/// # Errors
/// See [`ReadError`]; every error names the file.
pub fn read(path: &Path) -> Result<Recording, ReadError> {
    read_from(BufReader::new(open_regular(path, LARGEST_BYTES)?), path)
}

/// Reads a record. A last line that was cut in the middle is left out and counted. A trial that is there
/// twice, as in a record that was appended to itself, is read once. `path` only names the source in errors.
///
/// # Errors
/// See [`ReadError`].
pub fn read_from(mut reader: impl BufRead, path: &Path) -> Result<Recording, ReadError> {
    let io_error = |source| FileError::Io { path: path.to_owned(), source };
    let mut started: Option<Started> = None;
    let mut lines = Vec::new();
    let mut cut_bytes = 0;
    let mut bytes = Vec::new();
    let mut trials = HashSet::new();
    for number in 1.. {
        bytes.clear();
        let mut line = reader.by_ref().take(LONGEST_LINE_BYTES + 1);
        let length = line.read_until(b'\n', &mut bytes).map_err(io_error)?;
        if length == 0 {
            break;
        }
        if length as u64 > LONGEST_LINE_BYTES {
            return Err(ReadError::LongLine { path: path.to_owned(), number });
        }
        if bytes.last() != Some(&b'\n') {
            cut_bytes = length as u64;
            break;
        }
        if started.is_none() {
            check_format(&bytes, path)?;
        }
        let line = Line::from_json(&plain::json(&bytes)).map_err(|source| ReadError::Line {
            path: path.to_owned(),
            number,
            source,
        })?;
        match (line, &started) {
            (Line::Started(first), None) => started = Some(*first),
            (_, None) => return Err(ReadError::NotARecord { path: path.to_owned() }),
            (line, Some(_)) if is_repeated(&line, &mut trials) => {}
            (line, Some(_)) => lines.push(line),
        }
    }
    let started = started.ok_or_else(|| ReadError::NotARecord { path: path.to_owned() })?;
    Ok(Recording { started, lines, cut_bytes })
}

/// Whether a trial is among `trials`, which it is added to. A comparison has one trial of each index and purpose, so
/// another one is a copy, whatever else was changed of it.
fn is_repeated(line: &Line, trials: &mut HashSet<[u64; 2]>) -> bool {
    let Line::Trial(trial) = line else { return false };
    let hash = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        (salt, trial.factor, trial.purpose, trial.index, trial.arms.len()).hash(&mut hasher);
        trial.arms.iter().for_each(|arm| arm.arm.hash(&mut hasher));
        hasher.finish()
    };
    !trials.insert([hash(0), hash(1)])
}

/// Looks at the version before anything else of the line is believed.
fn check_format(first: &[u8], path: &Path) -> Result<(), ReadError> {
    #[derive(serde::Deserialize)]
    struct Head {
        kind: String,
        format: u32,
        version: String,
    }
    let head: Head = serde_json::from_slice(&plain::json(first))
        .ok()
        .filter(|head: &Head| head.kind == "started")
        .ok_or_else(|| ReadError::NotARecord { path: path.to_owned() })?;
    if head.format == FORMAT_VERSION {
        Ok(())
    } else {
        Err(ReadError::Format { path: path.to_owned(), found: head.format, version: head.version })
    }
}

/// Appends to a record; every line is on its way to the disk before the call returns.
#[derive(Debug)]
pub struct Writer {
    file: File,
    buffer: Vec<u8>,
}

impl Writer {
    /// Starts a new record; refuses to overwrite one.
    ///
    /// # Errors
    /// When the file exists or can't be made or written.
    pub fn create(path: &Path, started: Started) -> io::Result<Self> {
        let file = OpenOptions::new().append(true).create_new(true).open(path)?;
        let mut writer = Self { file, buffer: Vec::new() };
        writer.append(&Line::Started(Box::new(started)))?;
        Ok(writer)
    }

    /// Goes on with a record, never through a link, cutting off a last line that is not whole.
    ///
    /// # Errors
    /// When the file can't be opened or cut.
    pub fn resume(path: &Path, cut_bytes: u64) -> io::Result<Self> {
        if std::fs::symlink_metadata(path)?.is_symlink() {
            return Err(io::Error::other("it is a link, expected a file; put the file itself there"));
        }
        let mut file = OpenOptions::new().append(true).open(path)?;
        if cut_bytes > 0 {
            let length = file.seek(io::SeekFrom::End(0))?;
            file.set_len(length.saturating_sub(cut_bytes))?;
        }
        Ok(Self { file, buffer: Vec::new() })
    }

    /// Appends one line in one write.
    ///
    /// # Errors
    /// When the disk is full or the file is gone. A half-written line is cut off again where
    /// that is possible, and [`read`] leaves it out where it is not.
    pub fn append(&mut self, line: &Line) -> io::Result<()> {
        self.buffer.clear();
        serde_json::to_writer(&mut self.buffer, line)?;
        self.buffer.push(b'\n');
        let before = self.file.metadata().map(|metadata| metadata.len());
        let written = self.file.write_all(&self.buffer);
        if let (Err(_), Ok(before)) = (&written, before) {
            // The error that counts is the first one; a cut that fails is mended by `read`.
            let _ = self.file.set_len(before);
        }
        written
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::{
        Allocator, Arm, CaseId, Factor, Failure, Machine, Pressure, Purpose, Settings, Source, Stage, Trial,
        TrialArm, Verb,
    };

    fn started() -> Started {
        Started {
            format: FORMAT_VERSION,
            run: "r1".into(),
            at: "2026-01-01T00:00:00Z".into(),
            version: "0.1.0".into(),
            command: vec!["cargo-duel".into(), "run".into()],
            settings: Settings {
                verb: Verb::Run,
                filters: Vec::new(),
                quick: true,
                sizes: Vec::new(),
                seed: 1,
                instruments: Vec::new(),
                simulate: Vec::new(),
                allocators: Vec::new(),
                threads: vec![2],
                time_budget_ns: None,
                factor: None,
                trials: 8,
                inject: None,
            },
            machine: Machine::default(),
            source: Source::default(),
            artifacts: Vec::new(),
        }
    }

    fn failed(reason: &str) -> Line {
        let case = CaseId {
            family: "a/b".into(),
            workload: "<w>".into(),
            size: "l1".into(),
            variant: "v".into(),
            allocator: Allocator::System,
            threads: None,
        };
        let arm = Arm { artifact: "work tree".into(), runner: "p/b".into(), case };
        Line::Failed(Failure { arm, stage: Stage::Verify, reason: reason.into() })
    }

    fn written(lines: &[Line]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("record.jsonl");
        let mut writer = Writer::create(&path, started()).unwrap();
        lines.iter().for_each(|line| writer.append(line).unwrap());
        (folder, path)
    }

    #[test]
    fn what_is_written_is_read() {
        let lines = [failed("one"), failed("with \n    a line break and \"quotes\"")];
        let (_folder, path) = written(&lines);
        let recording = read(&path).unwrap();
        assert_eq!(recording.started, started());
        assert_eq!(recording.lines, lines);
        assert_eq!(recording.cut_bytes, 0);
    }

    #[test]
    fn a_record_cut_at_any_byte_keeps_every_whole_line_and_can_be_gone_on_with() {
        let (_folder, path) = written(&[failed("one"), failed("two")]);
        let whole = std::fs::read(&path).unwrap();
        let first = whole.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        for cut in first..whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            let recording = read(&path).unwrap();
            let ends = whole[first..cut].iter().filter(|byte| **byte == b'\n').count();
            assert_eq!(recording.lines.len(), ends, "cut at {cut}");
            Writer::resume(&path, recording.cut_bytes).unwrap().append(&failed("three")).unwrap();
            let again = read(&path).unwrap();
            assert_eq!((again.lines.len(), again.cut_bytes), (ends + 1, 0), "cut at {cut}");
        }
    }

    #[test]
    fn a_new_record_never_overwrites_an_old_one() {
        let (_folder, path) = written(&[]);
        assert_eq!(Writer::create(&path, started()).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    }

    #[test]
    fn a_full_disk_is_an_error() {
        let full = Path::new("/dev/full");
        if full.exists() {
            let mut writer = Writer::resume(full, 0).unwrap();
            assert!(writer.append(&failed("one")).is_err());
        } else {
            println!("not tested: this system has no /dev/full");
        }
    }

    #[test]
    fn a_link_is_read_and_never_appended_to() {
        let (folder, path) = written(&[failed("one")]);
        let link = folder.path().join("link");
        symlink(&path, &link).unwrap();
        assert_eq!(read(&link).unwrap().lines.len(), 1);
        let error = Writer::resume(&link, 0).unwrap_err().to_string();
        assert!(error.contains("it is a link"), "{error}");
    }

    #[test]
    fn a_trial_that_is_there_twice_is_read_once() {
        let trial = |index: u32, elapsed_ns: u64| {
            let Line::Failed(Failure { arm, .. }) = failed("") else { unreachable!() };
            Line::Trial(Trial {
                factor: Factor::Variant,
                index,
                purpose: Purpose::Explore,
                set_aside: None,
                arms: vec![TrialArm {
                    arm,
                    iters: 1,
                    run_iters: None,
                    time_ns: vec![1],
                    core: None,
                    involuntary_switches: None,
                }],
                pressure: Pressure::default(),
                elapsed_ns,
            })
        };
        let (_folder, path) =
            written(&[trial(1, 0), trial(2, 0), trial(1, 0), trial(1, 7), failed("x"), failed("x")]);
        let text = std::fs::read_to_string(&path).unwrap();
        let spaced = text.lines().nth(1).unwrap().replace("\":", "\" : ");
        std::fs::write(&path, format!("{text}{spaced}\n")).unwrap();
        assert_eq!(read(&path).unwrap().lines, [trial(1, 0), trial(2, 0), failed("x"), failed("x")]);
    }

    #[test]
    fn a_line_that_no_run_writes_is_refused_whole_or_cut() {
        let (_folder, path) = written(&[]);
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        let zeros = File::open("/dev/zero").unwrap();
        io::copy(&mut zeros.take(LONGEST_LINE_BYTES + 1), &mut file).unwrap();
        let error = read(&path).unwrap_err().to_string();
        assert!(error.contains(":2: expected a line of at most"), "{error}");
        file.set_len(LARGEST_BYTES + 1).unwrap();
        let error = read(&path).unwrap_err().to_string();
        assert!(error.contains("at most 536870912 bytes, found 536870913"), "{error}");
    }

    #[test]
    fn what_is_no_record_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        let message = |text: &str| {
            std::fs::write(&path, text).unwrap();
            read(&path).unwrap_err().to_string()
        };
        assert!(message("").contains("not a record"));
        assert!(message("hello\n").contains("not a record"));
        assert!(message("{\"kind\":\"started\",\"format\":99,\"version\":\"7.0.0\"}\n").contains("7.0.0"));
        let mut text = serde_json::to_string(&Line::Started(Box::new(started()))).unwrap();
        text.push_str("\ngarbage\n");
        assert!(message(&text).contains(":2:"));
    }
}
