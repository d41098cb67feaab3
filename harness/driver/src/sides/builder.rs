//! Builds the two sides of one project, in order: both are found, laid out and compared, then built, then asked
//! what they are.

use std::{
    borrow::Cow,
    fs,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use anyhow::{Context, Result};
use duel_record::{DifferenceKind, SideDifference};

use super::{
    build_side::{BuildSide, apart, check_manifest},
    cache::{self, Found},
    differences, key,
    lay_out::{Above, LaidOut},
    lock_file::{self, Lock},
    place::{self, Place},
    side::{NoSide, Side},
    snapshot::{self, Snapshot},
    wanted::{Source, Wanted},
    watch::Watch,
};
use crate::{
    cargo::{
        Project,
        apart::{Apart, Toolchain},
    },
    command::settings::Settings,
    reporter::Event,
    runner::artifact::{self, Runner},
    sides::{
        build_args::{ConfigurationOf, ToolchainOf},
        git::{Repository, short},
    },
};

/// A source that is there.
enum Known {
    Commit { name: String, commit: String },
    WorkTree,
    Path(PathBuf),
}

/// A side that can be asked for its runners.
enum OfSide {
    /// An executable that the user named.
    Named(PathBuf),
    Built(Box<(Snapshot, Found)>),
}

/// Builds sides of one project.
pub struct Builder<'a> {
    project: Cow<'a, Project>,
    repository: Repository,
    /// The project's folder, below the repository's root.
    package: PathBuf,
    place: Place,
    toolchain: Toolchain,
    version_here: OnceLock<Vec<u8>>,
    wanted: &'a Wanted<'a>,
    settings: &'a Settings,
}

impl<'a> Builder<'a> {
    /// For the project that the command works on.
    ///
    /// # Errors
    /// When there is no crate or no repository, or the cache folder can't be used.
    pub fn new(wanted: &'a Wanted<'a>, settings: &'a Settings) -> Result<Self> {
        let project = match wanted.project {
            Some(project) => Cow::Borrowed(project),
            // It says why there is none.
            None => Cow::Owned(Project::find(wanted.cargo)?),
        };
        project.note_runner(&settings.reporter);
        let repository = Repository::find(&project.folder)?;
        let folder = fs::canonicalize(&project.folder)
            .with_context(|| format!("cannot find {}", project.folder.display()))?;
        let package = folder
            .strip_prefix(&repository.root)
            .with_context(|| format!("{} lies outside of its repository", folder.display()))?
            .to_owned();
        let toolchain = match wanted.build.toolchain {
            ToolchainOf::Own => Toolchain::Own,
            ToolchainOf::Here => Toolchain::here(&project.folder),
        };
        let place = Place::take(settings)?;
        let version_here = OnceLock::new();
        Ok(Self { project, repository, package, place, toolchain, version_here, wanted, settings })
    }

    /// The runners of the candidate alone.
    ///
    /// # Errors
    /// When it can't be found or built, or has no runner.
    pub fn candidate(&self, candidate: &Source) -> Result<Vec<Runner>> {
        let known = self.find(Side::Candidate, candidate)?;
        let mut after = self.lay_out(Side::Candidate, &known)?;
        self.settle(None, after.as_mut())?;
        self.lend_locks(None, after.as_mut())?;
        let built = self.build(Side::Candidate, &known, after)?;
        self.place.rest()?;
        self.identify(Side::Candidate, &built)
    }

    /// The runners of both sides, what differs and is not the code, and the files that differ.
    ///
    /// # Errors
    /// When a side can't be found or built, has no runner, or is not what it is said to be.
    pub fn runners(&self) -> Result<(Vec<Runner>, Vec<SideDifference>, Option<Watch>)> {
        // Wrong names are reported before anything is built.
        let baseline = self.find(Side::Baseline, self.wanted.baseline)?;
        let candidate = self.find(Side::Candidate, self.wanted.candidate)?;
        let (before, after) = std::thread::scope(|threads| {
            let before = threads.spawn(|| self.lay_out(Side::Baseline, &baseline));
            let after = self.lay_out(Side::Candidate, &candidate);
            (before.join(), after)
        });
        // The candidate first: its lock file and configuration may be lent to the baseline.
        let mut after = after?;
        let mut before = before.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        self.settle(before.as_mut(), after.as_mut())?;
        let mut differences = match (&before, &after) {
            (Some(before), Some(after)) => differences::of_files(before, after, self.wanted.build),
            _ => Vec::new(),
        };
        if let (Some(before), Some(after), ConfigurationOf::Candidate) =
            (&before, &after, self.wanted.build.configuration)
        {
            differences::lend_configuration(before, after)?;
        }
        self.lend_locks(before.as_mut(), after.as_mut())?;
        let before = self.build(Side::Baseline, &baseline, before)?;
        let after = self.build(Side::Candidate, &candidate, after)?;
        self.place.rest()?;
        let mut watch = None;
        if let (OfSide::Built(before), OfSide::Built(after)) = (&before, &after) {
            let (before, after) = (&before.1, &after.1);
            differences.extend(self.of_built(before, after)?);
            for difference in differences::named_in_work_tree(after, &self.repository.root) {
                let (name, policy) = (difference.name.as_str(), difference.policy.as_str());
                self.settings.reporter.report(&Event::SidesDiffer { name, policy });
                differences.push(difference);
            }
            // From before any runner is started.
            watch = Some(Watch::new(
                &before.folder.join(&before.entry.root),
                &after.folder.join(&after.entry.root),
                &differences::same_runners(before, after),
            ));
        }
        let mut runners = self.identify(Side::Baseline, &before)?;
        runners.extend(self.identify(Side::Candidate, &after)?);
        Ok((runners, differences, watch))
    }

    /// A side, ready to be asked.
    fn build(&self, side: Side, source: &Known, laid_out: Option<LaidOut>) -> Result<OfSide> {
        match (source, laid_out) {
            (Known::Path(path), _) => Ok(OfSide::Named(path.clone())),
            (_, Some(laid_out)) => {
                let found = self.find_or_build(&laid_out).with_context(|| no_side(side, source))?;
                Ok(OfSide::Built(Box::new((laid_out.snapshot, found))))
            }
            (_, None) => anyhow::bail!("the {side} is not laid out"),
        }
    }

    /// Finds a source and says what it is.
    fn find(&self, side: Side, source: &Source) -> Result<Known> {
        Ok(match source {
            Source::Path(path) => {
                artifact::read_runner(path).with_context(|| NoSide::of(side))?;
                Known::Path(path.clone())
            }
            Source::Revision(name) => {
                let commit = self.repository.commit(name).with_context(|| NoSide::of(side))?;
                let short = if *name == commit { String::new() } else { format!(" ({})", short(&commit)) };
                let source = format_args!("revision {name}{short}");
                self.settings.reporter.report(&Event::Side { side: &side, source: &source });
                Known::Commit { name: name.clone(), commit }
            }
            Source::WorkTree => Known::WorkTree,
        })
    }

    /// Takes a side's snapshot; nothing of a runner that is named by its path.
    fn lay_out(&self, side: Side, source: &Known) -> Result<Option<LaidOut>> {
        let folder = self.place.fresh(&side.to_string())?;
        let root = folder.join("snapshot");
        let snapshot = match source {
            Known::Path(_) => return Ok(None),
            Known::Commit { commit, .. } => snapshot::of_commit(&self.repository, commit, &root),
            Known::WorkTree => {
                let outputs = [self.project.target_folder().to_owned(), self.settings.out.clone()];
                snapshot::of_work_tree(&self.repository, &root, &outputs)
            }
        };
        let snapshot = snapshot.with_context(|| no_side(side, source))?;
        if matches!(source, Known::WorkTree) {
            let source = format!("the work tree{}", described(&snapshot));
            self.settings.reporter.report(&Event::Side { side: &side, source: &source });
        }
        let package = below(&root, &self.package);
        let laid_out = LaidOut {
            side,
            folder,
            root,
            package,
            snapshot,
            lent_lock: None,
            shared: Vec::new(),
            beside: None,
        };
        check_manifest(&laid_out).with_context(|| no_side(side, source))?;
        Ok(Some(laid_out))
    }

    /// Puts both sides at the same place below their folders, and shares what is to be shared.
    fn settle(&self, before: Option<&mut LaidOut>, after: Option<&mut LaidOut>) -> Result<()> {
        let mut sides: Vec<&mut LaidOut> = before.into_iter().chain(after).collect();
        let above = {
            let sides: Vec<&LaidOut> = sides.iter().map(|side| &**side).collect();
            Above::new(&self.repository.root, self.project.workspace(), &sides, &self.place.folder)
        };
        for side in &mut sides {
            side.settle(&above, &self.place.folder)?;
            side.share(&self.project.folder, &self.wanted.build.share)?;
        }
        Ok(())
    }

    /// Lends a lock file to a side that has none.
    fn lend_locks(&self, before: Option<&mut LaidOut>, after: Option<&mut LaidOut>) -> Result<()> {
        let reporter = &self.settings.reporter;
        let mut lent = fs::read(self.project.workspace().join("Cargo.lock")).ok();
        let mut candidate_has_one = false;
        if let Some(after) = after {
            let whose =
                if lent.is_some() { "the work tree's" } else { "one that cargo makes for the candidate" };
            let lock = self.lend_lock(after, lent.as_deref())?;
            candidate_has_one = matches!(lock, Lock::Own(_));
            if !candidate_has_one {
                reporter.report(&Event::LockNotCommitted { whose });
            }
            lent = Some(lock.text());
        }
        if let Some(before) = before {
            let lock = self.lend_lock(before, lent.as_deref())?;
            if candidate_has_one && matches!(lock, Lock::Lent(_)) {
                reporter.report(&Event::LockOfCandidate);
            }
        }
        Ok(())
    }

    fn lend_lock(&self, side: &mut LaidOut, lent: Option<&[u8]>) -> Result<Lock> {
        let apart = self.apart(side)?;
        // A toolchain that is not there is the first thing to say.
        self.version(&apart).with_context(|| NoSide::of(side.side))?;
        let lock = lock_file::lend(side, self.wanted.cargo, &apart, lent)
            .map_err(|error| self.explain_outside(error))
            .with_context(|| NoSide::of(side.side))?;
        if let Lock::Lent(text) = &lock {
            side.lent_lock = Some(text.clone());
        }
        Ok(lock)
    }

    /// How cargo is called for a side where it is laid out.
    fn apart(&self, side: &LaidOut) -> Result<Apart> {
        apart(&self.place, side.package.clone(), &side.snapshot.tree, self.toolchain.clone())
    }

    /// What the side's cargo and compiler say of themselves.
    fn version(&self, apart: &Apart) -> Result<Vec<u8>> {
        // Only a side's own files can choose another toolchain for it.
        if self.toolchain == Toolchain::Own {
            return key::version(apart);
        }
        if let Some(version) = self.version_here.get() {
            return Ok(version.clone());
        }
        let version = key::version(apart)?;
        Ok(self.version_here.get_or_init(|| version).clone())
    }

    /// A side as it was built, now or before.
    fn find_or_build(&self, side: &LaidOut) -> Result<Found> {
        let key = key::key(side, self.wanted.cargo, &self.version(&self.apart(side)?)?)?;
        if let Some(found) = cache::find(&self.place, &key)? {
            let tree = short(&side.snapshot.tree);
            self.settings.reporter.report(&Event::SideIsBuilt { side: &side.side, tree });
            side.renew_links(&found.folder)?;
            place::remove(&side.folder)?;
            return Ok(found);
        }
        let build = BuildSide { place: &self.place, args: self.wanted.cargo, settings: self.settings };
        build.build(side, self.toolchain.clone(), key).map_err(|error| self.explain_outside(error))
    }

    /// The runners of a side, each asked which tree it was built from.
    fn identify(&self, side: Side, of_side: &OfSide) -> Result<Vec<Runner>> {
        let label = side.to_string();
        let (snapshot, found) = match of_side {
            OfSide::Named(path) => return Ok(vec![artifact::from_path(&label, path, self.settings)?]),
            OfSide::Built(built) => (&built.0, &built.1),
        };
        let mut runners = Vec::new();
        for kept in &found.entry.runners {
            let mut runner = artifact::from_cache(&label, &found.folder, kept, self.settings)
                .with_context(|| NoSide::of(side))?;
            runner.artifact.revision.clone_from(&snapshot.commit);
            runner.artifact.dirty =
                snapshot.changed + snapshot.untracked + snapshot.changed_modules.len() > 0;
            runner.artifact.tree = Some(snapshot.tree.clone());
            artifact::check_tree(&runner)?;
            runners.push(runner);
        }
        Ok(runners)
    }

    /// What differs between the sides as they were built.
    fn of_built(&self, before: &Found, after: &Found) -> Result<Vec<SideDifference>> {
        let mut differences = differences::of_runners(before, after);
        for package in &after.entry.outside {
            let there = before.entry.outside.iter().find(|other| other.folder == package.folder);
            if there.is_some_and(|there| there.content != package.content) {
                anyhow::bail!(
                    "{}, which lies outside of the repository, changed while the sides were built: they would \
                     not be built from the same",
                    package.name
                );
            }
            let policy = "it lies outside of the repository: both sides are built with it as it is now";
            differences.push(SideDifference {
                kind: DifferenceKind::SharedCrate,
                name: package.name.clone(),
                baseline: there.map(|there| short(&there.content).to_owned()),
                candidate: Some(short(&package.content).to_owned()),
                policy: policy.to_owned(),
            });
        }
        Ok(differences)
    }

    /// A dependency outside of the repository may be what cargo does not find.
    fn explain_outside(&self, error: anyhow::Error) -> anyhow::Error {
        let outside = self.project.dependencies_outside(&self.repository.root);
        let text = format!("{error:#}");
        let missing = outside.iter().filter(|name| text.contains(&format!("`{name}`"))).collect::<Vec<_>>();
        match missing.first() {
            Some(name) => error.context(format!("{name} lies outside of the repository and can't be used")),
            None => error,
        }
    }
}

fn no_side(side: Side, source: &Known) -> NoSide {
    let text = match source {
        Known::Commit { name, commit } => format!("no {side} from revision {name} ({})", short(commit)),
        Known::WorkTree => format!("no {side} from the work tree"),
        Known::Path(path) => format!("no {side} from {}", path.display()),
    };
    NoSide { side, text }
}

/// `, which is abc with changes in 2 files`.
fn described(snapshot: &Snapshot) -> String {
    let mut text =
        snapshot.commit.as_ref().map_or_else(String::new, |commit| format!(", commit {}", short(commit)));
    if snapshot.changed > 0 {
        text.push_str(&format!(
            " with uncommitted changes in {}",
            duel_reports::number::plural(snapshot.changed, "file")
        ));
    }
    if snapshot.untracked > 0 {
        text.push_str(&format!(
            " and {} not tracked by git",
            duel_reports::number::plural(snapshot.untracked, "file")
        ));
    }
    if !snapshot.changed_modules.is_empty() {
        text.push_str(&format!(
            "; changed in the submodules {}: the work tree counts with them as they are, a revision with what it records",
            snapshot.changed_modules.join(", ")
        ));
    }
    text
}

/// `folder/relative`, without a slash at the end where `relative` is empty.
fn below(folder: &Path, relative: &Path) -> PathBuf {
    if relative.as_os_str().is_empty() { folder.to_owned() } else { folder.join(relative) }
}
