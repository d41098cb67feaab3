//! A run's folder: `DIR/runs/ID`, and `DIR/latest`, which points to the newest.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use crate::{command::status::helpful, duration, safe_file};

/// The folders of a run that instruments write into.
const PARTS: [&str; 5] = ["profiles", "heap", "instructions", "criterion", "code"];

/// Where one run keeps everything.
#[derive(Clone, Debug)]
pub struct RunFolder {
    pub id: String,
    pub path: PathBuf,
}

impl RunFolder {
    /// Makes a new run's folder, and points `latest` to it where it is to be the newest.
    ///
    /// # Errors
    /// When the output folder can't be written.
    pub fn create(out: &Path, newest: bool) -> Result<Self> {
        let make = || -> Result<Self> {
            let runs = out.join("runs");
            fs::create_dir_all(&runs).with_context(|| format!("cannot make {}", runs.display()))?;
            // Two runs in one millisecond: the second takes the next.
            for _ in 0..100 {
                let id = duration::run_id();
                let path = runs.join(&id);
                match fs::create_dir(&path) {
                    Ok(()) => {
                        for part in ["profiles", "heap"] {
                            fs::create_dir(path.join(part))
                                .with_context(|| format!("cannot make {}", path.join(part).display()))?;
                        }
                        return Ok(Self { id, path });
                    }
                    Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                        std::thread::sleep(std::time::Duration::from_millis(2));
                    }
                    Err(error) => {
                        return Err(error).with_context(|| format!("cannot make {}", path.display()));
                    }
                }
            }
            anyhow::bail!("no free name for a run in {}", runs.display())
        };
        let folder = make().map_err(|error| unwritable(out, &error))?;
        if newest {
            folder.point_latest(out).map_err(|error| unwritable(out, &error))?;
        }
        Ok(folder)
    }

    /// Swaps the link in one step, so that it always points to some run.
    fn point_latest(&self, out: &Path) -> Result<()> {
        let fresh = out.join(format!(".latest-{}", self.id));
        std::os::unix::fs::symlink(Path::new("runs").join(&self.id), &fresh)
            .and_then(|()| fs::rename(&fresh, out.join("latest")))
            .with_context(|| format!("cannot make {}", out.join("latest").display()))
    }

    /// Finds a run by its id, its folder, or as `latest`.
    ///
    /// # Errors
    /// When there is no such run; the message says which there are.
    pub fn find(out: &Path, name: &str) -> Result<Self> {
        let by_id = out.join("runs").join(name);
        let by_path = Path::new(name);
        let found = if name == "latest" {
            out.join("latest")
        } else if by_id.join("record.jsonl").is_file() {
            by_id
        } else if by_path.is_dir() {
            by_path.to_owned()
        } else if by_path.is_file() {
            by_path.parent().unwrap_or(Path::new(".")).to_owned()
        } else {
            by_id
        };
        let Ok(path) = fs::canonicalize(&found) else {
            let known = known(out);
            return Err(helpful(
                format!("no run \"{name}\" in {}", out.display()),
                if known.is_empty() {
                    "there are none yet: `cargo duel run` makes one; --out names another folder".to_owned()
                } else {
                    format!("the newest are {}", known.join(", "))
                },
            ));
        };
        let id = path.file_name().map_or_else(|| name.to_owned(), |id| id.to_string_lossy().into_owned());
        Ok(Self { id, path })
    }

    /// Makes sure that what is measured into this folder stays in it.
    ///
    /// # Errors
    /// When one of its folders is a link or has one, as in a run that somebody else has packed.
    pub fn holds_its_parts(&self) -> Result<()> {
        for part in PARTS {
            if let Some(link) = first_link(&self.path.join(part)) {
                return Err(helpful(
                    format!("{} is a link, expected a file or folder of the run", link.display()),
                    "remove the link, or start a new run",
                ));
            }
        }
        Ok(())
    }

    pub fn record(&self) -> PathBuf {
        self.path.join("record.jsonl")
    }

    /// Writes a file that can be made again from the record; in one step, and never through a link.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn write(&self, name: &str, text: &str) -> Result<PathBuf> {
        let path = self.path.join(name);
        safe_file::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(path)
    }
}

/// The error of an output folder that can't be written.
pub fn unwritable(out: &Path, error: &anyhow::Error) -> anyhow::Error {
    helpful(
        format!("the output folder {} can't be written: {error:#}", out.display()),
        "name another with --out DIR",
    )
}

/// A link at or below a path.
fn first_link(path: &Path) -> Option<PathBuf> {
    let there = fs::symlink_metadata(path).ok()?;
    if there.is_symlink() {
        return Some(path.to_owned());
    }
    let entries = there.is_dir().then(|| fs::read_dir(path).ok())??;
    entries.flatten().find_map(|entry| first_link(&entry.path()))
}

fn known(out: &Path) -> Vec<String> {
    let mut ids: Vec<_> = fs::read_dir(out.join("runs"))
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    ids.sort_by(|a, b| b.cmp(a));
    ids.truncate(5);
    ids
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn what_is_written_and_measured_into_a_run_stays_in_its_folder() {
        let outer = tempfile::tempdir().unwrap();
        let (home, run) = (outer.path().join("home"), outer.path().join("run"));
        fs::create_dir(&home).unwrap();
        fs::create_dir(&run).unwrap();
        fs::write(home.join("file"), "kept").unwrap();
        let folder = RunFolder { id: "run".into(), path: run.clone() };
        for name in ["report.md", "report.partial", "junit.xml", ".report.md.partial"] {
            symlink(home.join("file"), run.join(name)).unwrap();
        }
        for name in ["report.md", "report.html", "junit.xml"] {
            folder.write(name, "new").unwrap();
            assert_eq!(fs::read_to_string(run.join(name)).unwrap(), "new");
        }
        assert_eq!(fs::read_to_string(home.join("file")).unwrap(), "kept");
        folder.holds_its_parts().unwrap();
        for part in PARTS {
            symlink(&home, run.join(part)).unwrap();
            let error = folder.holds_its_parts().unwrap_err().to_string();
            assert!(error.contains(part) && error.contains("is a link"), "{error}");
            fs::remove_file(run.join(part)).unwrap();
        }
        fs::create_dir_all(run.join("criterion/deep")).unwrap();
        folder.holds_its_parts().unwrap();
        symlink(&home, run.join("criterion/deep/new")).unwrap();
        assert!(folder.holds_its_parts().unwrap_err().to_string().contains("deep/new is a link"));
    }
}
