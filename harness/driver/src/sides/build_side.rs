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
    as_built::{self, AsBuilt, kept, read, write_like},
    cache::{self, Entry, Found, Outside},
    hash::{self, Hash},
    inputs::{Inputs, OutsidePackage, outside_packages},
    lay_out::LaidOut,
    mirror::{Change, mirror, touch},
    needed,
    opens::Recorder,
    place::{Place, SLOT, SOURCE, TARGET, tree_in_slot},
    programs,
    proof::{self, Proof},
    relocate::relocate,
    undeclared::{Undeclared, is_source},
};
use crate::{
    cargo::{
        Project,
        apart::{Apart, Toolchain},
        args::CargoArgs,
        build::{self, Build},
        no_runner::NoRunner,
    },
    command::settings::Settings,
    reporter::Event,
    runner::interrupt,
    safe_file,
    sides::rustc_wrapper::{self, ALIGNED},
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
        let mut undeclared = Undeclared::of(&apart.target);
        // Whatever is read by a build that cargo does not know of belongs to the package, mostly.
        for root in roots_of_changed(&project, &slot.join(SOURCE), &changes, &undeclared) {
            touch(&root, changed_at)?;
        }
        if undeclared.may_write() {
            for script in build_scripts(&project, &slot.join(SOURCE)) {
                touch(&script, changed_at)?;
            }
        }
        project.check_harness(&self.settings.reporter)?;
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
            .and_then(|()| safe_file::write(&path, flags))
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
            let build = build::build(project, Some(apart), &self.settings.reporter);
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
            self.settings.reporter.report(&Event::BuiltAgain { packages: &names });
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
        let runners = as_built::among(&build.built)?;
        let mut id = Hash::default();
        id.add("key", &entry.key);
        id.add("inputs", entry.inputs.text());
        runners.iter().for_each(|runner| id.add("runner", &runner.hash));
        let id = self.place.free_id(&id.finish());
        // Meanwhile cargo tells what it gives to each.
        let write = |runner: &AsBuilt| runner.write(&id, &entry.tree, &side.folder);
        let (contents, completed) = std::thread::scope(|threads| {
            let contents = threads.spawn(|| runners.iter().map(write).collect::<Result<Vec<_>>>());
            let completed = build.complete();
            (contents.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), completed)
        });
        completed?;
        let mut needed = needed::in_target(build, &runners, &slot);
        needed.extend(needed::in_sources(written, &slot));
        let libraries = hash_of_files(&needed, &slot)?;
        for (runner, content) in runners.into_iter().zip(contents?) {
            let mut kept = kept(side, &build.built[runner.index], runner, &libraries, &slot);
            kept.content = content;
            for value in kept.environment.values_mut() {
                *value = value.replace(SLOT, &id);
            }
            entry.runners.push(kept);
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
            .map(|OutsidePackage { name, folder }| {
                let content = hash::of_tree(&folder)?;
                Ok(Outside { name, folder, content })
            })
            .collect::<std::io::Result<_>>()
            .context("cannot read a package outside of the repository")?;
        cache::put(self.place, &side.folder, &id, entry)
    }
}

/// The roots of the targets of every package in which something changed; of all packages where something
/// changed that belongs to none and that a build may have read.
fn roots_of_changed(
    project: &Project,
    source: &Path,
    changes: &[Change],
    undeclared: &Undeclared,
) -> BTreeSet<PathBuf> {
    let packages: Vec<_> =
        project.all_packages().iter().filter(|package| package.manifest_path.starts_with(source)).collect();
    let mut changed = BTreeSet::new();
    for change in changes.iter().filter(|change| !is_of_git(&change.path)) {
        let path = source.join(&change.path);
        let folder = |package: &&&cargo_metadata::Package| {
            path.starts_with(crate::path::parent(package.manifest_path.as_std_path()))
        };
        let innermost =
            packages.iter().filter(folder).max_by_key(|package| package.manifest_path.as_str().len());
        match innermost {
            Some(package) => changed.extend([&package.id]),
            // Whether a file is there can be asked without opening it; what it says cannot.
            None if change.is_content && !undeclared.may_have_read(&change.path) => {}
            None if is_irrelevant(&change.path) => {}
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

/// The error of a side without the project's manifest.
pub fn check_manifest(side: &LaidOut) -> Result<()> {
    let manifest = side.package.join("Cargo.toml");
    if manifest.is_file() {
        return Ok(());
    }
    let manifest = manifest.strip_prefix(&side.root).unwrap_or(&manifest).to_owned();
    Err(NoRunner::NoCrate { manifest }.into())
}

/// How cargo is called for a side whose package is in this folder.
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
