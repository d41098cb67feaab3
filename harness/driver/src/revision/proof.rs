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
pub struct Proof {
    path: PathBuf,
    /// The hash of what it was compiled from, by the unit's first file.
    units: BTreeMap<String, String>,
}

impl Proof {
    /// Reads what is known of a target folder.
    pub fn of(target: &Path) -> Self {
        let path = target.join("duel-units.json");
        let units =
            fs::read(&path).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
        Self { path, units }
    }

    /// Takes in what a build compiled; returns the names of units that it found and that were compiled
    /// from something else, or from what nobody knows.
    ///
    /// # Errors
    /// When what is known can't be written.
    pub fn check(&mut self, project: &Project, build: &Build) -> Result<Vec<String>> {
        let immutable = immutable();
        let mut unproven = Vec::new();
        for unit in &build.units {
            if immutable.iter().any(|folder| unit.manifest_path.as_std_path().starts_with(folder)) {
                continue;
            }
            let Some(name) = unit.filenames.first().map(ToString::to_string) else { continue };
            let content = content(project, unit);
            match (unit.fresh, &content) {
                (false, Some(content)) => {
                    self.units.insert(name, content.clone());
                }
                (true, Some(content)) if self.units.get(&name) == Some(content) => {}
                (false, None) => {
                    self.units.remove(&name);
                }
                (true, _) => {
                    unproven.push(format!("{} ({})", unit.target.name, project.name_of(&unit.package_id)))
                }
            }
        }
        let text = serde_json::to_vec(&self.units)?;
        fs::write(&self.path, text).with_context(|| format!("cannot write {}", self.path.display()))?;
        Ok(unproven)
    }
}

/// The hash of everything that a unit was compiled from; `None` where the compiler does not say.
fn content(project: &Project, unit: &Artifact) -> Option<String> {
    let folder = project.compiled_in(&unit.package_id)?;
    let info = DepInfo::of(unit, &folder)?;
    let mut hash = Hash::default();
    for file in &info.files {
        hash.add(&file.display().to_string(), hash::of_file(file).unwrap_or_default());
    }
    if unit.target.kind.contains(&TargetKind::CustomBuild) {
        // What it reads when it runs is its own affair; whatever it is, it is mostly of its package.
        let package = Path::new(unit.manifest_path.parent()?);
        hash.add("package", hash::of_tree(package).ok()?);
    }
    Some(hash.finish())
}
