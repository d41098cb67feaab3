//! From a git revision, the work tree or a path to runners: the two sides of a comparison, built
//! so that the same source gives the same machine code on both.

mod cache;
mod key;
pub mod place;

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use crate::{
    artifact::{self, Runner},
    build::{self, Apart, Built},
    cargo::Project,
    cli::CargoArgs,
    git::{Changes, Repository},
    revision::{cache::Cache, place::Place},
    runner::interrupt,
    rustc_wrapper,
    settings::Settings,
    status::helpful,
};

/// One side of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// What is held against.
    Baseline,
    /// What is judged.
    Candidate,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Baseline => "baseline",
            Self::Candidate => "candidate",
        })
    }
}

/// Where a side's runners come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Whatever git understands as a commit.
    Revision(String),
    /// The files as they are.
    WorkTree,
    /// A runner's executable.
    Path(PathBuf),
}

impl Source {
    /// A runner's path where there is such a file, else a revision.
    pub fn named(word: &str) -> Self {
        let path = Path::new(word);
        if path.is_file() { Self::Path(path.to_owned()) } else { Self::Revision(word.to_owned()) }
    }
}

/// The runners of both sides, the baseline's first, kept in the output folder. Both are there
/// before anything is measured.
///
/// # Errors
/// When a side can't be found or built, or has no runner.
pub fn build_sides(
    baseline: &Source,
    candidate: &Source,
    args: &CargoArgs,
    settings: &Settings,
) -> Result<Vec<Runner>> {
    let sides = [(Side::Baseline, baseline), (Side::Candidate, candidate)];
    let mut runners = Vec::new();
    let from_path = |side: Side, path: &Path| artifact::from_path(&side.to_string(), path, settings);
    if let (Source::Path(baseline), Source::Path(candidate)) = (baseline, candidate) {
        runners.push(from_path(Side::Baseline, baseline)?);
        runners.push(from_path(Side::Candidate, candidate)?);
    } else {
        let builder = Builder::new(args, settings).map_err(|error| match (baseline, candidate) {
            (Source::Revision(word), _) | (_, Source::Revision(word)) => error
                .context(format!("cannot build revision \"{word}\" (there is no file of this name either)")),
            _ => error,
        })?;
        // Wrong names are told before anything is built.
        let sources =
            sides.iter().map(|(side, source)| builder.find(*side, source)).collect::<Result<Vec<_>>>()?;
        for ((side, _), source) in sides.iter().zip(&sources) {
            let mut built = match source {
                Found::Path(path) => vec![from_path(*side, path)?],
                source => builder.runners(*side, source)?,
            };
            // Before the other side is built in their place.
            built.iter_mut().try_for_each(|runner| artifact::copy_out(runner, &settings.out))?;
            runners.append(&mut built);
        }
    }
    artifact::keep(&mut runners, &settings.out)?;
    Ok(runners)
}

/// A source that is there.
enum Found {
    Commit { name: String, commit: String },
    WorkTree { commit: Option<String>, dirty: bool },
    Path(PathBuf),
}

/// Builds sides of one project in one place.
struct Builder<'a> {
    project: Project,
    /// The project's folder, below the repository's root.
    package: PathBuf,
    place: Place,
    settings: &'a Settings,
}

impl<'a> Builder<'a> {
    fn new(args: &CargoArgs, settings: &'a Settings) -> Result<Self> {
        let project = Project::find(args)?;
        let repository = Repository::find(&project.folder)?;
        let folder = fs::canonicalize(&project.folder)
            .with_context(|| format!("cannot find {}", project.folder.display()))?;
        let package = folder
            .strip_prefix(&repository.root)
            .with_context(|| format!("{} lies outside of its repository", folder.display()))?
            .to_owned();
        let place = Place::take(repository, settings)?;
        Ok(Self { project, package, place, settings })
    }

    fn repository(&self) -> &Repository {
        self.place.repository()
    }

    /// Finds a source and says what it comes to.
    fn find(&self, side: Side, source: &Source) -> Result<Found> {
        let note = |text: String| self.settings.terminal.note(&format!("{side}: {text}"));
        Ok(match source {
            Source::Path(path) => Found::Path(path.clone()),
            Source::Revision(name) => {
                let commit = self.repository().commit(name).with_context(|| format!("no {side}"))?;
                note(format!(
                    "revision {name}{}",
                    if *name == commit { String::new() } else { format!(" ({})", short(&commit)) }
                ));
                Found::Commit { name: name.clone(), commit }
            }
            Source::WorkTree => {
                let (commit, changes) = (self.repository().head()?, self.repository().changes()?);
                note(format!("the work tree{}", described(commit.as_deref(), &changes)));
                Found::WorkTree { commit, dirty: changes != Changes::default() }
            }
        })
    }

    fn runners(&self, side: Side, source: &Found) -> Result<Vec<Runner>> {
        let (built, revision, is_dirty) = match source {
            Found::Commit { name, commit } => {
                let built = self.commit(commit);
                let built =
                    built.with_context(|| format!("no {side} from revision {name} ({})", short(commit)))?;
                (built, Some(commit.clone()), false)
            }
            Found::WorkTree { commit, dirty } => (self.work_tree()?, commit.clone(), *dirty),
            Found::Path(_) => (Vec::new(), None, false),
        };
        let mut runners = artifact::from_side(&side.to_string(), built, self.settings)
            .with_context(|| format!("no {side}"))?;
        for runner in &mut runners {
            runner.artifact.revision.clone_from(&revision);
            runner.artifact.dirty = is_dirty;
        }
        Ok(runners)
    }

    /// What was built of a commit, now or before.
    fn commit(&self, commit: &str) -> Result<Vec<Built>> {
        let cache = Cache::new(self.place.cache());
        let key = key::key(&self.place, &self.project, &self.package, commit)?;
        let root = &self.repository().root;
        if let Some(built) = cache.find(&key, root) {
            self.settings.terminal.detail(&format!("{} is built already", short(commit)));
            return Ok(built.into_iter().map(|built| self.at_home(built)).collect());
        }
        let revision = self.place.check_out(commit)?;
        let built = self.build(&format!("revision {commit}"))?;
        cache.put(&key, commit, &built, &self.place.checkout())?;
        revision.remove()?;
        // Without a runner there is nothing to find, and whoever asks for one says so.
        let built = cache.find(&key, root).unwrap_or(built);
        Ok(built.into_iter().map(|built| self.at_home(built)).collect())
    }

    fn work_tree(&self) -> Result<Vec<Built>> {
        let built = self.build("work tree")?;
        Ok(built.into_iter().map(|built| self.at_home(built)).collect())
    }

    /// Builds what stands at the checkout's path.
    fn build(&self, source: &str) -> Result<Vec<Built>> {
        let checkout = self.place.checkout();
        let manifest = place::below(&checkout, &self.package).join("Cargo.toml");
        if !manifest.is_file() {
            return Err(helpful(
                format!(
                    "there is no {} in it",
                    place::below(&self.package, Path::new("Cargo.toml")).display()
                ),
                "name a revision that has this crate, at this place",
            ));
        }
        let project = self.project.at(manifest).map_err(|error| self.explain_outside(error))?;
        self.lend_lock_file(&project)?;
        let apart = Apart {
            target: self.place.target(),
            environment: rustc_wrapper::environment(
                &self.place.wrapper()?,
                &self.repository().root,
                &self.place.folder,
            ),
        };
        self.forget_other_source(source, &project, &apart)?;
        let built = build::build(&project, Some(&apart), &self.settings.terminal)?;
        // Where Ctrl-C met this command and not cargo.
        if interrupt::requested() {
            anyhow::bail!("interrupted");
        }
        Ok(built)
    }

    /// A dependency beside the repository is not beside its checkout.
    fn explain_outside(&self, error: anyhow::Error) -> anyhow::Error {
        let outside = self.project.dependencies_outside(&self.repository().root);
        if outside.is_empty() {
            return error;
        }
        error.context(format!(
            "a checkout finds what lies outside of the repository ({}) only by an absolute path in Cargo.toml",
            outside.join(", ")
        ))
    }

    /// A library that keeps no lock file has both sides built with the work tree's.
    fn lend_lock_file(&self, project: &Project) -> Result<()> {
        let (from, to) =
            (self.project.workspace().join("Cargo.lock"), project.workspace().join("Cargo.lock"));
        if to.exists() || !from.exists() {
            return Ok(());
        }
        self.settings
            .terminal
            .note("Cargo.lock is not committed: the revision is built with the work tree's");
        fs::copy(&from, &to)
            .with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))?;
        Ok(())
    }

    /// Has cargo forget what it built from another source at the same path. By itself it would
    /// take files for unchanged that are older than that build, as those of a work tree may be.
    fn forget_other_source(&self, source: &str, project: &Project, apart: &Apart) -> Result<()> {
        let stamp = self.place.folder.join("built");
        let write =
            |text: &str| fs::write(&stamp, text).with_context(|| format!("cannot write {}", stamp.display()));
        let source = format!("{source} of {}", self.repository().root.display());
        if fs::read_to_string(&stamp).is_ok_and(|last| last == source) {
            return Ok(());
        }
        write("nothing whole")?;
        let packages = project.packages_below(&self.place.checkout())?;
        build::clean(project, &packages, apart, &self.settings.terminal)?;
        write(&source)
    }

    /// Has a runner start in the work tree: its checkout is gone, and both sides are to find the
    /// same files.
    fn at_home(&self, built: Built) -> Built {
        let root = &self.repository().root;
        let relative = built.folder.strip_prefix(self.place.checkout()).or(built.folder.strip_prefix(root));
        let folder = relative.map(|relative| place::below(root, relative)).unwrap_or_default();
        Built { folder: if folder.is_dir() { folder } else { self.project.folder.clone() }, ..built }
    }
}

fn short(commit: &str) -> &str {
    commit.get(..12).unwrap_or(commit)
}

/// `, which is abc with changes in 2 files`.
fn described(commit: Option<&str>, changes: &Changes) -> String {
    let mut text = commit.map_or_else(String::new, |commit| format!(", commit {}", short(commit)));
    if changes.files > 0 {
        text.push_str(&format!(
            " with uncommitted changes in {}",
            duel_reports::number::plural(changes.files, "file")
        ));
    }
    if !changes.submodules.is_empty() {
        text.push_str(&format!(
            "; changed in the submodules {}: the work tree counts with them as they are, a revision with what it records",
            changes.submodules.join(", ")
        ));
    }
    text
}
