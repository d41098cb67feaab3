//! Artifacts: runner executables, known by their marker and asked what they offer.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result};
use duel_record::{Allocator, Artifact, protocol};

use crate::{
    build::Built,
    folder::unwritable,
    no_runner::NoRunner,
    revision::Side,
    runner::{Client, Launch},
    settings::Settings,
    status::helpful,
    terminal::Terminal,
};

/// A runner executable and what it says of itself.
pub struct Runner {
    pub artifact: Artifact,
    executable: PathBuf,
    folder: PathBuf,
}

impl Runner {
    /// How to start it under an allocator.
    pub fn launch(&self, allocator: Allocator, settings: &Settings) -> Launch {
        Launch {
            executable: self.executable.clone(),
            folder: self.folder.clone(),
            allocator,
            stack_offset: 0,
            case_timeout: settings.case_timeout,
            echo_stderr: settings.terminal.verbosity > 0,
            under: None,
        }
    }

    /// Its file, and where cargo had put it, which may be gone.
    pub fn files(&self) -> (&Path, &Path) {
        (&self.executable, Path::new(&self.artifact.executable))
    }

    pub fn carries(&self, allocator: Allocator) -> bool {
        self.artifact.identity.allocators.contains(&allocator)
    }
}

/// The name of a runner that the user named by its path. Two builds of one source are to be
/// compared, so it must not hold a build's hash.
pub const NAMED_BY_PATH: &str = "runner";

/// How many builds' executables are kept.
const KEPT_BUILDS: usize = 8;

/// Copies the executables to `DIR/artifacts/HASH/`, and starts them from there from now on: a
/// `cargo build` in the middle of a run must not change what is measured. The newest few stay,
/// as baselines for `compare --baseline`.
///
/// # Errors
/// When the output folder can't be written.
pub fn keep(runners: &mut [Runner], out: &Path) -> Result<()> {
    runners.iter_mut().try_for_each(|runner| copy_out(runner, out))?;
    prune(&out.join("artifacts"), runners);
    Ok(())
}

/// Copies one executable there. Where a build is to come that may remove it, [`keep`] is too late.
///
/// # Errors
/// When the output folder can't be written.
pub fn copy_out(runner: &mut Runner, out: &Path) -> Result<()> {
    let name = runner.artifact.runner.rsplit('/').next().unwrap_or("runner");
    let folder = out.join("artifacts").join(&runner.artifact.hash);
    let kept = folder.join(name);
    if !kept.is_file() {
        let fresh = folder.join(format!(".{}", std::process::id()));
        fs::create_dir_all(&folder)
            .and_then(|()| fs::copy(&runner.executable, &fresh))
            .and_then(|_| fs::rename(&fresh, &kept))
            .map_err(|error| {
                unwritable(out, &anyhow::Error::new(error).context(format!("cannot make {}", kept.display())))
            })?;
    }
    runner.executable = kept;
    Ok(())
}

/// Removes all but the newest builds and those in use; one that can't be removed is in nobody's
/// way.
fn prune(artifacts: &Path, in_use: &[Runner]) {
    let mut builds: Vec<_> = fs::read_dir(artifacts)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
        .collect();
    builds.sort();
    for (_, path) in builds.iter().rev().skip(KEPT_BUILDS) {
        if !in_use.iter().any(|runner| runner.executable.starts_with(path)) {
            let _ = fs::remove_dir_all(path);
        }
    }
}

/// The runners among what cargo built, asked for their families.
///
/// # Errors
/// When none of them is a runner, or one can't answer.
pub fn from_build(built: Vec<Built>, settings: &Settings) -> Result<Vec<Runner>> {
    let runners = from_side("work tree", built, settings)?;
    warn_of_debug_assertions(&runners, &settings.terminal);
    Ok(runners)
}

/// The runners among what cargo built for one side of a comparison.
///
/// # Errors
/// When none of them is a runner, or one can't answer.
pub fn from_side(label: &str, built: Vec<Built>, settings: &Settings) -> Result<Vec<Runner>> {
    let packages: Vec<_> = built.iter().map(|built| built.package.clone()).collect();
    let mut runners = Vec::new();
    for built in built {
        let content = read(&built.executable)?;
        if has_marker(&content) {
            let name = format!("{}/{}", built.package, built.target);
            runners.push(identify(label, &name, &content, built.executable, built.folder, settings)?);
        } else {
            settings.terminal.detail(&format!(
                "{} is no runner: it does not call duel::main!",
                built.executable.display()
            ));
        }
    }
    if runners.is_empty() {
        let mut packages = packages;
        packages.dedup();
        return Err(NoRunner::NoTarget { packages, label: Some(label.to_owned()) }.into());
    }
    Ok(runners)
}

/// A runner that the user names by its path.
///
/// # Errors
/// When the file is no runner or can't answer.
pub fn from_path(label: &str, path: &Path, settings: &Settings) -> Result<Runner> {
    let content = read(path)?;
    if !has_marker(&content) {
        return Err(helpful(
            format!("{} is no runner: it has no marker of duel::main!", path.display()),
            "name the executable of a bench target that calls duel::main! (`cargo bench --no-run` prints its path)",
        ));
    }
    let executable = fs::canonicalize(path).with_context(|| format!("cannot find {}", path.display()))?;
    let folder = std::env::current_dir().context("cannot tell the current folder")?;
    identify(label, NAMED_BY_PATH, &content, executable, folder, settings)
}

/// This command itself, which `doctor` uses as a runner.
///
/// # Errors
/// When its own executable can't be found or started.
pub fn null_runner(settings: &Settings) -> Result<Runner> {
    let executable = std::env::current_exe().context("cannot find the executable of this command")?;
    let content = read(&executable)?;
    identify("this command", "null", &content, executable, std::env::temp_dir(), settings)
}

/// Warns of runners that are built with debug assertions, of one that both sides have once.
pub fn warn_of_debug_assertions(runners: &[Runner], terminal: &Terminal) {
    let slow: Vec<&Artifact> = (runners.iter().map(|runner| &runner.artifact))
        .filter(|artifact| artifact.identity.debug_assertions)
        .collect();
    let mut warned: Vec<&str> = Vec::new();
    for artifact in &slow {
        let name = artifact.runner.as_str();
        if warned.contains(&name) {
            continue;
        }
        warned.push(name);
        let with_name = slow.iter().filter(|it| it.runner == name);
        let place = side_of(&with_name.map(|it| it.label.as_str()).collect::<Vec<_>>());
        terminal.warn(&format!(
            "{name} is built with debug assertions{place}: its times say little of a release"
        ));
    }
}

/// ` on the baseline's side`, for the sides that something happened on; nothing if there is only
/// one, as in a run of the work tree.
pub fn side_of(labels: &[&str]) -> String {
    let sides = [Side::Baseline, Side::Candidate].map(|side| side.to_string());
    match labels {
        [_, _, ..] => " on both sides".to_owned(),
        [label] if sides.iter().any(|side| side == label) => format!(" on the {label}'s side"),
        _ => String::new(),
    }
}

/// Whether the file is a runner.
///
/// # Errors
/// When it can't be read.
pub fn is_runner(path: &Path) -> Result<bool> {
    Ok(has_marker(&read(path)?))
}

fn hash(content: &[u8]) -> String {
    blake3::hash(content).to_hex()[..32].to_owned()
}

/// The hash that an executable is known by.
///
/// # Errors
/// When it can't be read.
pub fn hash_of(path: &Path) -> Result<String> {
    Ok(hash(&read(path)?))
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

fn has_marker(content: &[u8]) -> bool {
    // Opaque, so that the marker is never a constant of this executable.
    let marker = protocol::marker(std::hint::black_box(protocol::MASKED_MARKER));
    memchr::memmem::find(content, &marker).is_some()
}

fn identify(
    label: &str,
    name: &str,
    content: &[u8],
    executable: PathBuf,
    folder: PathBuf,
    settings: &Settings,
) -> Result<Runner> {
    let launch = Launch {
        executable: executable.clone(),
        folder: folder.clone(),
        allocator: Allocator::System,
        stack_offset: 0,
        case_timeout: settings.case_timeout.max(Duration::from_secs(1)),
        echo_stderr: settings.terminal.verbosity > 0,
        under: None,
    };
    let ask = || {
        let mut client = Client::start(&launch)?;
        let families = client.list()?;
        Ok::<_, crate::runner::Fault>((client.identity.clone(), families))
    };
    // One that the user named is known by its side.
    let called = if name == NAMED_BY_PATH { label } else { name };
    let (identity, families) =
        ask().with_context(|| format!("the runner {called} ({}) does not answer", executable.display()))?;
    let artifact = Artifact {
        label: label.to_owned(),
        runner: name.to_owned(),
        executable: executable.display().to_string(),
        hash: hash(content),
        profile: "bench".to_owned(),
        revision: None,
        dirty: false,
        tree: None,
        identity,
        families,
    };
    Ok(Runner { artifact, executable, folder })
}
