//! A file that a user names for a result. It never holds the result of an earlier call: that is
//! removed when this call starts, and the new one appears in one step.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process,
};

use anyhow::{Context, Result};

use crate::{cargo::parent, status::helpful};

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
        // The file that a link leads to is replaced, not the link.
        let place = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        match fs::metadata(&place) {
            Ok(found) if found.is_dir() => {
                return Err(helpful(
                    format!("{flag} {} is a folder, and should be a file", path.display()),
                    format!("name a file in it, such as {flag} {}", path.join("duel.xml").display()),
                ));
            }
            Ok(found) if !found.is_file() => return Ok(Self::Stream(place)),
            _ => {}
        }
        let probe = beside(&place);
        let prepared = match fs::remove_file(&place) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => fs::write(&probe, "").and_then(|()| fs::remove_file(&probe)),
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
            Self::Stream(path) => (path, fs::write(path, text)),
            Self::File(path) => {
                let fresh = beside(path);
                let written = fs::write(&fresh, text).and_then(|()| fs::rename(&fresh, path));
                if written.is_err() {
                    let _ = fs::remove_file(&fresh);
                }
                (path, written)
            }
        };
        written.with_context(|| format!("cannot write {}", path.display()))
    }
}

/// A name in the same folder, of this process alone.
fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let folder = if path.parent() == Some(Path::new("")) { PathBuf::from(".") } else { parent(path) };
    folder.join(format!(".{name}.partial-{}", process::id()))
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
    fn a_link_stays_and_what_it_leads_to_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("a.xml"), folder.path().join("link.xml"));
        fs::write(&path, "old").unwrap();
        std::os::unix::fs::symlink("a.xml", &link).unwrap();
        OutputFile::prepare(&link, "--junit").unwrap().write("new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
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
