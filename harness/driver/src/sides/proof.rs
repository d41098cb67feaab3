//! Proves that what was built comes from the files that are there.
//!
//! cargo says of every unit whether it compiled it now, or found it compiled. One that was found is held
//! to be right only if the content of everything that it was compiled from is what it was then. Nothing of
//! it rests on the times of files.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use cargo_metadata::{Artifact, TargetKind};
use duel_record::read_regular;
use serde::{Deserialize, Serialize};

use super::{
    dep_info::DepInfo,
    hash::{self, Hash},
    inputs::immutable,
    undeclared::Extent,
};
use crate::{
    cargo::{Project, build::Build},
    safe_file,
};

/// Some hundred bytes for each unit or file.
const LARGEST_BYTES: u64 = 256 << 20;

/// What every unit in a target folder was compiled from.
pub struct Proof {
    path: PathBuf,
    /// By the unit's first file.
    units: BTreeMap<String, Unit>,
}

/// What a unit was compiled from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Unit {
    /// The hash of all of it.
    content: String,
    /// How much of what is not declared it may have read.
    extent: Extent,
}

/// The hash of what a unit may have read without a word, and whether it is a build script.
pub type UndeclaredContent<'a> = &'a dyn Fn(Extent, bool) -> std::io::Result<String>;

impl Proof {
    /// Reads what is known of a target folder.
    pub fn of(target: &Path) -> Self {
        let path = target.join("duel-units.json");
        let units = read_regular(&path, LARGEST_BYTES)
            .ok()
            .and_then(|text| serde_json::from_slice(&text).ok())
            .unwrap_or_default();
        Self { path, units }
    }

    /// Takes in what a build compiled from the files in `source`; returns the units that it found and that were compiled from something
    /// else, or from what nobody knows.
    ///
    /// # Errors
    /// When what is known can't be written.
    pub fn check<'b>(
        &mut self,
        project: &Project,
        build: &'b Build,
        source: &Path,
        extent: Extent,
        undeclared: UndeclaredContent<'_>,
    ) -> Result<Vec<&'b Artifact>> {
        let immutable = immutable();
        let mut unproven = Vec::new();
        for unit in &build.units {
            if immutable.iter().any(|folder| unit.manifest_path.as_std_path().starts_with(folder)) {
                continue;
            }
            let Some(name) = unit.filenames.first().map(ToString::to_string) else { continue };
            let there = if unit.fresh { self.units.get(&name) } else { None };
            let extent = match there {
                Some(unit) => unit.extent,
                // What lies outside of the repository is not built from it.
                None if is_outside(unit, source) => Extent::default(),
                None => extent,
            };
            let content = content(project, unit, extent, undeclared);
            match (unit.fresh, content) {
                (false, Some(content)) => {
                    self.units.insert(name, Unit { content, extent });
                }
                (true, Some(content)) if there.is_some_and(|unit| unit.content == content) => {}
                (false, None) => {
                    self.units.remove(&name);
                }
                (true, _) => unproven.push(unit),
            }
        }
        let text = serde_json::to_vec(&self.units)?;
        safe_file::write(&self.path, text)
            .with_context(|| format!("cannot write {}", self.path.display()))?;
        Ok(unproven)
    }
}

/// Whether a unit's package is not one of those below this folder; links are followed.
fn is_outside(unit: &Artifact, source: &Path) -> bool {
    fs::canonicalize(&unit.manifest_path).is_ok_and(|manifest| !manifest.starts_with(source))
}

/// Removes what cargo knows of a unit, so that it is compiled again. Where cargo keeps that is its own
/// affair: whether it worked, the next check says.
pub fn forget(unit: &Artifact) {
    for file in unit.filenames.iter().map(|file| file.as_std_path()) {
        if unit.target.kind.contains(&TargetKind::CustomBuild) {
            // PROFILE/build/NAME-HASH/build-script-build
            let name = file.parent().and_then(Path::file_name);
            if let (Some(name), Some(profile)) = (name, file.ancestors().nth(3)) {
                let _ = fs::remove_dir_all(profile.join(".fingerprint").join(name));
            }
        }
        let stem = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        // PROFILE/deps/libNAME-HASH.rlib and PROFILE/.fingerprint/NAME-HASH
        let (Some((_, hash)), Some(profile)) = (stem.rsplit_once('-'), file.ancestors().nth(2)) else {
            continue;
        };
        for entry in fs::read_dir(profile.join(".fingerprint")).into_iter().flatten().flatten() {
            if entry.file_name().to_str().is_some_and(|name| name.ends_with(&format!("-{hash}"))) {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
        let _ = fs::remove_file(file);
    }
}

/// The hash of everything that a unit was compiled from; `None` where the compiler does not say.
fn content(
    project: &Project,
    unit: &Artifact,
    extent: Extent,
    undeclared: UndeclaredContent<'_>,
) -> Option<String> {
    let is_script = unit.target.kind.contains(&TargetKind::CustomBuild);
    let folder = project.compiled_in(&unit.package_id)?;
    let info = DepInfo::of(unit, &folder)?;
    let mut hash = Hash::default();
    hash.add("undeclared", undeclared(extent, is_script).ok()?);
    for file in &info.files {
        hash.add(&file.display().to_string(), hash::of_file(file).unwrap_or_default());
    }
    if is_script {
        // What it reads when it runs is its own affair; whatever it is, it is mostly of its package.
        let package = Path::new(unit.manifest_path.parent()?);
        hash.add("package", hash::of_tree(package).ok()?);
    }
    Some(hash.finish())
}
