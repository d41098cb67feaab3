//! Artifacts: runner executables, known by their marker and asked what they offer.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result};
use duel_record::{Allocator, Artifact, protocol};

use crate::{
    cargo::{build::Built, no_runner::NoRunner},
    command::{settings::Settings, status::helpful},
    reporter::{Event, Reporter},
    run::folder::unwritable,
    runner::{Client, Launch},
    safe_file,
    sides::{cache::Kept, mirror::same_content, side::Side},
};

/// A runner executable and what it says of itself.
pub struct Runner {
    pub artifact: Artifact,
    executable: PathBuf,
    folder: PathBuf,
    /// What it is started with, beside this command's environment.
    environment: BTreeMap<String, String>,
    /// Bytes of padding that make its environment as long as the other runners'.
    padding: usize,
    /// The side that it was built as, which is part of the path of its copy: there may be others with the
    /// same code.
    side: Option<BuiltAs>,
}

/// What is known of a runner that was built as a side of a comparison.
struct BuiltAs {
    id: String,
    /// Hash of the executable and of everything that it is started with.
    surroundings: String,
}

impl Runner {
    /// How to start it under an allocator.
    pub fn launch(&self, allocator: Allocator, settings: &Settings) -> Launch {
        Launch {
            executable: self.executable.clone(),
            folder: self.folder.clone(),
            environment: self.environment.clone(),
            allocator,
            stack_offset: self.padding,
            case_timeout: settings.case_timeout,
            echo_stderr: settings.reporter.verbosity > 0,
            withheld: settings.withheld.clone(),
            under: None,
        }
    }

    /// Its file, and where cargo had put it, which may be gone.
    pub fn files(&self) -> (&Path, &Path) {
        (&self.executable, Path::new(&self.artifact.executable))
    }

    /// The same for runners that are the same executable and are started with the same.
    pub fn sameness(&self) -> &str {
        self.side.as_ref().map_or(&self.artifact.hash, |side| &side.surroundings)
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

/// Copies one executable there, in one step. What lies there is used only if it is the same: it may be
/// anything.
fn copy_out(runner: &mut Runner, out: &Path) -> Result<()> {
    let name = runner.artifact.runner.rsplit('/').next().unwrap_or("runner");
    let mut folder = out.join("artifacts").join(&runner.artifact.hash);
    if let Some(side) = &runner.side {
        folder.push(&side.id);
    }
    let kept = folder.join(name);
    if fs::symlink_metadata(&kept).is_ok_and(|there| there.is_file())
        && same_content(&runner.executable, &kept).unwrap_or(false)
    {
        runner.executable = kept;
        return Ok(());
    }
    let copy = || -> std::io::Result<()> {
        fs::create_dir_all(&folder)?;
        let mut fresh = tempfile::Builder::new();
        fresh.prefix(".");
        // What is kept as a side is changed by nobody; another file system needs a copy.
        if runner.side.is_some()
            && let Ok(linked) = fresh.make_in(&folder, |path| fs::hard_link(&runner.executable, path))
        {
            linked.persist(&kept)?;
            return Ok(());
        }
        let fresh = fresh.tempfile_in(&folder)?;
        fs::copy(&runner.executable, fresh.path())?;
        fresh.persist(&kept)?;
        Ok(())
    };
    copy().map_err(|error| {
        unwritable(out, &anyhow::Error::new(error).context(format!("cannot make {}", kept.display())))
    })?;
    runner.executable = kept;
    Ok(())
}

/// Makes the environments of all runners equally long: the length shifts the stack.
pub fn even_out(runners: &mut [Runner]) {
    // A name, a value, what stands between and behind them, and a pointer.
    let length = |runner: &Runner| -> usize {
        runner.environment.iter().map(|(name, value)| name.len() + value.len() + 2 + size_of::<usize>()).sum()
    };
    let longest = runners.iter().map(length).max().unwrap_or(0);
    for runner in runners {
        runner.padding = longest - length(runner);
    }
}

/// Refuses a runner that carries another tree than the one that it is said to be built from.
///
/// # Errors
/// When it does.
pub fn check_tree(runner: &Runner) -> Result<()> {
    let Artifact { label, runner: name, tree, identity, .. } = &runner.artifact;
    match (tree, &identity.tree) {
        (Some(wanted), Some(found)) if wanted != found => Err(helpful(
            format!("the {label}'s runner {name} was built from the tree {found}, expected {wanted}"),
            "this must not happen: remove the folder `sides` in the cache folder (~/.cache/duel), and report it",
        )),
        _ => Ok(()),
    }
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
    let label = "work tree";
    let packages: Vec<_> = built.iter().map(|built| built.package.clone()).collect();
    let mut runners = Vec::new();
    for built in built {
        let content = read(&built.executable)?;
        if is_runner(&content) {
            let name = format!("{}/{}", built.package, built.target);
            runners.push(identify(label, &name, hash_of(&content), built, settings)?);
        } else {
            settings.reporter.report(&Event::NotARunner(&built.executable));
        }
    }
    if runners.is_empty() {
        let mut packages = packages;
        packages.dedup();
        return Err(NoRunner::NoTarget { packages }.into());
    }
    Ok(runners)
}

/// A runner of a side that is kept in `side`.
///
/// # Errors
/// When it can't answer.
pub fn from_cache(label: &str, side: &Path, kept: &Kept, settings: &Settings) -> Result<Runner> {
    let name = format!("{}/{}", kept.package, kept.target);
    let built = Built {
        package: kept.package.clone(),
        target: kept.target.clone(),
        executable: side.join(&kept.file),
        folder: side.join(&kept.folder),
        environment: kept.environment.clone(),
    };
    let mut runner = identify(label, &name, kept.hash.clone(), built, settings)?;
    let id = side.file_name().map(|id| id.to_string_lossy().into_owned()).unwrap_or_default();
    runner.side = Some(BuiltAs { id, surroundings: kept.surroundings.clone() });
    Ok(runner)
}

/// A runner that the user names by its path.
///
/// # Errors
/// When the file is no runner or can't answer.
pub fn from_path(label: &str, path: &Path, settings: &Settings) -> Result<Runner> {
    let content = read_runner(path).with_context(|| format!("no {label}"))?;
    let executable = fs::canonicalize(path).with_context(|| format!("cannot find {}", path.display()))?;
    let folder = std::env::current_dir().context("cannot tell the current folder")?;
    identify(label, NAMED_BY_PATH, hash_of(&content), alone(executable, folder), settings)
}

/// Reads the executable of a runner that the user names by its path.
///
/// # Errors
/// When there is no such file, or it is no runner.
pub fn read_runner(path: &Path) -> Result<Vec<u8>> {
    let help = "name the executable of a bench target that calls duel::main! (`cargo bench --no-run` prints its path)";
    let content = safe_file::read_executable(path)
        .map_err(|error| helpful(format!("no runner: {:#}", anyhow::Error::new(error)), help))?;
    if !is_runner(&content) {
        let text = format!("{} is no runner: it has no marker of duel::main!", path.display());
        return Err(helpful(text, help));
    }
    Ok(content)
}

/// This command itself, which `doctor` uses as a runner.
///
/// # Errors
/// When its own executable can't be found or started.
pub fn null_runner(settings: &Settings) -> Result<Runner> {
    let executable = std::env::current_exe().context("cannot find the executable of this command")?;
    let content = read(&executable)?;
    identify("this command", "null", hash_of(&content), alone(executable, std::env::temp_dir()), settings)
}

/// An executable that nothing is known of but where it is.
fn alone(executable: PathBuf, folder: PathBuf) -> Built {
    Built { package: String::new(), target: String::new(), executable, folder, environment: BTreeMap::new() }
}

/// Warns of runners that are built with debug assertions, of one that both sides have once.
pub fn warn_of_debug_assertions(runners: &[Runner], reporter: &Reporter) {
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
        reporter.report(&Event::DebugAssertions { runner: name, side: &place });
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

fn hash_of(content: &[u8]) -> String {
    blake3::hash(content).to_hex()[..32].to_owned()
}

fn read(path: &Path) -> Result<Vec<u8>> {
    Ok(safe_file::read_executable(path)?)
}

/// Whether an executable is a runner: it has the marker of `duel::main!`.
pub fn is_runner(content: &[u8]) -> bool {
    // Opaque, so that the marker is never a constant of this executable.
    let marker = protocol::marker(std::hint::black_box(protocol::MASKED_MARKER));
    memchr::memmem::find(content, &marker).is_some()
}

fn identify(label: &str, name: &str, hash: String, built: Built, settings: &Settings) -> Result<Runner> {
    let Built { executable, folder, environment, .. } = built;
    let launch = Launch {
        executable: executable.clone(),
        folder: folder.clone(),
        environment: environment.clone(),
        allocator: Allocator::System,
        stack_offset: 0,
        case_timeout: settings.case_timeout.max(Duration::from_secs(1)),
        echo_stderr: settings.reporter.verbosity > 0,
        withheld: settings.withheld.clone(),
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
        hash,
        profile: "bench".to_owned(),
        revision: None,
        dirty: false,
        tree: None,
        identity,
        families,
    };
    Ok(Runner { artifact, executable, folder, environment, padding: 0, side: None })
}
