//! What a build read that is not among the files of its side: it decides about the executables too, so
//! that a side which was built before is only used again where all of it is as it was.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use cargo_metadata::BuildScript;
use serde::{Deserialize, Serialize};

use super::{dep_info::DepInfo, hash};
use crate::cargo::{Project, build::Build, config, environment};

/// Everything that was read from outside, with the hash of its content.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inputs {
    /// Files; `None` where one was not there.
    files: BTreeMap<PathBuf, Option<String>>,
    /// Variables; `None` where one was not set.
    variables: BTreeMap<String, Option<String>>,
    /// Folders of packages that lie outside of the repository.
    packages: BTreeMap<PathBuf, String>,
}

impl Inputs {
    /// What the compiler and the build scripts say that they read, apart from files of the side (`own`:
    /// folders), of cargo's home and of the toolchain.
    ///
    /// # Errors
    /// When a package outside of the repository can't be read.
    pub fn of(project: &Project, build: &Build, own: &[&Path]) -> Result<Self> {
        let (mut files, mut variables) = (BTreeSet::new(), BTreeSet::new());
        for unit in &build.units {
            let folder = project.compiled_in(&unit.package_id).unwrap_or_default();
            if let Some(info) = DepInfo::of(unit, &folder) {
                files.extend(info.files);
                variables.extend(info.variables);
            }
        }
        for script in &build.scripts {
            let declared = Declared::of(script);
            files.extend(declared.files.iter().map(|file| declared.folder(project, script).join(file)));
            variables.extend(declared.variables);
            files.extend(libraries(script));
        }
        // A link within the side may lead out of it.
        let files: BTreeSet<PathBuf> =
            files.into_iter().map(|file| fs::canonicalize(&file).unwrap_or(file)).collect();
        variables.retain(|name| !environment::is_of_another_package(name));
        let immutable = immutable();
        let outside = |file: &PathBuf| {
            !own.iter().any(|own| file.starts_with(own)) && !immutable.iter().any(|it| file.starts_with(it))
        };
        let files = files.into_iter().filter(outside).map(|file| (file.clone(), of_path(&file))).collect();
        let variables = variables.into_iter().map(|name| (name.clone(), of_variable(&name))).collect();
        let packages = outside_packages(project, own)
            .into_iter()
            .map(|OutsidePackage { folder, .. }| {
                let hash =
                    hash::of_tree(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
                Ok((folder, hash))
            })
            .collect::<Result<_>>()?;
        Ok(Self { files, variables, packages })
    }

    /// Whether everything is now as it was read then.
    pub fn still_hold(&self) -> bool {
        self.files.iter().all(|(file, hash)| of_path(file) == *hash)
            && self.variables.iter().all(|(name, hash)| of_variable(name) == *hash)
            && self.packages.iter().all(|(folder, hash)| hash::of_tree(folder).is_ok_and(|now| now == *hash))
    }

    /// The same as text that is equal for equal inputs.
    pub fn text(&self) -> String {
        format!("{self:?}")
    }
}

/// A package that a side is built from and that is not part of its repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutsidePackage {
    pub name: String,
    /// Where it really is.
    pub folder: PathBuf,
}

/// Packages that a project is built from whose files lie neither within one of the `own` folders nor in
/// cargo's home.
pub fn outside_packages(project: &Project, own: &[&Path]) -> Vec<OutsidePackage> {
    let immutable = immutable();
    let packages = project.all_packages().iter().filter_map(|package| {
        let folder = fs::canonicalize(package.manifest_path.parent()?).ok()?;
        Some(OutsidePackage { name: package.name.to_string(), folder })
    });
    let outside = |package: &OutsidePackage| {
        !own.iter().any(|own| package.folder.starts_with(own))
            && !immutable.iter().any(|it| package.folder.starts_with(it))
    };
    packages.filter(outside).collect()
}

/// Where files are that never change under one name: downloaded sources. The compiler's own are known
/// by its version.
pub fn immutable() -> Vec<PathBuf> {
    let cargo = config::home().into_iter().flat_map(|home| [home.join("registry"), home.join("git")]);
    let rustup = env::var_os("RUSTUP_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(Path::new(&env::var_os("HOME")?).join(".rustup")));
    // Each of them may be a link, such as to a cache that several machines have.
    let named = cargo.chain(rustup);
    named.flat_map(|folder| fs::canonicalize(&folder).into_iter().chain([folder])).collect()
}

fn of_path(path: &Path) -> Option<String> {
    if path.is_dir() { hash::of_tree(path).ok() } else { hash::of_file(path) }
}

fn of_variable(name: &str) -> Option<String> {
    let value = env::var_os(name)?;
    let mut hash = hash::Hash::default();
    hash.add(name, value.as_encoded_bytes());
    Some(hash.finish())
}

/// What a build script asked cargo to watch.
#[derive(Default)]
struct Declared {
    files: Vec<String>,
    variables: Vec<String>,
}

impl Declared {
    fn of(script: &BuildScript) -> Self {
        let output = script.out_dir.parent().map(|folder| folder.join("output"));
        let text = output.and_then(|path| fs::read(path).ok()).unwrap_or_default();
        Self::parse(&String::from_utf8_lossy(&text))
    }

    fn parse(text: &str) -> Self {
        let mut declared = Self::default();
        for line in text.lines() {
            let Some(line) = line.strip_prefix("cargo::").or_else(|| line.strip_prefix("cargo:")) else {
                continue;
            };
            match line.split_once('=') {
                Some(("rerun-if-changed", file)) => declared.files.push(file.to_owned()),
                Some(("rerun-if-env-changed", name)) => declared.variables.push(name.to_owned()),
                _ => {}
            }
        }
        declared
    }

    /// Paths count from the package's folder.
    fn folder(&self, project: &Project, script: &BuildScript) -> PathBuf {
        let package = project.all_packages().iter().find(|package| package.id == script.package_id);
        package.and_then(|package| package.manifest_path.parent()).map(PathBuf::from).unwrap_or_default()
    }
}

/// The files that build scripts have cargo watch.
pub fn declared_by_scripts(project: &Project, build: &Build) -> Vec<PathBuf> {
    let files = |script: &BuildScript| {
        let declared = Declared::of(script);
        let folder = declared.folder(project, script);
        declared.files.iter().map(|file| folder.join(file)).collect::<Vec<_>>()
    };
    build.scripts.iter().flat_map(files).collect()
}

/// Libraries that a build script has the linker take, where they are found.
fn libraries(script: &BuildScript) -> Vec<PathBuf> {
    let name = |text: &str| text.rsplit_once('=').map_or(text, |(_, name)| name).to_owned();
    let folders: Vec<PathBuf> = script.linked_paths.iter().map(|path| name(path.as_str()).into()).collect();
    let names = script.linked_libs.iter().map(|library| name(library.as_str()));
    let files = names.flat_map(|name| [format!("lib{name}.a"), format!("lib{name}.so"), name]);
    files
        .flat_map(|file| folders.iter().map(move |folder| folder.join(&file)))
        .filter(|path| path.is_file())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_what_a_build_script_declares_are_read() {
        let declared = Declared::parse(
            "noise\ncargo:rerun-if-changed=a b.h\ncargo::rerun-if-env-changed=OPENSSL_DIR\ncargo:rustc-link-lib=z\n",
        );
        assert_eq!((declared.files, declared.variables), (vec!["a b.h".into()], vec!["OPENSSL_DIR".into()]));
    }
}
