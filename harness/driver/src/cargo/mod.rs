//! Asks cargo what there is: the crate that the command is in, its packages and their bench
//! targets.

pub mod apart;
pub mod args;
pub mod build;
pub mod config;
pub mod environment;
pub mod harness_line;
pub mod no_runner;
mod required_features;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use cargo_metadata::{Metadata, MetadataCommand, Package};

use crate::{
    cargo::{
        apart::{Apart, cargo},
        args::CargoArgs,
        no_runner::NoRunner,
    },
    children,
    command::status::helpful,
    path::parent,
    reporter::{Event, Reporter},
};

/// The crate (or workspace) that the command is in.
#[derive(Clone, Debug)]
pub struct Project {
    metadata: Metadata,
    pub args: CargoArgs,
    /// Where it stands: a package's folder, or the workspace's.
    pub folder: PathBuf,
}

impl Project {
    /// Finds the crate.
    ///
    /// # Errors
    /// When there is no cargo, no crate, or its manifest is wrong; with cargo's own words.
    pub fn find(args: &CargoArgs) -> Result<Self> {
        let mut command = MetadataCommand::new();
        command.cargo_path(cargo()).no_deps();
        if let Some(path) = &args.manifest_path {
            command.manifest_path(path);
        }
        let metadata = command.exec().map_err(explain)?;
        let folder = stands_in(args.manifest_path.as_deref(), &metadata)?;
        Ok(Self { metadata, args: args.clone(), folder })
    }

    /// The crate of a side of a comparison, and everything that it is built from. cargo writes the lock
    /// file where there is none.
    ///
    /// # Errors
    /// When cargo can't tell, with its own words.
    pub fn apart(args: &CargoArgs, manifest: PathBuf, apart: &Apart) -> Result<Self> {
        let mut asked = MetadataCommand::new();
        asked.manifest_path(&manifest);
        let arguments = asked.cargo_command();
        let mut command = apart.cargo();
        command.args(arguments.get_args());
        let output = children::output(&mut command, &[])
            .with_context(|| format!("cannot run {}", cargo().display()))?;
        if !output.status.success() {
            let words =
                String::from_utf8_lossy(&output.stderr).trim().trim_start_matches("error: ").to_owned();
            return Err(anyhow::anyhow!(words).context("cargo can't read this crate's manifests"));
        }
        let text = String::from_utf8(output.stdout).context("cargo's description is no text")?;
        let metadata =
            MetadataCommand::parse(text).context("cannot read cargo's description of this crate")?;
        let folder = stands_in(Some(&manifest), &metadata)?;
        Ok(Self { metadata, args: CargoArgs { manifest_path: Some(manifest), ..args.clone() }, folder })
    }

    /// Every package that it is built from, its own included; only for what [`apart`](Self::apart) made.
    pub fn all_packages(&self) -> &[Package] {
        &self.metadata.packages
    }

    /// The folder of a package within which the compiler runs.
    pub fn compiled_in(&self, package: &cargo_metadata::PackageId) -> Option<PathBuf> {
        if self.metadata.workspace_members.contains(package) {
            return Some(self.workspace().to_owned());
        }
        let found = self.metadata.packages.iter().find(|it| it.id == *package)?;
        Some(parent(found.manifest_path.as_std_path()))
    }

    pub fn target_folder(&self) -> &Path {
        self.metadata.target_directory.as_std_path()
    }

    /// The folder of the workspace that it belongs to, or is.
    pub fn workspace(&self) -> &Path {
        self.metadata.workspace_root.as_std_path()
    }

    /// The package that the command is in; `None` for a workspace without one of its own.
    fn own(&self) -> Option<&Package> {
        let all = self.metadata.workspace_packages();
        all.into_iter().find(|package| parent(package.manifest_path.as_std_path()) == self.folder)
    }

    /// The package that `init` changes.
    ///
    /// # Errors
    /// When the folder is that of a workspace with no package of its own.
    pub fn package(&self) -> Result<&Package> {
        self.own().ok_or_else(|| {
            helpful(
                format!("{} is a workspace with no package of its own", self.folder.display()),
                "go into one of its members, or name it with --manifest-path",
            )
        })
    }

    /// The packages that may have runners: those that depend on `duel`.
    ///
    /// # Errors
    /// When there is none, or none of the name that was asked for.
    pub fn packages(&self) -> Result<Vec<&Package>> {
        let all = self.metadata.workspace_packages();
        let named = match (&self.args.package, self.own()) {
            (Some(name), _) => {
                let found: Vec<_> =
                    all.iter().copied().filter(|package| package.name.as_str() == name).collect();
                if found.is_empty() {
                    let known = all.iter().map(|package| package.name.to_string()).collect();
                    return Err(NoRunner::NoPackage { name: name.clone(), known }.into());
                }
                found
            }
            (None, Some(package)) => vec![package],
            (None, None) => all,
        };
        let with_benches: Vec<_> = named
            .iter()
            .copied()
            .filter(|package| package.dependencies.iter().any(|dependency| dependency.name == "duel"))
            .filter(|package| bench_targets(package).next().is_some())
            .collect();
        if with_benches.is_empty() {
            let packages = named.iter().map(|package| package.name.to_string()).collect();
            return Err(NoRunner::NoTarget { packages }.into());
        }
        Ok(with_benches)
    }

    /// The names of dependencies that are named by a path to outside of a folder.
    pub fn dependencies_outside(&self, folder: &Path) -> Vec<String> {
        let packages = self.metadata.workspace_packages();
        let all = packages.iter().flat_map(|package| &package.dependencies);
        let outside = |path: &cargo_metadata::camino::Utf8PathBuf| !path.as_std_path().starts_with(folder);
        all.filter(|it| it.path.as_ref().is_some_and(outside)).map(|it| it.name.clone()).collect()
    }

    /// Says that the program which cargo would start benches with is not used, if there is one.
    pub fn note_runner(&self, reporter: &Reporter) {
        if let Some((runner, said_by)) = config::runner(&self.folder) {
            reporter.report(&Event::CargoRunnerUnused { program: &runner, setting: &said_by });
        }
    }

    /// Checks that there is a bench target of this name.
    ///
    /// # Errors
    /// When there is none; the help names those that there are.
    fn check_bench(&self, bench: &str, packages: &[&Package]) -> Result<()> {
        let known: Vec<_> = packages.iter().flat_map(|package| bench_targets(package)).collect();
        if known.contains(&bench) {
            return Ok(());
        }
        let known = known.into_iter().map(str::to_owned).collect();
        Err(NoRunner::NoBench { name: bench.to_owned(), known }.into())
    }

    /// Checks that the bench targets that call `duel::main!` are built with that `main`. Warns of
    /// those that are not, if another one is a runner.
    ///
    /// # Errors
    /// When none is a runner, since all of them lack the line in the manifest.
    pub fn check_harness(&self, reporter: &Reporter) -> Result<()> {
        let packages = self.packages()?;
        if let Some(bench) = &self.args.bench {
            self.check_bench(bench, &packages)?;
        }
        let found = harness_line::look(&packages, self.args.bench.as_deref())?;
        if !found.has_runner && !found.forgotten.is_empty() {
            return Err(NoRunner::ForgottenHarness(found.forgotten).into());
        }
        for forgotten in &found.forgotten {
            reporter.report(&Event::BenchLeftOut { bench: forgotten, help: &forgotten.help() });
        }
        Ok(())
    }
}

fn bench_targets(package: &Package) -> impl Iterator<Item = &str> {
    required_features::benches(package).map(|target| target.name.as_str())
}

/// The folder of the manifest that was named, or is the nearest above, as cargo writes it.
fn stands_in(manifest: Option<&Path>, metadata: &Metadata) -> Result<PathBuf> {
    let named = match manifest {
        Some(manifest) => parent(manifest),
        None => std::env::current_dir().context("cannot tell the current folder")?,
    };
    let named = fs::canonicalize(&named).with_context(|| format!("cannot find {}", named.display()))?;
    let nearest = named.ancestors().find(|folder| folder.join("Cargo.toml").is_file());
    let packages = metadata.workspace_packages();
    let mut folders = packages.iter().map(|package| parent(package.manifest_path.as_std_path()));
    let own = folders.find(|folder| fs::canonicalize(folder).ok().as_deref() == nearest);
    Ok(own.unwrap_or_else(|| metadata.workspace_root.clone().into_std_path_buf()))
}

fn explain(error: cargo_metadata::Error) -> anyhow::Error {
    match error {
        cargo_metadata::Error::CargoMetadata { stderr } => {
            let words = stderr.trim().trim_start_matches("error: ").to_owned();
            helpful(
                format!("cargo finds no crate here: {words}"),
                "go into a crate, or name one with --manifest-path",
            )
        }
        cargo_metadata::Error::Io(error) => helpful(
            format!("cannot run {}: {error}", cargo().display()),
            "install Rust from https://rustup.rs, or put cargo on the PATH",
        ),
        other => anyhow::Error::new(other).context("cannot read what cargo says of this crate"),
    }
}
