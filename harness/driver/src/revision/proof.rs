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

use super::{
    dep_info::DepInfo,
    hash::{self, Hash},
    inputs::immutable,
};
use crate::{build::Build, cargo::Project};

/// What every unit in a target folder was compiled from.
pub struct Proof<'a> {
    /// The hash of what any unit may have read without a word.
    undeclared: &'a str,
    /// The same for what build scripts can learn without opening a file.
    listing: &'a str,
    path: PathBuf,
    /// The hash of what it was compiled from, by the unit's first file.
    units: BTreeMap<String, String>,
}

impl<'a> Proof<'a> {
    /// Reads what is known of a target folder. Beside what the compiler says, units were compiled from what is
    /// `undeclared`, and build scripts from a `listing` of the sources: hashes.
    pub fn of(target: &Path, undeclared: &'a str, listing: &'a str) -> Self {
        let path = target.join("duel-units.json");
        let units =
            fs::read(&path).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
        Self { undeclared, listing, path, units }
    }

    /// Takes in what a build compiled; returns the units that it found and that were compiled from something
    /// else, or from what nobody knows.
    ///
    /// # Errors
    /// When what is known can't be written.
    pub fn check<'b>(&mut self, project: &Project, build: &'b Build) -> Result<Vec<&'b Artifact>> {
        let immutable = immutable();
        let mut unproven = Vec::new();
        for unit in &build.units {
            if immutable.iter().any(|folder| unit.manifest_path.as_std_path().starts_with(folder)) {
                continue;
            }
            let Some(name) = unit.filenames.first().map(ToString::to_string) else { continue };
            let content = self.content(project, unit);
            match (unit.fresh, &content) {
                (false, Some(content)) => {
                    self.units.insert(name, content.clone());
                }
                (true, Some(content)) if self.units.get(&name) == Some(content) => {}
                (false, None) => {
                    self.units.remove(&name);
                }
                (true, _) => unproven.push(unit),
            }
        }
        let text = serde_json::to_vec(&self.units)?;
        fs::write(&self.path, text).with_context(|| format!("cannot write {}", self.path.display()))?;
        Ok(unproven)
    }

    /// The hash of everything that a unit was compiled from; `None` where the compiler does not say.
    fn content(&self, project: &Project, unit: &Artifact) -> Option<String> {
        let folder = project.compiled_in(&unit.package_id)?;
        let info = DepInfo::of(unit, &folder)?;
        let mut hash = Hash::default();
        hash.add("undeclared", self.undeclared);
        for file in &info.files {
            hash.add(&file.display().to_string(), hash::of_file(file).unwrap_or_default());
        }
        if unit.target.kind.contains(&TargetKind::CustomBuild) {
            // What it reads when it runs is its own affair; whatever it is, it is mostly of its package.
            hash.add("listing", self.listing);
            let package = Path::new(unit.manifest_path.parent()?);
            hash.add("package", hash::of_tree(package).ok()?);
        }
        Some(hash.finish())
    }
}

/// Removes what cargo knows of a unit, so that it is compiled again. Where cargo keeps that is its own
/// affair: whether it worked, the next check says.
pub fn forget(unit: &Artifact) {
    for file in unit.filenames.iter().map(|file| file.as_std_path()) {
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
