//! Thin, typed calls of the git executable; where one fails, the error has git's own words.

use std::{
    io,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use anyhow::{Context, Result};

use crate::status::helpful;

mod names;

/// The git repository around a folder.
pub struct Repository {
    /// The top of the work tree, without symbolic links.
    pub root: PathBuf,
}

/// What of a work tree is not committed.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Tracked files that differ from the commit, submodules left aside.
    pub files: usize,
    /// Submodules that stand at another commit than the recorded one, or hold changes.
    pub submodules: Vec<String>,
}

/// What git says of itself to the hooks that it runs. In one, such as before a push, these would
/// lead every call below to the wrong repository.
const OF_A_HOOK: [&str; 5] = ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR"];

/// `git -C FOLDER`, which asks nobody for a password, runs no hooks of the user's, and leaves
/// Ctrl-C to this process, so that what it cleans up is cleaned up.
fn git(folder: &Path) -> Command {
    let mut command = Command::new("git");
    for name in OF_A_HOOK {
        command.env_remove(name);
    }
    command
        .arg("-C")
        .arg(folder)
        .args(["-c", "core.hooksPath=/dev/null", "-c", "advice.detachedHead=false"])
        .env("GIT_TERMINAL_PROMPT", "0")
        .stdin(Stdio::null())
        .process_group(0);
    command
}

fn run(mut command: Command) -> Result<Output> {
    command.output().map_err(|error| {
        if error.kind() == io::ErrorKind::NotFound {
            helpful("there is no git on the PATH", "install git, or name runners by their paths")
        } else {
            anyhow::Error::new(error).context("cannot run git")
        }
    })
}

/// What git prints, without the end of the line; its own words where it fails.
fn ask(command: Command) -> Result<Result<String, String>> {
    let output = run(command)?;
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
fn must(command: Command, what: &str) -> Result<String> {
    ask(command)?.map_err(|words| anyhow::anyhow!(words).context(format!("git could not {what}")))
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
        let root = std::fs::canonicalize(&root).with_context(|| format!("cannot find {root}"))?;
        Ok(Self { root })
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

    /// What is not committed; files that git does not track are left aside.
    ///
    /// # Errors
    /// When git can't tell.
    pub fn changes(&self) -> Result<Changes> {
        let mut command = git(&self.root);
        // It would take the index's lock from the user's own git, only to be faster next time.
        command.env("GIT_OPTIONAL_LOCKS", "0").args([
            "status",
            "--porcelain=v2",
            "--untracked-files=no",
            "--ignore-submodules=none",
        ]);
        Ok(parse_changes(&must(command, "tell what has changed")?))
    }

    /// Checks a commit out into a new folder, registered as a work tree of this repository.
    ///
    /// # Errors
    /// When git can't; what it began is then gone again.
    pub fn check_out(&self, commit: &str, folder: &Path) -> Result<()> {
        let mut command = git(&self.root);
        command.args(["worktree", "add", "--quiet", "--detach"]).arg(folder).arg(commit);
        must(command, &format!("check out {commit}")).map(|_| ())
    }
}

/// The folder in which the repository of a checkout keeps what all its work trees share; `None`
/// where the checkout is no work tree any more.
///
/// # Errors
/// When git can't be run.
pub fn shared_folder(checkout: &Path) -> Result<Option<PathBuf>> {
    let mut command = git(checkout);
    command.args(["rev-parse", "--path-format=absolute", "--git-common-dir"]);
    Ok(ask(command)?.ok().map(PathBuf::from))
}

/// Has the repository around `folder` forget the checkout at a path where nothing is any more.
/// All other work trees stay: `git worktree prune` would also forget a user's own that lies on a
/// disk which is not there at the moment.
///
/// # Errors
/// When git can't.
pub fn forget_checkout(folder: &Path, checkout: &Path) -> Result<()> {
    let mut list = git(folder);
    list.args(["worktree", "list", "--porcelain"]);
    let listed = must(list, "list the work trees")?;
    let mut known = listed.lines().filter_map(|line| line.strip_prefix("worktree "));
    if !known.any(|path| Path::new(path) == checkout) {
        return Ok(());
    }
    let mut remove = git(folder);
    // Twice: also where it is locked, as it is while git makes it.
    remove.args(["worktree", "remove", "--force", "--force"]).arg(checkout);
    must(remove, &format!("forget its work tree {}", checkout.display())).map(|_| ())
}

/// Reads `git status --porcelain=v2`.
fn parse_changes(status: &str) -> Changes {
    let mut changes = Changes::default();
    for line in status.lines() {
        let mut fields = line.splitn(9, ' ');
        let kind = fields.next();
        match (kind, fields.nth(1)) {
            (Some("1"), Some(submodule)) if submodule.starts_with('S') => {
                changes.submodules.extend(fields.last().map(str::to_owned));
            }
            (Some("1" | "2" | "u"), _) => changes.files += 1,
            _ => {}
        }
    }
    changes
}

/// Fills the submodules of a checkout with what its commit records.
///
/// # Errors
/// When git can't.
pub fn fill_submodules(checkout: &Path) -> Result<()> {
    let before = submodule_keys(checkout)?;
    let mut command = git(checkout);
    command.args(["submodule", "--quiet", "update", "--init", "--recursive"]);
    let filled = ask(command)?.map_err(|words| {
        helpful(
            format!("git could not fill the submodules of {}: {words}", checkout.display()),
            "`git submodule update --init --recursive` in a fresh clone shows what they need",
        )
    });
    // `--init` notes each submodule in the configuration that all work trees share.
    for key in submodule_keys(checkout)?.iter().filter(|key| !before.contains(key)) {
        let mut command = git(checkout);
        command.args(["config", "--local", "--unset-all", key]);
        must(command, &format!("take {key} out of the configuration again"))?;
    }
    filled.map(|_| ())
}

fn submodule_keys(folder: &Path) -> Result<Vec<String>> {
    let mut command = git(folder);
    command.args(["config", "--local", "--name-only", "--get-regexp", r"^submodule\."]);
    // No such key is its error without words.
    Ok(ask(command)?.map_or_else(|_| Vec::new(), |keys| keys.lines().map(str::to_owned).collect()))
}

#[cfg(test)]
mod tests {
    use super::{Changes, parse_changes};

    #[test]
    fn changed_files_are_counted_and_changed_submodules_named() {
        let status = "1 .M N... 100644 100644 100644 aa bb src/lib.rs\n\
                      2 R. N... 100644 100644 100644 aa bb R100 new\told\n\
                      1 .M S.M. 160000 160000 160000 aa bb vendor/with space\n\
                      ? untracked";
        let expected = Changes { files: 2, submodules: vec!["vendor/with space".to_owned()] };
        assert_eq!(parse_changes(status), expected);
    }
}
