//! Builds a side that is laid out, and keeps what it needs to run.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use anyhow::{Context, Result};
use cargo_metadata::{Artifact, TargetKind};

use super::{
    cache::{self, Entry, Found, Kept, Outside},
    hash::{self, Hash},
    inputs::{Inputs, OutsidePackage, outside_packages},
    lay_out::LaidOut,
    mirror::{mirror, touch},
    needed,
    opens::Recorder,
    place::{Place, SLOT, SOURCE, TARGET, tree_in_slot},
    programs,
    proof::{self, Proof},
    relocate::relocate,
    undeclared::{Undeclared, is_source},
};
use crate::{
    artifact,
    build::{self, Apart, Build, Built, Toolchain},
    cargo::Project,
    cli::CargoArgs,
    no_runner::NoRunner,
    runner::interrupt,
    rustc_wrapper::{self, ALIGNED},
    settings::Settings,
};

/// Everything that building a side needs.
pub struct BuildSide<'a> {
    pub place: &'a Place,
    pub args: &'a CargoArgs,
    pub settings: &'a Settings,
}

/// What to build again.
enum Again {
    /// What can't be shown to come from the side's files.
    Some,
    /// Everything.
    All,
}

impl BuildSide<'_> {
    /// Builds a side with a toolchain, and keeps it.
    ///
    /// # Errors
    /// When cargo can't build it, or it can't be proven that what was built comes from these files.
    pub fn build(&self, side: &LaidOut, toolchain: Toolchain, key: String) -> Result<Found> {
        self.forget_other_flags()?;
        let slot = self.place.slot();
        let changed_at = self.place.changed_at()?;
        let changes = mirror(&side.folder.join(SOURCE), &slot.join(SOURCE), changed_at)?;
        let package = side.at(&slot, &side.package);
        // Only now, since the side's own configuration says how.
        let apart = &apart(self.place, package.clone(), &side.snapshot.tree, toolchain)?;
        let project = Project::apart(self.args, package.join("Cargo.toml"), apart)?;
        // Whatever is read by a build that cargo does not know of belongs to the package, mostly.
        for root in roots_of_changed(&project, &slot.join(SOURCE), &changes) {
            touch(&root, changed_at)?;
        }
        let mut undeclared = Undeclared::of(&apart.target);
        if undeclared.may_write() {
            for script in build_scripts(&project, &slot.join(SOURCE)) {
                touch(&script, changed_at)?;
            }
        }
        project.check_harness(&self.settings.terminal)?;
        // cargo adds to a lock file what is missing in it.
        let lock = |folder: &Path| fs::read(folder.join("Cargo.lock")).ok();
        let workspace = project.workspace().strip_prefix(&slot).unwrap_or(Path::new(""));
        let lock_before = lock(&side.folder.join(workspace));
        let mut written = BTreeSet::new();
        let mut build = self.proven(side, &project, apart, changed_at, &mut undeclared, &mut written)?;
        let inputs = Inputs::of(&project, &build, &[&slot])?;
        let reusable = lock_before.is_some() && lock_before == lock(project.workspace());
        self.keep(
            side,
            &project,
            &mut build,
            &written,
            Entry {
                key,
                inputs,
                reusable,
                tree: side.snapshot.tree.clone(),
                root: side.relative(&side.root).to_owned(),
                runners: Vec::new(),
                files: BTreeMap::new(),
                outside: Vec::new(),
            },
        )
    }

    /// What was compiled with other flags of this command's is of no use.
    fn forget_other_flags(&self) -> Result<()> {
        let path = self.place.slot().join("flags");
        let flags = ALIGNED.join("\n");
        if fs::read_to_string(&path).is_ok_and(|there| there == flags) {
            return Ok(());
        }
        self.place.forget_built()?;
        fs::create_dir_all(self.place.slot())
            .and_then(|()| fs::write(&path, flags))
            .with_context(|| format!("cannot write {}", path.display()))
    }

    /// Builds, and builds again where cargo took something for up to date that was compiled from other
    /// files: first only that, then everything.
    ///
    /// Adds to `written` what builds made among the sources, by path below their folder.
    fn proven(
        &self,
        side: &LaidOut,
        project: &Project,
        apart: &Apart,
        changed_at: SystemTime,
        undeclared: &mut Undeclared,
        written: &mut BTreeSet<PathBuf>,
    ) -> Result<Build> {
        let source = self.place.slot().join(SOURCE);
        let mut again = [Again::Some, Again::All].into_iter();
        loop {
            let recorder = Recorder::start(&source).ok();
            let build = build::build(project, Some(apart), &self.settings.terminal);
            let recorded = recorder.and_then(|recorder| recorder.finish().ok());
            // A build that failed has written, too.
            undeclared.note(recorded.as_ref(), project, build.as_ref().ok(), &source)?;
            let mut build = build?;
            // Where Ctrl-C met this command and not cargo.
            if interrupt::requested() {
                anyhow::bail!("interrupted");
            }
            self.place.keep_built_at(changed_at)?;
            written.extend(recorded.into_iter().flat_map(|it| it.written).filter(|path| is_source(path)));
            let content = |extent, is_script| undeclared.content(extent, is_script, side, &source);
            let mut proof = Proof::of(&apart.target);
            let unproven = proof.check(project, &build, &source, undeclared.extent(), &content)?;
            if unproven.is_empty() {
                return Ok(build);
            }
            let unproven: Vec<Artifact> = unproven.into_iter().cloned().collect();
            // Else it would compile what is about to be forgotten.
            build.complete()?;
            let mut names: Vec<&str> = unproven.iter().map(|unit| unit.target.name.as_str()).collect();
            names.dedup();
            let names = names.join(", ");
            self.settings.terminal.detail(&format!(
                "cargo took for up to date what was compiled from other files, and builds it again: {names}"
            ));
            match again.next() {
                Some(Again::Some) => unproven.iter().for_each(proof::forget),
                Some(Again::All) => self.place.forget_built()?,
                None => anyhow::bail!("cargo does not compile what has changed: {names}"),
            }
        }
    }

    /// Keeps the runners, and what build scripts and linked libraries they need, with the name of the slot
    /// replaced by the side's own.
    fn keep(
        &self,
        side: &LaidOut,
        project: &Project,
        build: &mut Build,
        written: &BTreeSet<PathBuf>,
        mut entry: Entry,
    ) -> Result<Found> {
        let slot = self.place.slot();
        let mut read_runners = Vec::new();
        for (index, built) in build.built.iter().enumerate() {
            let bytes = read(&built.executable)?;
            if artifact::is_runner(&bytes) {
                read_runners.push((index, hash::of_bytes(&bytes), bytes));
            }
        }
        // Meanwhile cargo has told what it gives to each.
        build.complete()?;
        let (mut runners, hashes): (Vec<(&Built, Vec<u8>)>, Vec<String>) =
            read_runners.into_iter().map(|(index, hash, bytes)| ((&build.built[index], bytes), hash)).unzip();
        if runners.is_empty() {
            let packages: BTreeSet<String> = build.built.iter().map(|built| built.package.clone()).collect();
            return Err(NoRunner::NoTarget { packages: packages.into_iter().collect() }.into());
        }
        let mut needed = needed::in_target(build, &runners, &slot);
        needed.extend(needed::in_sources(written, &slot));
        let libraries = hash_of_files(&needed, &slot)?;
        let mut id = Hash::default();
        id.add("key", &entry.key);
        id.add("inputs", entry.inputs.text());
        for ((built, _), hash) in runners.iter().zip(hashes) {
            let kept = kept(side, built, hash, &libraries, &slot);
            id.add("runner", &kept.surroundings);
            entry.runners.push(kept);
        }
        let id = self.place.free_id(&id.finish());
        for (number, ((built, bytes), kept)) in runners.iter_mut().zip(&mut entry.runners).enumerate() {
            relocate(bytes, SLOT, &id);
            relocate(bytes, tree_in_slot(&entry.tree), &entry.tree);
            kept.file = PathBuf::from("bin").join(format!("{number}-{}", built.target));
            let hashed = std::thread::scope(|threads| {
                let hashed = threads.spawn(|| hash::of_bytes(bytes));
                write_like(&built.executable, &side.folder.join(&kept.file), bytes)?;
                anyhow::Ok(hashed.join())
            })?;
            kept.content = hashed.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            for value in kept.environment.values_mut() {
                *value = value.replace(SLOT, &id);
            }
        }
        for path in &needed {
            let mut bytes = read(&slot.join(path))?;
            relocate(&mut bytes, SLOT, &id);
            entry.files.insert(path.clone(), hash::of_bytes(&bytes));
            write_like(&slot.join(path), &side.folder.join(path), &bytes)?;
        }
        // `env!("CARGO_TARGET_TMPDIR")`, which cargo makes for benches.
        let temporary = project.target_folder().join("tmp");
        if let Ok(below) = temporary.strip_prefix(&slot) {
            let folder = side.folder.join(below);
            fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        }
        entry.outside = outside_packages(project, &[&slot])
            .into_iter()
            .map(|package| {
                let content = hash::of_tree(&package.folder)?;
                let OutsidePackage { name, folder, is_beside } = package;
                Ok(Outside { name, folder, content, is_beside })
            })
            .collect::<std::io::Result<_>>()
            .context("cannot read a package outside of the repository")?;
        cache::put(self.place, &side.folder, &id, entry)
    }
}

/// Variables in which cargo describes a package to people: what a README is called makes no runner another.
const DESCRIBING: [&str; 7] = [
    "CARGO_PKG_AUTHORS",
    "CARGO_PKG_DESCRIPTION",
    "CARGO_PKG_HOMEPAGE",
    "CARGO_PKG_LICENSE",
    "CARGO_PKG_LICENSE_FILE",
    "CARGO_PKG_README",
    "CARGO_PKG_REPOSITORY",
];

fn kept(side: &LaidOut, built: &Built, hash: String, libraries: &str, slot: &Path) -> Kept {
    let mut surroundings = Hash::default();
    surroundings.add("executable", &hash);
    surroundings.add("libraries", libraries);
    let decides = |name: &str| !DESCRIBING.contains(&name);
    for (name, value) in built.environment.iter().filter(|(name, _)| decides(name)) {
        surroundings.add(name, value);
    }
    let folder = built.folder.strip_prefix(slot).unwrap_or(side.relative(&side.package)).to_owned();
    surroundings.add("folder", folder.as_os_str().as_encoded_bytes());
    Kept {
        package: built.package.clone(),
        target: built.target.clone(),
        file: PathBuf::new(),
        folder,
        environment: built.environment.clone(),
        hash,
        surroundings: surroundings.finish(),
        content: String::new(),
    }
}

/// The roots of the targets of every package in which something changed; of all packages where something
/// changed that belongs to none.
fn roots_of_changed(project: &Project, source: &Path, changes: &[PathBuf]) -> BTreeSet<PathBuf> {
    let packages: Vec<_> =
        project.all_packages().iter().filter(|package| package.manifest_path.starts_with(source)).collect();
    let mut changed = BTreeSet::new();
    for change in changes.iter().filter(|change| !is_of_git(change)) {
        let path = source.join(change);
        let folder = |package: &&&cargo_metadata::Package| {
            path.starts_with(crate::cargo::parent(package.manifest_path.as_std_path()))
        };
        let innermost =
            packages.iter().filter(folder).max_by_key(|package| package.manifest_path.as_str().len());
        match innermost {
            Some(package) => changed.extend([&package.id]),
            None if is_irrelevant(change) => {}
            None => changed.extend(packages.iter().map(|package| &package.id)),
        }
    }
    packages
        .iter()
        .filter(|package| changed.contains(&package.id))
        .flat_map(|package| &package.targets)
        // cargo knows what a build script declared that it reads.
        .filter(|target| !target.kind.contains(&TargetKind::CustomBuild))
        .map(|target| target.src_path.clone().into_std_path_buf())
        .filter(|path| path.is_file())
        .collect()
}

/// The build scripts of the packages that lie among the sources.
fn build_scripts(project: &Project, source: &Path) -> Vec<PathBuf> {
    let targets = project.all_packages().iter().flat_map(|package| &package.targets);
    let scripts = targets.filter(|target| target.kind.contains(&TargetKind::CustomBuild));
    let paths = scripts.map(|target| target.src_path.clone().into_std_path_buf());
    paths.filter(|path| path.starts_with(source) && path.is_file()).collect()
}

fn is_of_git(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str() == ".git")
}

/// Files beside all packages that no build reads unknown to cargo: manifests, and what is for people and
/// services.
fn is_irrelevant(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let extension = path.extension().and_then(|it| it.to_str()).unwrap_or_default();
    ["Cargo.toml", "Cargo.lock", "duel.toml", ".gitignore", ".gitattributes", "rustfmt.toml", "clippy.toml"]
        .contains(&name)
        || name.starts_with("LICENSE")
        || name.starts_with("rust-toolchain")
        || extension == "md"
        || path.components().any(|part| [".github", ".cargo", ".ci"].iter().any(|it| part.as_os_str() == *it))
}

fn hash_of_files(files: &BTreeSet<PathBuf>, slot: &Path) -> Result<String> {
    let mut all = Hash::default();
    for path in files {
        all.add(&path.display().to_string(), hash::of_bytes(&read(&slot.join(path))?));
    }
    Ok(all.finish())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Writes a file with the permissions of another.
fn write_like(model: &Path, path: &Path, bytes: &[u8]) -> Result<()> {
    let write = || {
        fs::create_dir_all(path.parent().unwrap_or(path))?;
        fs::write(path, bytes)?;
        fs::set_permissions(path, fs::metadata(model)?.permissions())
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

/// The error of a side without the project's manifest.
pub fn check_manifest(side: &LaidOut) -> Result<()> {
    let manifest = side.package.join("Cargo.toml");
    if manifest.is_file() {
        return Ok(());
    }
    let manifest = manifest.strip_prefix(&side.root).unwrap_or(&manifest).to_owned();
    Err(NoRunner::NoCrate { manifest }.into())
}

/// How cargo is called for a side whose package lies in this folder.
pub fn apart(place: &Place, folder: PathBuf, tree: &str, toolchain: Toolchain) -> Result<Apart> {
    let wrapper = place.wrapper()?;
    // The name has the same length always, since it is part of paths.
    let kind = hash::of_bytes(programs::called_in(&folder).as_bytes())[..8].to_owned();
    Ok(Apart {
        target: place.slot().join(TARGET).join(kind),
        environment: rustc_wrapper::environment(&wrapper, &folder, tree_in_slot(tree)),
        folder,
        toolchain,
    })
}

/// The names hide from the compiler's cuts: see `place`.
const _: () = assert!(SLOT.len() == 32 && SOURCE.len() >= 16 && TARGET.len() >= 16);
