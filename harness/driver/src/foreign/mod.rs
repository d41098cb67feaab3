//! Summaries that iai-callgrind (later named gungraun) wrote of a user's own benchmarks.
//!
//! They are found by their name, `summary.json`, and read by the versions of their schema that
//! are known here; a file that can't be used is reported by name and costs nothing else.

mod schema;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use duel_record::{Foreign, Missing, MissingKind, read_regular_text};

use crate::command::status::helpful;

/// How the tools name the file, each in the folder of its benchmark.
const NAME: &str = "summary.json";
/// A summary has some kilobytes.
const LARGEST_BYTES: u64 = 16 << 20;
const REMEDY: &str = "run the benchmarks with --save-summary=json";

/// All summaries under a folder, in the order of their paths.
///
/// # Errors
/// When there is no such folder, or one in it can't be listed.
pub fn summaries(folder: &Path) -> Result<Vec<Result<Foreign, Box<Missing>>>> {
    if !folder.is_dir() {
        return Err(helpful(
            format!("--summaries {}: there is no such folder", folder.display()),
            "name the folder that the summaries are in, such as target/iai",
        ));
    }
    let mut files = Vec::new();
    find(folder, &mut files).with_context(|| format!("cannot list {}", folder.display()))?;
    if files.is_empty() {
        let reason = format!("there is no {NAME} under {}", folder.display());
        return Ok(vec![Err(missing(MissingKind::Summaries, reason))]);
    }
    Ok(files.iter().flat_map(|file| read(file)).collect())
}

fn missing(what: MissingKind, reason: String) -> Box<Missing> {
    Box::new(Missing { case: None, what, reason, remedy: Some(REMEDY.to_owned()) })
}

/// Goes down folders, but not through links, which may lead in circles.
fn find(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let kind = entry.file_type()?;
        if kind.is_dir() {
            find(&entry.path(), files)?;
        } else if kind.is_file() && entry.file_name() == NAME {
            files.push(entry.path());
        }
    }
    Ok(())
}

/// What one file has, one part a tool.
fn read(file: &Path) -> Vec<Result<Foreign, Box<Missing>>> {
    let name = file.display().to_string();
    let found = text(file).and_then(|text| schema::parse(&text));
    match found {
        Ok(found) => found.into_iter().map(|foreign| Ok(Foreign { file: name.clone(), ..foreign })).collect(),
        Err(reason) => vec![Err(missing(MissingKind::Summary(name), reason))],
    }
}

fn text(file: &Path) -> Result<String, String> {
    read_regular_text(file, LARGEST_BYTES).map_err(|error| format!("{:#}", anyhow::Error::new(error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_without_summaries_is_told_and_one_that_is_not_there_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let found = summaries(folder.path()).unwrap();
        assert!(
            matches!(&found[..], [Err(missing)] if missing.reason.contains("no summary.json")),
            "{found:?}"
        );
        assert!(summaries(&folder.path().join("nowhere")).is_err());
    }

    #[test]
    fn a_file_that_can_not_be_used_is_named_and_the_others_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            fs::create_dir_all(folder.path().join(name)).unwrap();
            fs::write(folder.path().join(name).join(NAME), text).unwrap();
        };
        write("a/deep", "{\"version\":\"6\",");
        write("b", "{\"version\":\"99\"}");
        write("c", include_str!("../../tests/summaries/v6.json"));
        let found = summaries(folder.path()).unwrap();
        assert_eq!(found.len(), 3, "{found:?}");
        let reason = |index: usize| {
            let missing = found[index].as_ref().unwrap_err();
            format!("{}: {}", missing.what, missing.reason)
        };
        assert!(reason(0).contains("a/deep/summary.json: it is no JSON"), "{}", reason(0));
        assert!(
            reason(1).contains("b/summary.json") && reason(1).contains("expected 6 or 7, found 99"),
            "{}",
            reason(1)
        );
        assert!(found[2].as_ref().unwrap().file.ends_with("c/summary.json"));
    }
}
