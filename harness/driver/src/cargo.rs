//! Asks cargo what there is and has it build the bench targets.

use std::{
    ffi::OsString,
    io::BufReader,
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result};
use cargo_metadata::{Message, Metadata, MetadataCommand, Package, TargetKind};
use rustix::process::Signal;

use crate::{cli::CargoArgs, runner::interrupt, status::helpful, terminal::Terminal};

/// The crate (or workspace) that the command stands in.
pub struct Project {
    metadata: Metadata,
    args: CargoArgs,
    /// Where it stands: the package's folder, or the workspace's.
    pub folder: PathBuf,
}

/// An executable that cargo built for a bench target.
pub struct Built {
    pub package: String,
    pub target: String,
    pub executable: PathBuf,
    /// The package's folder, in which cargo would run it.
    pub folder: PathBuf,
}

fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
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
        let folder = match metadata.root_package() {
            Some(package) => parent(package.manifest_path.as_std_path()),
            None => metadata.workspace_root.clone().into_std_path_buf(),
        };
        Ok(Self { metadata, args: args.clone(), folder })
    }

    pub fn target_folder(&self) -> &Path {
        self.metadata.target_directory.as_std_path()
    }

    /// The package that `init` changes.
    ///
    /// # Errors
    /// When the folder is that of a workspace with no package of its own.
    pub fn package(&self) -> Result<&Package> {
        self.metadata.root_package().ok_or_else(|| {
            helpful(
                format!("{} is a workspace with no package of its own", self.folder.display()),
                "go into one of its members, or name it with --manifest-path",
            )
        })
    }

    /// The packages that may have runners: those that depend on `duel`.
    fn packages(&self) -> Result<Vec<&Package>> {
        let all = self.metadata.workspace_packages();
        let named = match (&self.args.package, self.metadata.root_package()) {
            (Some(name), _) => {
                let found: Vec<_> =
                    all.iter().copied().filter(|package| package.name.as_str() == name).collect();
                if found.is_empty() {
                    let known: Vec<_> = all.iter().map(|package| package.name.as_str()).collect();
                    return Err(helpful(
                        format!("no package \"{name}\" here"),
                        format!("there is {}", known.join(", ")),
                    ));
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
            let names: Vec<_> = named.iter().map(|package| package.name.as_str()).collect();
            return Err(no_runner(&names.join(", ")));
        }
        Ok(with_benches)
    }

    /// Builds the bench targets and returns their executables, runners or not. cargo's own
    /// progress and messages go to stderr as they come.
    ///
    /// # Errors
    /// When no package has a bench target, cargo is not there, or the build fails.
    pub fn build(&self, terminal: &Terminal) -> Result<Vec<Built>> {
        let packages = self.packages()?;
        let mut command = Command::new(cargo());
        command.args(["bench", "--no-run", "--message-format", "json-render-diagnostics"]);
        for package in &packages {
            command.args(["--package", package.name.as_str()]);
        }
        if let Some(bench) = &self.args.bench {
            self.check_bench(bench, &packages)?;
            command.args(["--bench", bench]);
        } else {
            // Only bench targets: `--benches` would also build the library's own tests.
            command.args(["--bench", "*"]);
        }
        if let Some(features) = &self.args.features {
            command.args(["--features", features]);
        }
        for (flag, given) in [
            ("--no-default-features", self.args.no_default_features),
            ("--all-features", self.args.all_features),
        ] {
            if given {
                command.arg(flag);
            }
        }
        if terminal.verbosity < 0 {
            command.arg("--quiet");
        }
        command.arg("--manifest-path").arg(self.metadata.workspace_root.join("Cargo.toml"));
        terminal.detail(&format!("running {command:?}"));
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot run {}", cargo().display()))?;
        let output = child.stdout.take().context("cargo's stdout")?;
        let mut built = Vec::new();
        for message in Message::parse_stream(BufReader::new(output)) {
            if let Message::CompilerArtifact(artifact) = message.context("cannot read what cargo prints")? {
                let package = packages.iter().find(|package| package.id == artifact.package_id);
                if let (Some(package), Some(executable)) = (package, artifact.executable) {
                    built.push(Built {
                        package: package.name.to_string(),
                        target: artifact.target.name,
                        executable: executable.into(),
                        folder: parent(package.manifest_path.as_std_path()),
                    });
                }
            }
        }
        let status = child.wait().context("cannot wait for cargo")?;
        if status.signal() == Some(Signal::INT.as_raw()) {
            interrupt::request();
        }
        if !status.success() {
            return Err(helpful(
                format!("cargo could not build the bench targets ({status})"),
                "cargo's own message stands above",
            ));
        }
        built.sort_by(|a, b| (&a.package, &a.target).cmp(&(&b.package, &b.target)));
        Ok(built)
    }

    fn check_bench(&self, bench: &str, packages: &[&Package]) -> Result<()> {
        let known: Vec<_> = packages.iter().flat_map(|package| bench_targets(package)).collect();
        if known.contains(&bench) {
            return Ok(());
        }
        Err(helpful(format!("no bench target \"{bench}\""), format!("there is {}", known.join(", "))))
    }
}

fn bench_targets(package: &Package) -> impl Iterator<Item = &str> {
    package
        .targets
        .iter()
        .filter(|target| target.kind.contains(&TargetKind::Bench))
        .map(|target| target.name.as_str())
}

/// The error of a crate without a runner.
pub fn no_runner(packages: &str) -> anyhow::Error {
    helpful(
        format!("no runner in {packages}: no bench target calls duel::main!"),
        "`cargo duel init` adds a first one",
    )
}

fn parent(path: &Path) -> PathBuf {
    path.parent().unwrap_or(Path::new(".")).to_owned()
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
