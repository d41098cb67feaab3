//! Which commit a gate's base is: the one that was named, a remote's branch of that name, or the
//! commit at which base and head parted; and what is said about a base that has gone ahead.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use duel_reports::number::plural;

use crate::{
    cargo::no_runner::NoRunner,
    command::status::helpful,
    reporter::{Event, Reporter},
    sides::{
        git::{Repository, short},
        wanted::Source,
    },
};

/// Both sides, as they are to be built.
pub struct Ends {
    pub base: Source,
    pub head: Source,
    /// The base's commit; `None` of a runner that is named by its path.
    pub base_commit: Option<String>,
    /// How the base is called in messages, with its commit.
    pub base_name: String,
    /// What a reader of the result should know of the choice.
    pub warning: Option<String>,
}

/// Finds the side's revision, says so if it is not quite what was asked for, and gives it a name
/// that git understands.
///
/// # Errors
/// When there is no such revision.
pub fn resolve(source: Source, folder: &Path, reporter: &Reporter) -> Result<Source> {
    let Source::Revision(name) = &source else { return Ok(source) };
    let repository = repository(name, folder)?;
    let found = repository.resolve(name).with_context(|| format!("cannot find {name}"))?;
    if let Some(note) = &found.note {
        reporter.report(&Event::RevisionTakenFor(note));
    }
    Ok(Source::Revision(found.name))
}

fn repository(name: &str, folder: &Path) -> Result<Repository> {
    Repository::find(folder)
        .with_context(|| format!("cannot find revision \"{name}\" (a runner's path starts with / or ./)"))
}

/// Finds both sides of a gate; `folder` is in the repository.
///
/// # Errors
/// When a revision can't be found, or `merge_base` is wished and there is none.
pub fn ends(
    base: &str,
    head: Option<&str>,
    merge_base: bool,
    folder: &Path,
    reporter: &Reporter,
) -> Result<Ends> {
    let base = Source::named(base);
    let head = head.map_or(Source::WorkTree, Source::named);
    let (Source::Revision(name), Source::Revision(_) | Source::WorkTree) = (&base, &head) else {
        if merge_base {
            return Err(helpful(
                "--merge-base needs two revisions, and a side is named by a runner's path",
                "name revisions with --base and --head, or leave --merge-base out",
            ));
        }
        let head = resolve(head, folder, reporter).context("no candidate")?;
        let base = resolve(base, folder, reporter).context("no baseline")?;
        let base_name = match &base {
            Source::Path(path) => path.display().to_string(),
            Source::Revision(name) => name.clone(),
            Source::WorkTree => "the work tree".to_owned(),
        };
        return Ok(Ends { base, base_commit: None, head, base_name, warning: None });
    };
    let repository = repository(name, folder)?;
    let found = repository.resolve(name).context("no baseline")?;
    if let Some(note) = &found.note {
        reporter.report(&Event::RevisionTakenFor(note));
    }
    let head = resolve(head, folder, reporter).context("no candidate")?;
    let (head_name, head_commit) = match &head {
        Source::Revision(name) => (name.clone(), Some(repository.commit(name)?)),
        _ => ("the work tree's commit".to_owned(), repository.head()?),
    };
    let plain = Ends {
        base: Source::Revision(found.name.clone()),
        base_commit: Some(found.commit.clone()),
        base_name: with_commit(&found.name, &found.commit),
        head,
        warning: None,
    };
    let Some(head_commit) = head_commit else { return Ok(plain) };
    if merge_base {
        let parted = parted(&repository, (&found.name, &found.commit), (&head_name, &head_commit))?;
        reporter.report(&Event::MergeBase {
            base: &found.name,
            head: &head_name,
            commit: short(&parted),
            is_base: parted == found.commit,
        });
        let base_name = format!("{}, the merge base of {} and {head_name}", short(&parted), found.name);
        let base = Source::Revision(parted.clone());
        return Ok(Ends { base, base_commit: Some(parted), base_name, ..plain });
    }
    let warning = ahead(&repository, (&found.name, &found.commit), (&head_name, &head_commit))?;
    if let Some(warning) = &warning {
        reporter.report(&Event::BaseIsAhead(warning));
    }
    Ok(Ends { warning, ..plain })
}

impl Ends {
    /// Checks that the base has the crate in `folder`, before anything is built.
    ///
    /// # Errors
    /// When it has not: then it is [`NoRunner::NoCrate`].
    pub fn check_crate(&self, folder: &Path) -> Result<()> {
        let Some(commit) = &self.base_commit else { return Ok(()) };
        let repository = Repository::find(folder)?;
        let folder = fs::canonicalize(folder).with_context(|| format!("cannot find {}", folder.display()))?;
        let Ok(below) = folder.strip_prefix(&repository.root) else { return Ok(()) };
        let manifest = below.join("Cargo.toml");
        if repository.holds(commit, &manifest)? { Ok(()) } else { Err(NoRunner::NoCrate { manifest }.into()) }
    }
}

/// The commit at which two histories parted.
fn parted(repository: &Repository, base: (&str, &str), head: (&str, &str)) -> Result<String> {
    if let Some(commit) = repository.merge_base(base.1, head.1)? {
        return Ok(commit);
    }
    let help = if repository.is_shallow()? {
        "fetch the history of this shallow clone: `git fetch --unshallow` (in GitHub Actions: `fetch-depth: 0` for \
         actions/checkout)"
    } else {
        "their histories have no commit in common: name another base, or leave --merge-base out"
    };
    Err(helpful(format!("{} and {} have no merge base", base.0, head.0), help))
}

/// What to say of a base that has commits which the head does not have.
fn ahead(repository: &Repository, base: (&str, &str), head: (&str, &str)) -> Result<Option<String>> {
    let count = repository.commits_ahead(base.1, head.1)?;
    if count == 0 {
        return Ok(None);
    }
    let seen = if repository.is_shallow()? { ", as far as this shallow clone shows" } else { "" };
    Ok(Some(format!(
        "{} is ahead: it has {} that {} does not contain{seen}, and what they changed counts as a change of the \
         candidate; --merge-base compares with the commit at which they parted",
        base.0,
        plural(count, "commit"),
        head.0
    )))
}

fn with_commit(name: &str, commit: &str) -> String {
    if name == commit { short(commit).to_owned() } else { format!("{name} ({})", short(commit)) }
}
