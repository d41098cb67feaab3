//! `record.jsonl` on disk: append-only, readable after a cut at any byte.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufRead, BufReader, Seek, Write},
    path::{Path, PathBuf},
};

use crate::{Line, Started};

/// The version of the record's format; raised whenever a line changes its meaning.
pub const FORMAT_VERSION: u32 = 1;

/// What can go wrong with a record on disk.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file can't be opened or read.
    #[error("cannot read {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
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

/// Reads a record. A last line that was cut in the middle is left out and counted.
///
/// # Errors
/// See [`ReadError`]; every error names the file.
pub fn read(path: &Path) -> Result<Recording, ReadError> {
    let io_error = |source| ReadError::Io { path: path.to_owned(), source };
    let mut reader = BufReader::new(File::open(path).map_err(io_error)?);
    let mut started: Option<Started> = None;
    let mut lines = Vec::new();
    let mut cut_bytes = 0;
    let mut bytes = Vec::new();
    for number in 1.. {
        bytes.clear();
        let length = reader.read_until(b'\n', &mut bytes).map_err(io_error)?;
        if length == 0 {
            break;
        }
        if bytes.last() != Some(&b'\n') {
            cut_bytes = length as u64;
            break;
        }
        if started.is_none() {
            check_format(&bytes, path)?;
        }
        let line = serde_json::from_slice(&bytes)
            .map_err(|source| ReadError::Line { path: path.to_owned(), number, source })?;
        match (line, &started) {
            (Line::Started(first), None) => started = Some(*first),
            (_, None) => return Err(ReadError::NotARecord { path: path.to_owned() }),
            (line, Some(_)) => lines.push(line),
        }
    }
    let started = started.ok_or_else(|| ReadError::NotARecord { path: path.to_owned() })?;
    Ok(Recording { started, lines, cut_bytes })
}

/// Looks at the version before anything else of the line is believed.
fn check_format(first: &[u8], path: &Path) -> Result<(), ReadError> {
    #[derive(serde::Deserialize)]
    struct Head {
        kind: String,
        format: u32,
        version: String,
    }
    let head: Head = serde_json::from_slice(first)
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

    /// Goes on with a record, cutting off a last line that is not whole.
    ///
    /// # Errors
    /// When the file can't be opened or cut.
    pub fn resume(path: &Path, cut_bytes: u64) -> io::Result<Self> {
        let mut file = OpenOptions::new().append(true).open(path)?;
        let length = file.seek(io::SeekFrom::End(0))?;
        file.set_len(length.saturating_sub(cut_bytes))?;
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
