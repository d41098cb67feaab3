//! The files beside its executable that a runner needs while it runs, and that its build has made.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use cargo_metadata::{Artifact, TargetKind};
use memchr::memmem;

use super::{as_built::AsBuilt, inputs::immutable, place::SOURCE};
use crate::cargo::build::Build;

/// What a build has written among the sources (by path below their folder), relative to the slot.
pub fn in_sources(written: &BTreeSet<PathBuf>, slot: &Path) -> BTreeSet<PathBuf> {
    let written = written.iter().map(|path| slot.join(SOURCE).join(path));
    let files = written.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] });
    let files = files.filter(|path| path.is_file());
    files.filter_map(|path| path.strip_prefix(slot).ok().map(Path::to_owned)).collect()
}

/// Files in the target folder, relative to the slot, that runners need while they run: what the build
/// scripts of the side's own packages made, and programs, where an executable has their path; and the libraries
/// in folders in which they are looked for.
pub fn in_target(build: &Build, runners: &[AsBuilt], slot: &Path) -> BTreeSet<PathBuf> {
    let mut needed = BTreeSet::new();
    let immutable = immutable();
    let of_files = |unit: &&Artifact| !immutable.iter().any(|it| unit.manifest_path.starts_with(it));
    let own: BTreeSet<_> = build.units.iter().filter(of_files).map(|unit| &unit.package_id).collect();
    let is_named = |path: &Path| {
        let text = path.as_os_str().as_encoded_bytes();
        runners.iter().any(|runner| memmem::find(&runner.bytes, text).is_some())
    };
    for script in build.scripts.iter().filter(|script| own.contains(&script.package_id)) {
        let folder = script.out_dir.as_std_path();
        if is_named(folder) {
            needed.extend(files_below(folder));
        }
    }
    // `env!("CARGO_BIN_EXE_name")`
    let programs = build.units.iter().filter(|unit| unit.target.kind.contains(&TargetKind::Bin));
    let programs = programs.filter_map(|unit| unit.executable.clone()).map(PathBuf::from);
    needed.extend(programs.filter(|path| path.starts_with(slot) && is_named(path)));
    let folders: BTreeSet<PathBuf> = runners
        .iter()
        .filter_map(|runner| build.built[runner.index].environment.get("LD_LIBRARY_PATH"))
        .flat_map(std::env::split_paths)
        .filter(|folder| folder.starts_with(slot))
        .collect();
    let is_macro = |unit: &&Artifact| unit.target.kind.contains(&TargetKind::ProcMacro);
    let files = |unit: &Artifact| unit.filenames.iter().map(PathBuf::from).collect::<Vec<_>>();
    let made: BTreeSet<PathBuf> = build.units.iter().filter(|unit| !is_macro(unit)).flat_map(files).collect();
    for folder in folders {
        let entries = fs::read_dir(&folder).into_iter().flatten().flatten().map(|entry| entry.path());
        // Of cargo's own folder only what belongs to this build.
        let belongs = |path: &PathBuf| !folder.ends_with("deps") || made.contains(path);
        needed.extend(entries.filter(|path| is_library(path) && belongs(path)));
    }
    needed.iter().filter_map(|path| path.strip_prefix(slot).ok().map(Path::to_owned)).collect()
}

/// `libx.so` or `libx.so.1`.
fn is_library(path: &Path) -> bool {
    let name = path.file_name().and_then(|it| it.to_str()).unwrap_or_default();
    name.ends_with(".so") || name.contains(".so.")
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                Ok(kind) if kind.is_file() => files.push(entry.path()),
                _ => {}
            }
        }
    }
    files
}
