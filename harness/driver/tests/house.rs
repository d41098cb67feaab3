//! The house rules of the design, held against the workspace as it is.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use cargo_metadata::MetadataCommand;

/// Which of our crates may import which others; nothing else of ours, of whatever kind.
const MAY_IMPORT: [(&str, &[&str]); 8] = [
    ("duel-record", &[]),
    ("duel-stats", &[]),
    ("duel-workloads", &[]),
    ("duel-derive", &[]),
    ("duel", &["duel-record", "duel-derive"]),
    ("duel-kernels", &["duel", "duel-workloads"]),
    ("duel-reports", &["duel-record", "duel-stats"]),
    ("cargo-duel", &["duel-record", "duel-stats", "duel-reports"]),
];

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the workspace's folder")
}

#[test]
fn our_crates_import_what_the_design_lets_them_and_nothing_else() {
    let metadata = MetadataCommand::new().current_dir(workspace()).no_deps().exec().expect("cargo metadata");
    let packages = metadata.workspace_packages();
    let names: BTreeSet<_> = packages.iter().map(|package| package.name.as_str()).collect();
    assert_eq!(
        names,
        MAY_IMPORT.iter().map(|(name, _)| *name).collect(),
        "the design's table has every crate"
    );
    let allowed: BTreeMap<_, _> = MAY_IMPORT.into_iter().collect();
    for package in packages {
        for dependency in &package.dependencies {
            if names.contains(dependency.name.as_str()) {
                let may = allowed[package.name.as_str()].contains(&dependency.name.as_str());
                assert!(may, "{} may not import {} ({})", package.name, dependency.name, dependency.kind);
            }
        }
    }
}

/// Every source file of the workspace.
fn source_files() -> Vec<PathBuf> {
    let mut folders = vec![workspace()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            // cargo marks what it builds into.
            let built = name == "target" || path.join("CACHEDIR.TAG").exists();
            if path.is_dir() && !name.starts_with('.') && !built {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    assert!(files.len() > 100, "the workspace has more files than {}", files.len());
    files
}

#[test]
fn every_source_file_opens_with_what_it_is_for() {
    let silent: Vec<_> = source_files()
        .into_iter()
        .filter(|path| !fs::read_to_string(path).expect("a source file").starts_with("//! "))
        .collect();
    assert!(silent.is_empty(), "these do not open with `//! `: {silent:#?}");
}
