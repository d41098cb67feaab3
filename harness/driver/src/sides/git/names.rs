//! From the name that a user gives a revision to its commit: also where only a remote's branch of
//! this name is there, as in a CI's clone, and with what there is if the name can't be found.

use std::path::Path;

use anyhow::Result;

use super::{Repository, ask, git};
use crate::command::status::helpful;

/// Names that are proposed in place of one that is not there.
const PROPOSED: usize = 5;

/// A revision that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// A name that git understands, such as `origin/main`.
    pub name: String,
    pub commit: String,
    /// What was done to find it, if it is not what was asked for.
    pub note: Option<String>,
}

/// A branch or tag.
struct Ref {
    /// Such as `refs/remotes/origin/main`.
    full: String,
    /// Such as `origin/main`.
    short: String,
}

impl Repository {
    /// Finds a revision: what git understands, or else the branch of this name of a remote.
    ///
    /// # Errors
    /// When there is none, or several remotes have one and `origin` is not among them. The help
    /// names what there is, and how a shallow clone gets the rest.
    pub fn resolve(&self, name: &str) -> Result<Revision> {
        let git_says = match self.verify(name)? {
            Ok(commit) => {
                return Ok(Revision { name: name.to_owned(), commit, note: self.ambiguity(name)? });
            }
            Err(git_says) => git_says,
        };
        let (branch, suffix) = split(name);
        let refs = self.refs()?;
        let remotes = self.remotes_with(branch, &refs)?;
        let chosen = match &remotes[..] {
            [one] => Some(one),
            several => several.iter().find(|remote| *remote == "origin"),
        };
        if let Some(remote) = chosen {
            let found = format!("{remote}/{branch}{suffix}");
            if let Ok(commit) = self.verify(&format!("refs/remotes/{found}"))? {
                let others: Vec<_> = remotes.iter().filter(|other| *other != remote).cloned().collect();
                let others = match &others[..] {
                    [] => String::new(),
                    others => format!(" ({} has one, too)", others.join(", ")),
                };
                let note = format!("{branch} is not a local branch: using {remote}/{branch}{others}");
                return Ok(Revision { name: found, commit, note: Some(note) });
            }
        } else if !remotes.is_empty() {
            let names: Vec<_> = remotes.iter().map(|remote| format!("{remote}/{branch}{suffix}")).collect();
            return Err(helpful(
                format!("{branch} is not a local branch, and {} remotes have one", names.len()),
                format!("name one of {}", names.join(", ")),
            ));
        }
        self.not_found(name, &git_says, &refs)
    }

    /// What is said where a tag and a branch have this name: git takes the tag.
    fn ambiguity(&self, name: &str) -> Result<Option<String>> {
        let (branch, suffix) = split(name);
        let refs = self.refs()?;
        let has = |kind: &str| refs.iter().any(|it| it.full == format!("refs/{kind}/{branch}"));
        let is_ambiguous = !name.starts_with("refs/") && has("tags") && has("heads");
        Ok(is_ambiguous.then(|| {
            format!(
                "{branch} is a tag and a branch: the tag is taken; the branch goes by refs/heads/{branch}{suffix}"
            )
        }))
    }

    /// What git makes of a name by itself: a commit, or why it is none.
    fn verify(&self, name: &str) -> Result<Result<String, String>> {
        // In two steps, since `:/text^{commit}` would look for that text.
        let parsed = |name: &str| {
            let mut command = git(&self.root);
            command.args(["rev-parse", "--verify", "--end-of-options", name]);
            ask(command)
        };
        let object = match parsed(name)? {
            Ok(object) => object,
            Err(git_says) => return Ok(Err(git_says)),
        };
        if !object.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Ok(Err("it leaves commits out and names none".to_owned()));
        }
        if let Ok(commit) = parsed(&format!("{object}^{{commit}}"))? {
            return Ok(Ok(commit));
        }
        let mut command = git(&self.root);
        command.args(["cat-file", "-t", &object]);
        let kind = ask(command)?.unwrap_or_else(|_| "no commit".to_owned());
        Ok(Err(format!("it is a {kind}, expected a commit")))
    }

    /// Whether history was cut when the repository was cloned.
    ///
    /// # Errors
    /// When git can't be run.
    pub fn is_shallow(&self) -> Result<bool> {
        let mut command = git(&self.root);
        command.args(["rev-parse", "--is-shallow-repository"]);
        Ok(ask(command)?.is_ok_and(|answer| answer == "true"))
    }

    /// All branches and tags, the ones with the newest commits first.
    fn refs(&self) -> Result<Vec<Ref>> {
        let mut command = git(&self.root);
        command.args(["for-each-ref", "--sort=-committerdate", "--format=%(refname)"]);
        command.args(["refs/heads", "refs/tags", "refs/remotes"]);
        let listed = ask(command)?.unwrap_or_default();
        let short = |full: &str| full.splitn(3, '/').nth(2).unwrap_or(full).to_owned();
        let named = listed.lines().filter(|full| !full.ends_with("/HEAD"));
        Ok(named.map(|full| Ref { full: full.to_owned(), short: short(full) }).collect())
    }

    /// The remotes that have a branch of this name, as far as this clone knows.
    fn remotes_with(&self, branch: &str, refs: &[Ref]) -> Result<Vec<String>> {
        let mut command = git(&self.root);
        command.arg("remote");
        let listed = ask(command)?.unwrap_or_default();
        let configured: Vec<&str> = listed.lines().collect();
        let end = format!("/{branch}");
        let of = |it: &Ref| {
            let remote = it.full.strip_prefix("refs/remotes/")?.strip_suffix(&end)?;
            // `feature/x` is no branch `x` of a remote `origin/feature`, unless there is one.
            (configured.contains(&remote) || !remote.contains('/')).then(|| remote.to_owned())
        };
        let mut remotes: Vec<String> = refs.iter().filter_map(of).collect();
        remotes.sort();
        Ok(remotes)
    }

    /// The remote to fetch from: `origin`, or else the first.
    fn remote(&self) -> Result<Option<String>> {
        let mut command = git(&self.root);
        command.arg("remote");
        let listed = ask(command)?.unwrap_or_default();
        let mut remotes = listed.lines();
        Ok(remotes.clone().find(|it| *it == "origin").or(remotes.next()).map(str::to_owned))
    }

    fn not_found(&self, name: &str, git_says: &str, refs: &[Ref]) -> Result<Revision> {
        let (start, suffix) = split(name);
        let shallow = self.is_shallow()?;
        let kind = if shallow { "this shallow clone" } else { "this repository" };
        let starts_somewhere = suffix.starts_with(['~', '^', '@']) && self.verify(start)?.is_ok();
        let mut help = Vec::new();
        if Path::new(name).is_file() {
            help.push(format!("for the runner in the file of this name, write ./{name}"));
        }
        if starts_somewhere {
            help.push(format!("{start} exists, and its history does not reach as far as {suffix}"));
        } else if !start.is_empty() {
            help.extend(proposal(start, refs));
        }
        if shallow {
            help.push(
                "fetch the history: `git fetch --unshallow` (in GitHub Actions: `fetch-depth: 0` for actions/checkout)"
                    .to_owned(),
            );
        }
        let is_name = !start.is_empty() && !suffix.starts_with(':');
        if let (true, Some(remote)) = (is_name && !starts_somewhere, self.remote()?) {
            help.push(format!(
                "for a branch or tag that this clone lacks: `git fetch {remote} {start}:refs/remotes/{remote}/{start}`, \
                 or `git fetch --tags`"
            ));
        }
        // All that these words of git's say is that there is none.
        let cause = if git_says.ends_with("Needed a single revision") {
            String::new()
        } else {
            format!(": {git_says}")
        };
        Err(helpful(format!("{kind} has no revision \"{name}\"{cause}"), help.join("\n      ")))
    }

    /// How many commits `other` has that `commit` does not have.
    ///
    /// # Errors
    /// When git can't tell.
    pub fn commits_ahead(&self, other: &str, commit: &str) -> Result<usize> {
        let mut command = git(&self.root);
        command.args(["rev-list", "--count", &format!("{commit}..{other}")]);
        let count = super::must(command, "count commits")?;
        Ok(count.trim().parse().unwrap_or(0))
    }

    /// The commit at which two histories parted; `None` if they have none in common.
    ///
    /// # Errors
    /// When git can't be run.
    pub fn merge_base(&self, one: &str, other: &str) -> Result<Option<String>> {
        let mut command = git(&self.root);
        command.args(["merge-base", one, other]);
        Ok(ask(command)?.ok().filter(|commit| !commit.is_empty()))
    }
}

/// A branch or tag, and the steps from it, such as `~2`.
fn split(name: &str) -> (&str, &str) {
    let at = [name.find(['~', '^', ':']), name.find("@{")].into_iter().flatten().min();
    let (branch, suffix) = name.split_at(at.unwrap_or(name.len()));
    (branch.strip_prefix("refs/heads/").unwrap_or(branch), suffix)
}

/// The branches and tags whose names are like one that is not there, or else the newest.
fn proposal(name: &str, refs: &[Ref]) -> Option<String> {
    let last = |text: &str| text.rsplit('/').next().unwrap_or(text).to_lowercase();
    let like = |it: &&Ref| {
        let (wanted, found) = (name.to_lowercase(), it.short.to_lowercase());
        found.contains(&wanted)
            || (last(&found).len() > 2 && wanted.contains(&last(&found)))
            || distance(&last(&wanted), &last(&found)) <= wanted.len().div_ceil(4)
    };
    let similar: Vec<&Ref> = refs.iter().filter(like).collect();
    let (before, behind, shown) = if similar.is_empty() {
        ("there are the branches and tags ", "", refs.iter().take(PROPOSED).collect())
    } else {
        ("did you mean ", "?", similar)
    };
    let mut names: Vec<&str> = shown.iter().take(PROPOSED).map(|it| it.short.as_str()).collect();
    names.dedup();
    (!names.is_empty()).then(|| format!("{before}{}{behind}", names.join(", ")))
}

/// How many letters must be put in, taken out or changed to make one of the other.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.chars().enumerate() {
        let mut before = i;
        row[0] = i + 1;
        for (j, b) in other.iter().enumerate() {
            let changed = before + usize::from(a != *b);
            before = row[j + 1];
            row[j + 1] = changed.min(before + 1).min(row[j] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refs(names: &[&str]) -> Vec<Ref> {
        let full = |name: &str| Ref { full: format!("refs/heads/{name}"), short: name.to_owned() };
        names.iter().copied().map(full).collect()
    }

    #[test]
    fn a_name_is_split_from_the_steps_behind_it() {
        assert_eq!(split("feature/x~2^1"), ("feature/x", "~2^1"));
        assert_eq!(split("refs/heads/main"), ("main", ""));
        assert_eq!(split("main@{1}"), ("main", "@{1}"));
        assert_eq!(split("a@b"), ("a@b", ""));
    }

    #[test]
    fn similar_names_are_proposed_and_else_the_newest() {
        let known = refs(&["origin/main", "release-1.2", "feature/parser"]);
        let of = |name| proposal(name, &known).unwrap();
        assert_eq!(of("mian"), "there are the branches and tags origin/main, release-1.2, feature/parser");
        assert_eq!(of("mainn"), "did you mean origin/main?");
        assert_eq!(of("release-1.3"), "did you mean release-1.2?");
        assert_eq!(of("parser"), "did you mean feature/parser?");
        assert_eq!(proposal("main", &[]), None);
        assert_eq!((distance("kitten", "sitting"), distance("", "ab"), distance("a", "a")), (3, 2, 0));
    }
}
