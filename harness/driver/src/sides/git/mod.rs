//! Thin, typed calls of the git executable; where one fails, the error has git's own words.

use std::{
    io,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use anyhow::{Context, Result};

use crate::{cargo::environment, children, command::status::helpful};

mod names;

/// The git repository around a folder.
#[derive(Clone, Debug)]
pub struct Repository {
    /// The top of the work tree, without symbolic links.
    pub root: PathBuf,
    /// The folder that all work trees of the repository share: objects, configuration, references.
    pub common: PathBuf,
}

/// `git -C FOLDER`, which asks nobody for a password, runs no hooks of the user's, is to
/// be run by the functions below, which leave Ctrl-C to this process.
pub fn git(folder: &Path) -> Command {
    let mut command = Command::new("git");
    for name in environment::OF_A_REPOSITORY {
        command.env_remove(name);
    }
    command
        .arg("-C")
        .arg(folder)
        .args([
            "-c",
            "core.hooksPath=/dev/null",
            "-c",
            "core.fsmonitor=false",
            "-c",
            "submodule.recurse=false",
        ])
        .env("GIT_TERMINAL_PROMPT", "0")
        // git refreshes an index (a submodule's, too) where it only looks.
        .env("GIT_OPTIONAL_LOCKS", "0");
    command
}

/// Runs git to its end with this on its stdin. Ctrl-C ends git and all that it started.
fn run(mut command: Command, input: &[u8]) -> Result<Output> {
    children::output(&mut command, input).map_err(|error| {
        if error.kind() == io::ErrorKind::NotFound {
            helpful("there is no git on the PATH", "install git, or name runners by their paths")
        } else {
            anyhow::Error::new(error).context("cannot run git")
        }
    })
}

/// What git prints, without the end of the line; its own words where it fails.
pub fn ask(command: Command) -> Result<Result<String, String>> {
    answer(command, &[])
}

fn answer(command: Command, input: &[u8]) -> Result<Result<String, String>> {
    let output = run(command, input)?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end_matches('\n').to_owned();
    Ok(if output.status.success() { Ok(text(&output.stdout)) } else { Err(words(&output)) })
}

fn words(output: &Output) -> String {
    match String::from_utf8_lossy(&output.stderr).trim() {
        "" => format!("git ended with {}", output.status),
        words => words.to_owned(),
    }
}

/// Does something that must succeed.
///
/// # Errors
/// When git fails, with its own words.
pub fn must(command: Command, what: &str) -> Result<String> {
    must_with(command, &[], what)
}

/// The same with something on git's stdin.
///
/// # Errors
/// When git fails, with its own words.
pub fn must_with(command: Command, input: &[u8], what: &str) -> Result<String> {
    answer(command, input)?.map_err(|words| anyhow::anyhow!(words).context(format!("git could not {what}")))
}

/// Does something that must succeed and whose output is no text.
///
/// # Errors
/// When git fails, with its own words.
pub fn bytes(command: Command, what: &str) -> Result<Vec<u8>> {
    let output = run(command, &[])?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(anyhow::anyhow!(words(&output)).context(format!("git could not {what}")))
}

/// The start of a commit's or tree's hash, for people.
pub fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}

impl Repository {
    /// Finds the repository around a folder.
    ///
    /// # Errors
    /// When there is no git, or it knows of no repository there.
    pub fn find(folder: &Path) -> Result<Self> {
        let mut command = git(folder);
        command.args(["rev-parse", "--show-toplevel"]);
        let root = ask(command)?.map_err(|words| {
            helpful(
                format!("git finds no repository around {}: {words}", folder.display()),
                "a revision needs one: stand in a git repository, or name runners by their paths",
            )
        })?;
        Self::at(Path::new(&root))
    }

    /// The repository whose work tree has its top here.
    ///
    /// # Errors
    /// When git knows of none.
    pub fn at(root: &Path) -> Result<Self> {
        let mut command = git(root);
        command.args(["rev-parse", "--path-format=absolute", "--git-common-dir"]);
        let common = must(command, "find its own folder")?;
        let root = std::fs::canonicalize(root).with_context(|| format!("cannot find {}", root.display()))?;
        Ok(Self { root, common: common.into() })
    }

    /// The commit that a revision names.
    ///
    /// # Errors
    /// When there is no such revision; the help tells a shallow clone from a wrong name.
    pub fn commit(&self, revision: &str) -> Result<String> {
        self.resolve(revision).map(|found| found.commit)
    }

    /// The commit that the work tree stands on; `None` before the first.
    ///
    /// # Errors
    /// When git can't be run.
    pub fn head(&self) -> Result<Option<String>> {
        let mut command = git(&self.root);
        command.args(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"]);
        Ok(ask(command)?.ok())
    }

    /// Whether a commit holds this file.
    ///
    /// # Errors
    /// When git can't be run.
    pub fn holds(&self, commit: &str, path: &Path) -> Result<bool> {
        let mut command = git(&self.root);
        command.args(["cat-file", "-e", &format!("{commit}:{}", path.display())]);
        Ok(ask(command)?.is_ok())
    }

    /// The tree of a commit.
    ///
    /// # Errors
    /// When git can't tell.
    pub fn tree(&self, commit: &str) -> Result<String> {
        let mut command = git(&self.root);
        command.args(["rev-parse", "--verify", "--end-of-options", &format!("{commit}^{{tree}}")]);
        must(command, &format!("find the tree of {commit}"))
    }
}
