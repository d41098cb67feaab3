//! Where a machine's limits are kept: one file for each machine, in the user's cache folder.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use duel_record::{Calibration, read_regular_text};
use serde::{Deserialize, Serialize};

use super::identity::METHOD;
use crate::safe_file;

/// A file has some kilobytes.
const LARGEST_BYTES: u64 = 16 << 20;

/// What a file holds.
#[derive(Serialize, Deserialize)]
struct File {
    method: u32,
    calibration: Calibration,
}

/// What a look at the folder found.
#[derive(Debug)]
pub enum Stored {
    Good(Calibration),
    None,
    /// It is there, and of no use; this is why.
    Unusable(String),
}

/// `$XDG_CACHE_HOME/duel`, `~/.cache/duel`, or else a folder within `out`.
pub fn folder(out: &Path) -> PathBuf {
    let absolute = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    match (absolute("XDG_CACHE_HOME"), absolute("HOME")) {
        (Some(cache), _) => cache.join("duel"),
        (None, Some(home)) => home.join(".cache/duel"),
        (None, None) => out.join("calibration"),
    }
}

/// A machine's file.
pub fn file(folder: &Path, machine: &str) -> PathBuf {
    folder.join(format!("calibration-{machine}.json"))
}

/// Reads a machine's limits.
pub fn read(folder: &Path, machine: &str) -> Stored {
    let path = file(folder, machine);
    let unusable = |why: String| Stored::Unusable(format!("{}: {why}", path.display()));
    let text = match read_regular_text(&path, LARGEST_BYTES) {
        Ok(text) => text,
        Err(error) if error.is_not_found() => return Stored::None,
        Err(error) => return Stored::Unusable(format!("{:#}", anyhow::Error::new(error))),
    };
    match serde_json::from_str::<File>(&text) {
        Err(error) => unusable(format!("it is broken ({error})")),
        Ok(file) if file.method != METHOD => {
            unusable(format!("it was measured by method {}, and this is method {METHOD}", file.method))
        }
        Ok(file) if file.calibration.machine != machine => {
            unusable(format!("it is of the machine {}, not {machine}", file.calibration.machine))
        }
        Ok(file) => Stored::Good(file.calibration),
    }
}

/// Keeps a machine's limits, in one step.
///
/// # Errors
/// When the folder can't be written.
pub fn write(folder: &Path, calibration: &Calibration) -> Result<PathBuf> {
    let path = file(folder, &calibration.machine);
    let text = serde_json::to_string_pretty(&File { method: METHOD, calibration: calibration.clone() })?;
    fs::create_dir_all(folder)
        .and_then(|()| safe_file::write(&path, text + "\n"))
        .with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calibration() -> Calibration {
        Calibration { machine: "abc".into(), at: "2026-01-01T00:00:00Z".into(), ..Calibration::default() }
    }

    fn unusable(folder: &Path) -> String {
        match read(folder, "abc") {
            Stored::Unusable(why) => why,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_kept_is_found_again_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let within = folder.path().join("made/on/the/way");
        assert!(matches!(read(&within, "abc"), Stored::None));
        write(&within, &calibration()).unwrap();
        assert!(matches!(read(&within, "abc"), Stored::Good(found) if found == calibration()));
        assert!(matches!(read(&within, "another"), Stored::None));
        assert_eq!(fs::read_dir(&within).unwrap().count(), 1);
    }

    #[test]
    fn a_broken_an_older_and_a_foreign_file_are_of_no_use_and_say_why() {
        let folder = tempfile::tempdir().unwrap();
        let path = write(folder.path(), &calibration()).unwrap();
        let good = fs::read_to_string(&path).unwrap();
        fs::write(&path, &good[..good.len() / 2]).unwrap();
        assert!(unusable(folder.path()).contains("broken"));
        fs::write(&path, good.replace(&format!("\"method\": {METHOD}"), "\"method\": 0")).unwrap();
        assert!(unusable(folder.path()).contains("method 0"));
        fs::write(&path, good.replace("abc", "xyz")).unwrap();
        assert!(unusable(folder.path()).contains("xyz"));
        // And is replaced.
        write(folder.path(), &calibration()).unwrap();
        assert!(matches!(read(folder.path(), "abc"), Stored::Good(_)));
    }
}
