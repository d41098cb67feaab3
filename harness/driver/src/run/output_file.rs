//! A file that a user names for a result. It never holds the result of an earlier call: that is
//! removed when this call starts, and the new one appears in one step, never through a link.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use crate::{command::status::helpful, path::parent, safe_file};

/// A place that can be written.
#[derive(Debug)]
pub enum OutputFile {
    /// A file, which is not there now.
    File(PathBuf),
    /// A pipe or device, such as `/dev/stdout`.
    Stream(PathBuf),
}

impl OutputFile {
    /// Removes what an earlier call has left there, and makes sure that a new file can be written.
    ///
    /// # Errors
    /// When it can't; `flag` is the option that named the file.
    pub fn prepare(path: &Path, flag: &str) -> Result<Self> {
        // A link to a file is replaced, and the file stays: a checkout may hold a link to any file of the user's.
        // Only the system's own are followed, such as `/dev/stdout`, also while that is a file.
        let place = path.to_owned();
        let is_link = fs::symlink_metadata(path).is_ok_and(|there| there.is_symlink());
        let is_system = ["/dev", "/proc"].iter().any(|system| path.starts_with(system));
        if is_link && is_system && path.exists() && !path.is_dir() {
            return Ok(Self::Stream(place));
        }
        match fs::metadata(&place) {
            Ok(found) if found.is_dir() => {
                return Err(helpful(
                    format!("{flag} {} is a folder, and should be a file", path.display()),
                    format!("name a file in it, such as {flag} {}", path.join("duel.xml").display()),
                ));
            }
            Ok(found) if !found.is_file() && !is_link => return Ok(Self::Stream(place)),
            _ => {}
        }
        let prepared = match fs::remove_file(&place) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => tempfile::tempfile_in(folder_of(&place)).map(drop),
        };
        prepared.map_err(|error| {
            helpful(
                format!("{flag} {} can't be written: {error}", path.display()),
                "name a file in a folder that is there and can be written",
            )
        })?;
        Ok(Self::File(place))
    }

    /// Writes the whole file in one step.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn write(&self, text: &str) -> Result<()> {
        let (path, written) = match self {
            Self::Stream(path) => {
                let open = File::options().append(true).open(path);
                (path, open.and_then(|mut stream| stream.write_all(text.as_bytes())))
            }
            Self::File(path) => (path, safe_file::write(path, text)),
        };
        written.with_context(|| format!("cannot write {}", path.display()))
    }
}

fn folder_of(path: &Path) -> PathBuf {
    if path.parent() == Some(Path::new("")) { PathBuf::from(".") } else { parent(path) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_earlier_file_is_gone_at_once_and_the_new_one_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.xml");
        fs::write(&path, "old").unwrap();
        let file = OutputFile::prepare(&path, "--junit").unwrap();
        assert!(!path.exists());
        file.write("new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn a_link_is_replaced_and_what_it_leads_to_stays() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("a.xml"), folder.path().join("link.xml"));
        fs::write(&path, "old").unwrap();
        std::os::unix::fs::symlink("a.xml", &link).unwrap();
        OutputFile::prepare(&link, "--junit").unwrap().write("new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(fs::read_to_string(&link).unwrap(), "new");
        let dangling = folder.path().join("dangling.xml");
        std::os::unix::fs::symlink("made.xml", &dangling).unwrap();
        OutputFile::prepare(&dangling, "--junit").unwrap().write("new").unwrap();
        assert!(!folder.path().join("made.xml").exists());
    }

    #[test]
    fn a_place_that_cannot_be_written_is_refused_with_the_flag() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("file"), "kept").unwrap();
        for path in ["no/such/folder/a.xml", "file/a.xml", "."] {
            let error = OutputFile::prepare(&folder.path().join(path), "--junit").unwrap_err();
            assert!(error.to_string().contains("--junit"), "{path}: {error}");
        }
        assert_eq!(fs::read_to_string(folder.path().join("file")).unwrap(), "kept");
        assert!(matches!(OutputFile::prepare(Path::new("/dev/null"), "--junit"), Ok(OutputFile::Stream(_))));
    }
}
