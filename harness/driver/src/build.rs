//! Has cargo build the bench targets, and reads which executables came of it.

use std::{
    ffi::OsString,
    io::BufReader,
    os::unix::process::ExitStatusExt,
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use anyhow::{Context, Result};
use cargo_metadata::{Message, Package};
use rustix::process::Signal;

use crate::{
    cargo::{Project, cargo, parent},
    runner::interrupt,
    status::helpful,
    terminal::Terminal,
};

/// An executable that cargo built for a bench target.
pub struct Built {
    pub package: String,
    pub target: String,
    pub executable: PathBuf,
    /// The package's folder, in which cargo would run it.
    pub folder: PathBuf,
}

/// What is different where a side of a comparison is built, and not what the user builds.
pub struct Apart {
    /// cargo's target folder.
    pub target: PathBuf,
    pub environment: Vec<(&'static str, OsString)>,
}

/// Builds the bench targets and returns their executables, runners or not. cargo's own progress
/// and messages go to stderr as they come.
///
/// # Errors
/// When no package has a bench target, cargo is not there, or the build fails.
pub fn build(project: &Project, apart: Option<&Apart>, terminal: &Terminal) -> Result<Vec<Built>> {
    let packages = project.packages()?;
    let mut command = command(project, &packages)?;
    project.check_harness(&packages, terminal)?;
    if let Some(apart) = apart {
        command.arg("--target-dir").arg(&apart.target);
        command.envs(apart.environment.iter().map(|(name, value)| (name, value)));
    }
    if terminal.verbosity < 0 {
        command.arg("--quiet");
    }
    terminal.detail(&format!("running {command:?}"));
    let mut child = start(command.stdout(Stdio::piped()))?;
    let built = read(&mut child, &packages)?;
    end(child, "build the bench targets")?;
    Ok(built)
}

/// Removes what was built of these packages.
///
/// # Errors
/// When cargo can't.
pub fn clean(project: &Project, packages: &[String], apart: &Apart, terminal: &Terminal) -> Result<()> {
    let mut command = Command::new(cargo());
    command.args(["clean", "--quiet", "--profile", "bench", "--target-dir"]).arg(&apart.target);
    command.arg("--manifest-path").arg(project.workspace().join("Cargo.toml"));
    for package in packages {
        command.args(["--package", package]);
    }
    terminal.detail(&format!("running {command:?}"));
    end(start(&mut command)?, "clean its target folder")
}

fn command(project: &Project, packages: &[&Package]) -> Result<Command> {
    let args = &project.args;
    let mut command = Command::new(cargo());
    command.args(["bench", "--no-run", "--message-format", "json-render-diagnostics"]);
    for package in packages {
        command.args(["--package", package.name.as_str()]);
    }
    if let Some(bench) = &args.bench {
        project.check_bench(bench, packages)?;
        command.args(["--bench", bench]);
    } else {
        // Only bench targets: `--benches` would also build the library's own tests.
        command.args(["--bench", "*"]);
    }
    if let Some(features) = &args.features {
        command.args(["--features", features]);
    }
    for (flag, given) in
        [("--no-default-features", args.no_default_features), ("--all-features", args.all_features)]
    {
        if given {
            command.arg(flag);
        }
    }
    command.arg("--manifest-path").arg(project.workspace().join("Cargo.toml"));
    Ok(command)
}

fn start(command: &mut Command) -> Result<Child> {
    command.stdin(Stdio::null()).spawn().with_context(|| format!("cannot run {}", cargo().display()))
}

fn read(child: &mut Child, packages: &[&Package]) -> Result<Vec<Built>> {
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
    built.sort_by(|a, b| (&a.package, &a.target).cmp(&(&b.package, &b.target)));
    Ok(built)
}

fn end(mut child: Child, what: &str) -> Result<()> {
    let status = child.wait().context("cannot wait for cargo")?;
    if status.signal() == Some(Signal::INT.as_raw()) {
        interrupt::request();
    }
    if status.success() {
        return Ok(());
    }
    Err(helpful(format!("cargo could not {what} ({status})"), "cargo's own message stands above"))
}
