//! What differs between two sides and is not the code: configuration, compiler, dependencies, profiles.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use duel_record::{DifferenceKind, SideDifference};

use super::{
    cache::{Found, Kept},
    lay_out::LaidOut,
    place::SLOT,
    relocate::paths_below,
};
use crate::{
    cargo::config,
    safe_file,
    sides::build_args::{BuildSettings, ConfigurationOf, ToolchainOf},
};

/// More characters than this of a setting are cut.
const MOST_CHARS: usize = 100;
/// What is said of things that are part of a side whatever is chosen.
const ITS_OWN: &str = "each side is built with its own";

/// Everything that differs between the files of the two sides and is not the code.
pub fn of_files(baseline: &LaidOut, candidate: &LaidOut, args: &BuildSettings) -> Vec<SideDifference> {
    let configuration = match args.configuration {
        ConfigurationOf::Own => {
            "each side is built with its own (--configuration candidate takes the candidate's)"
        }
        ConfigurationOf::Candidate => {
            "both are built with the candidate's (--configuration own takes each its own)"
        }
    };
    let toolchain = match args.toolchain {
        ToolchainOf::Here => {
            "both are built with the toolchain in force here (--toolchain own takes each its own)"
        }
        ToolchainOf::Own => "each side is built with its own (--toolchain here takes the one in force here)",
    };
    let sides = [baseline, candidate];
    let mut all = Vec::new();
    let mut add = |kind, policy: &str, [baseline, candidate]: [BTreeMap<String, String>; 2]| {
        let names: BTreeSet<&String> = baseline.keys().chain(candidate.keys()).collect();
        for name in names.into_iter().filter(|name| baseline.get(*name) != candidate.get(*name)) {
            let (one, other) = differing(baseline.get(name), candidate.get(name));
            all.push(SideDifference {
                kind,
                name: name.clone(),
                baseline: one,
                candidate: other,
                policy: policy.to_owned(),
            });
        }
    };
    add(DifferenceKind::Configuration, configuration, sides.map(configuration_files));
    add(DifferenceKind::Toolchain, toolchain, sides.map(toolchain_files));
    add(DifferenceKind::Profile, ITS_OWN, sides.map(profiles));
    add(DifferenceKind::Dependency, ITS_OWN, sides.map(dependencies));
    all
}

/// What the runners of the same name are started with and differs, each once.
pub fn of_runners(before: &Found, after: &Found) -> Vec<SideDifference> {
    let mut differences = Vec::new();
    for runner in &before.entry.runners {
        let mut there = after.entry.runners.iter();
        let same = there.find(|it| (&it.package, &it.target) == (&runner.package, &runner.target));
        let Some(same) = same else { continue };
        for difference in of_environment(&neutral(runner, before), &neutral(same, after)) {
            if !differences.contains(&difference) {
                differences.push(difference);
            }
        }
    }
    differences
}

/// The executables that are the same on both sides.
pub fn same_runners(before: &Found, after: &Found) -> Vec<PathBuf> {
    let is_there = |runner: &&Kept| before.entry.runners.iter().any(|it| it.hash == runner.hash);
    after.entry.runners.iter().filter(is_there).map(|runner| after.folder.join(&runner.file)).collect()
}

/// Variables with which the two sides' runners are started and that differ, but for those that cargo sets
/// for every package.
fn of_environment(
    baseline: &BTreeMap<String, String>,
    candidate: &BTreeMap<String, String>,
) -> Vec<SideDifference> {
    let names: BTreeSet<&String> = baseline.keys().chain(candidate.keys()).collect();
    let own = |name: &&String| !name.starts_with("CARGO") && *name != "LD_LIBRARY_PATH" && *name != "OUT_DIR";
    let differs = |name: &&String| baseline.get(*name) != candidate.get(*name);
    let names = names.into_iter().filter(own).filter(differs);
    names
        .map(|name| SideDifference {
            kind: DifferenceKind::Environment,
            name: name.clone(),
            baseline: baseline.get(name).map(|value| cut(value)),
            candidate: candidate.get(name).map(|value| cut(value)),
            policy: "each side's runners are started with their own".to_owned(),
        })
        .collect()
}

/// A runner's environment with the side's own name taken out of it.
fn neutral(kept: &Kept, found: &Found) -> BTreeMap<String, String> {
    let id = found.folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let neutral = |value: &String| if id.is_empty() { value.clone() } else { value.replace(&id, SLOT) };
    kept.environment.iter().map(|(name, value)| (name.clone(), neutral(value))).collect()
}

/// Files of the work tree that a side's runners name by their whole path: whatever side it is, it would read
/// these and not its own.
pub fn named_in_work_tree(side: &Found, root: &Path) -> Vec<SideDifference> {
    let named = side.entry.runners.iter().flat_map(|runner| {
        let bytes = safe_file::read_executable(&side.folder.join(&runner.file)).unwrap_or_default();
        paths_below(&bytes, root)
    });
    let names: BTreeSet<String> = named.collect();
    let policy = "a runner names this file of the work tree by its whole path: neither side can have its own";
    names
        .into_iter()
        .map(|name| SideDifference {
            kind: DifferenceKind::SharedFile,
            name,
            baseline: None,
            candidate: None,
            policy: policy.to_owned(),
        })
        .collect()
}

/// The lines of two texts that only one of them has; nothing of a text that is not there.
fn differing(one: Option<&String>, other: Option<&String>) -> (Option<String>, Option<String>) {
    let only = |text: &String, other: Option<&String>| {
        let there: BTreeSet<&str> = other.map_or("", String::as_str).lines().map(str::trim).collect();
        let lines: Vec<&str> =
            text.lines().map(str::trim).filter(|line| !line.is_empty() && !there.contains(line)).collect();
        if lines.is_empty() { "nothing of its own".to_owned() } else { cut(&lines.join("; ")) }
    };
    (one.map(|text| only(text, other)), other.map(|text| only(text, one)))
}

fn cut(text: &str) -> String {
    let short: String = text.chars().take(MOST_CHARS).collect();
    if short.len() < text.len() { short + "…" } else { short }
}

/// cargo's configuration files of a side, by path below its repository.
pub fn configuration_files(side: &LaidOut) -> BTreeMap<String, String> {
    texts(side, config::files(&side.package))
}

/// Gives the baseline the candidate's configuration files in place of its own.
///
/// # Errors
/// When a file can't be removed or written.
pub fn lend_configuration(before: &LaidOut, after: &LaidOut) -> Result<()> {
    let own = |name: &Path| safe_file::own_folder(&before.root, name.parent().unwrap_or(Path::new("")));
    for name in configuration_files(before).keys() {
        // First, since it may lie behind a link that leads out of the side.
        let own = own(Path::new(name));
        own.and_then(|()| match fs::remove_file(before.root.join(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        })
        .with_context(|| format!("cannot remove {name}"))?;
    }
    for (name, text) in configuration_files(after) {
        let path = before.root.join(&name);
        own(Path::new(&name))
            .and_then(|()| safe_file::write(&path, text))
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

fn toolchain_files(side: &LaidOut) -> BTreeMap<String, String> {
    let folders = side.package.ancestors();
    let names = ["rust-toolchain", "rust-toolchain.toml"];
    texts(side, folders.flat_map(|folder| names.map(|name| folder.join(name))).collect())
}

/// The texts of those files that are there and belong to the side's repository.
fn texts(side: &LaidOut, files: Vec<PathBuf>) -> BTreeMap<String, String> {
    let name = |file: &Path| Some(file.strip_prefix(&side.root).ok()?.display().to_string());
    files.iter().filter_map(|file| Some((name(file)?, safe_file::read_text(file).ok()?))).collect()
}

/// The nearest file of this name above a side's package that is read as TOML and has this key.
fn nearest(side: &LaidOut, name: &str, key: &str) -> Option<toml::Table> {
    let folders = side.package.ancestors().take_while(|folder| folder.starts_with(&side.folder));
    let tables =
        folders.filter_map(|folder| toml::from_str(&safe_file::read_text(&folder.join(name)).ok()?).ok());
    // The workspace's is the outermost.
    tables.filter(|table: &toml::Table| table.contains_key(key)).last()
}

/// The settings of every profile in the workspace's manifest.
fn profiles(side: &LaidOut) -> BTreeMap<String, String> {
    let table = nearest(side, "Cargo.toml", "profile");
    let profiles = table.as_ref().and_then(|table| table.get("profile")?.as_table());
    let text = |value: &toml::Value| toml::to_string(value).unwrap_or_default();
    profiles.into_iter().flatten().map(|(name, value)| (format!("profile.{name}"), text(value))).collect()
}

/// The versions of every dependency that does not lie in a folder, from the lock file.
fn dependencies(side: &LaidOut) -> BTreeMap<String, String> {
    let mut versions: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let table = nearest(side, "Cargo.lock", "package");
    let packages = table.as_ref().and_then(|table| table.get("package")?.as_array());
    for package in packages.into_iter().flatten() {
        let text = |key: &str| package.get(key).and_then(toml::Value::as_str);
        let (Some(name), Some(version), Some(source)) = (text("name"), text("version"), text("source"))
        else {
            continue;
        };
        // Of a git source, the commit.
        let from = source
            .rsplit_once('#')
            .map_or(String::new(), |(_, commit)| format!(" ({})", commit.get(..12).unwrap_or(commit)));
        versions.entry(name.to_owned()).or_default().push(format!("{version}{from}"));
    }
    versions.into_iter().map(|(name, versions)| (name, versions.join("\n"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_lines_that_differ_are_shown() {
        let (one, other) = ("[env]\nA = 1\nB = 2\n".to_owned(), "[env]\nA = 1\nB = 3\n".to_owned());
        assert_eq!(differing(Some(&one), Some(&other)), (Some("B = 2".to_owned()), Some("B = 3".to_owned())));
        assert_eq!(differing(None, Some(&other)), (None, Some("[env]; A = 1; B = 3".to_owned())));
        let long = "x".repeat(1000);
        assert_eq!(cut(&long).chars().count(), MOST_CHARS + 1);
    }

    #[test]
    fn variables_that_cargo_sets_for_every_package_are_no_news() {
        let variables = |pairs: &[(&str, &str)]| {
            pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect::<BTreeMap<_, _>>()
        };
        let one = variables(&[("CARGO_PKG_VERSION", "1"), ("FOO", "x"), ("SAME", "s")]);
        let other = variables(&[("CARGO_PKG_VERSION", "2"), ("SAME", "s")]);
        let found = of_environment(&one, &other);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].name.as_str(), found[0].candidate.as_deref()), ("FOO", None));
    }
}
