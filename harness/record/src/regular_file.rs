//! Reading a file that somebody else may have made: only a regular file, and only up to a limit.
//!
//! A folder that was unpacked or checked out can hold a link to a device, a pipe, or a file of any size
//! under any name. Reading those would take all memory or wait for ever.

use std::{
    fs::{File, Metadata},
    io::{self, Read, Take},
    os::unix::fs::FileTypeExt,
    path::{Path, PathBuf},
};

/// Why a file is not read.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The file can't be opened or read.
    #[error("cannot read {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A device, a pipe, a socket or a folder.
    #[error("cannot read {}: expected a regular file, found {found}; put a file in its place or remove it", path.display())]
    Kind {
        /// The file.
        path: PathBuf,
        /// What it is, with its article.
        found: &'static str,
    },
    /// More bytes than any such file has.
    #[error(
        "cannot read {}: expected at most {limit} bytes, found {found}; replace it by the original file or remove it",
        path.display()
    )]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The bytes that were found; `more` where the file grew while it was read.
        found: String,
        /// The most that is read.
        limit: u64,
    },
}

impl FileError {
    /// Whether there is no such file.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }
}

/// Opens a regular file of at most `limit` bytes. The reader ends after `limit + 1` bytes even if the file
/// grows. Links are followed.
///
/// # Errors
/// See [`FileError`]; every error names the file.
pub fn open_regular(path: &Path, limit: u64) -> Result<Take<File>, FileError> {
    let io_error = |source| FileError::Io { path: path.to_owned(), source };
    // Before it is opened, since opening a pipe waits for somebody who writes to it.
    check(&std::fs::metadata(path).map_err(io_error)?, path, limit)?;
    let file = File::open(path).map_err(io_error)?;
    check(&file.metadata().map_err(io_error)?, path, limit)?;
    Ok(file.take(limit + 1))
}

/// Reads a regular file of at most `limit` bytes.
///
/// # Errors
/// See [`FileError`]; every error names the file.
pub fn read_regular(path: &Path, limit: u64) -> Result<Vec<u8>, FileError> {
    let mut file = open_regular(path, limit)?;
    let length = file.get_ref().metadata().map_or(0, |metadata| metadata.len());
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
    file.read_to_end(&mut bytes).map_err(|source| FileError::Io { path: path.to_owned(), source })?;
    if bytes.len() as u64 > limit {
        return Err(FileError::TooLarge { path: path.to_owned(), found: "more".to_owned(), limit });
    }
    Ok(bytes)
}

/// Reads a regular file of at most `limit` bytes as text.
///
/// # Errors
/// See [`FileError`]; a file that is not UTF-8 is an error of [`FileError::Io`].
pub fn read_regular_text(path: &Path, limit: u64) -> Result<String, FileError> {
    String::from_utf8(read_regular(path, limit)?).map_err(|error| FileError::Io {
        path: path.to_owned(),
        source: io::Error::new(io::ErrorKind::InvalidData, error),
    })
}

fn check(found: &Metadata, path: &Path, limit: u64) -> Result<(), FileError> {
    let kind = found.file_type();
    if kind.is_file() {
        return if found.len() <= limit {
            Ok(())
        } else {
            Err(FileError::TooLarge { path: path.to_owned(), found: found.len().to_string(), limit })
        };
    }
    let found = if kind.is_dir() {
        "a folder"
    } else if kind.is_fifo() {
        "a pipe"
    } else if kind.is_socket() {
        "a socket"
    } else if kind.is_char_device() || kind.is_block_device() {
        "a device"
    } else {
        "something else"
    };
    Err(FileError::Kind { path: path.to_owned(), found })
}

#[cfg(test)]
mod tests {
    use std::os::unix::{fs::symlink, net::UnixListener};

    use super::*;

    #[test]
    fn only_regular_files_within_the_limit_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("small"), "12345").unwrap();
        symlink("small", at("link")).unwrap();
        symlink("/dev/zero", at("device")).unwrap();
        symlink("/proc/self/mem", at("proc")).unwrap();
        std::fs::create_dir(at("folder")).unwrap();
        let _socket = UnixListener::bind(at("socket")).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
        assert_eq!(read_regular(&at("small"), 5).unwrap(), b"12345");
        assert_eq!(read_regular_text(&at("link"), 5).unwrap(), "12345");
        for (name, words) in [
            ("device", "found a device"),
            ("folder", "found a folder"),
            ("socket", "found a socket"),
            ("pipe", "found a pipe"),
        ] {
            let error = read_regular(&at(name), 5).unwrap_err().to_string();
            assert!(error.contains(words) && error.contains(name), "{error}");
        }
        let error = read_regular(&at("small"), 4).unwrap_err().to_string();
        assert!(error.contains("at most 4 bytes, found 5"), "{error}");
        assert!(read_regular(&at("nowhere"), 4).unwrap_err().is_not_found());
    }

    #[test]
    fn a_file_without_a_length_is_read_up_to_the_limit() {
        // Files of /proc say that they have no bytes.
        let error = read_regular(Path::new("/proc/cpuinfo"), 10).unwrap_err().to_string();
        assert!(error.contains("at most 10 bytes, found more"), "{error}");
    }
}
