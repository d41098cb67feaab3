//! A side's files as they were at one moment: what a revision records, or what the work tree holds that
//! git does not ignore. A snapshot is known by the hash of its git tree.
//!
//! It is in a folder of its own, as a repository of its own that borrows the objects of the user's, so that
//! build scripts that ask git get an answer, while the user's repository, its index included, is never
//! written to.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use super::git_settings;
use crate::{
    command::status::helpful,
    sides::git::{Repository, ask, bytes, git, must, must_with},
};

/// What a snapshot holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The hash of its git tree. A submodule whose files are not those of the recorded commit is part of
    /// the hash.
    pub tree: String,
    /// The commit that it is, or that the work tree is based on.
    pub commit: Option<String>,
    /// Tracked files of a work tree that differ from the commit.
    pub changed: usize,
    /// Files that git neither tracks nor ignores.
    pub untracked: usize,
    /// Submodules whose files are not those of the recorded commit.
    pub changed_modules: Vec<String>,
}

/// Takes a snapshot of a commit into a new folder.
///
/// # Errors
/// When git can't; with its own words.
pub fn of_commit(repository: &Repository, commit: &str, folder: &Path) -> Result<Snapshot> {
    let own = Own::new(&repository.common, &repository.root, Some(commit), folder)?;
    own.lay_out(commit)?;
    own.modules_of_commit(Some(repository))?;
    Ok(Snapshot {
        tree: repository.tree(commit)?,
        commit: Some(commit.to_owned()),
        changed: 0,
        untracked: 0,
        changed_modules: Vec::new(),
    })
}

/// Takes a snapshot of the work tree into a new folder. What lies below one of `left_out` (absolute
/// paths, such as cargo's target folder) is not part of it, ignored or not.
///
/// # Errors
/// When git can't; with its own words.
pub fn of_work_tree(repository: &Repository, folder: &Path, left_out: &[PathBuf]) -> Result<Snapshot> {
    let commit = repository.head()?;
    let own = Own::new(&repository.common, &repository.root, commit.as_deref(), folder)?;
    own.leave_out(&repository.root, left_out)?;
    let index = own.add_all(repository)?;
    let tree = own.tree()?;
    own.lay_out(&tree)?;
    let mut modules = BTreeMap::new();
    for module in own.modules()? {
        let (live, at) = (repository.root.join(&module.path), own.folder.join(&module.path));
        if live.join(".git").exists() {
            let snapshot = of_work_tree(&Repository::at(&live)?, &at, left_out)?;
            let recorded = Repository::at(&live)?.tree(&module.commit).ok();
            if recorded.as_ref() != Some(&snapshot.tree) {
                modules.insert(module.path, snapshot.tree);
            }
        } else {
            own.module_of_commit(&module, Some(repository))?;
        }
    }
    let (changed, untracked) = own.differences(commit.as_deref(), &tree, &index)?;
    Ok(Snapshot {
        tree: with_modules(tree, &modules),
        commit,
        changed,
        untracked,
        changed_modules: modules.into_keys().collect(),
    })
}

/// Whether the files of a snapshot are still what they were, those of its submodules included.
///
/// # Errors
/// When git can't be run.
pub fn is_untouched(folder: &Path) -> Result<bool> {
    let mut command = git(folder);
    command.args(["diff", "--quiet", "--no-ext-diff", "--ignore-submodules=all"]);
    if ask(command)?.is_err() {
        return Ok(false);
    }
    for module in (Own { folder: folder.to_owned() }).modules()? {
        let at = folder.join(&module.path);
        if at.join(".git").exists() && !is_untouched(&at)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The tree's own hash where every submodule is as recorded, else a hash of all, of the same form.
fn with_modules(tree: String, modules: &BTreeMap<String, String>) -> String {
    if modules.is_empty() {
        return tree;
    }
    let mut hasher = blake3::Hasher::new();
    hasher.update(tree.as_bytes());
    for (path, tree) in modules {
        hasher.update(format!("\0{path}\0{tree}").as_bytes());
    }
    let mut hash = vec![0; tree.len() / 2];
    hasher.finalize_xof().fill(&mut hash);
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A submodule, or another repository within a work tree.
struct Module {
    path: String,
    commit: String,
}

/// The repository of a snapshot.
struct Own {
    folder: PathBuf,
}

impl Own {
    /// An empty one, whose objects are those of the repository with this common folder, and whose
    /// configuration is that in force in `root`.
    fn new(common: &Path, root: &Path, commit: Option<&str>, folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let mut format = git(common);
        format.args(["rev-parse", "--show-object-format"]);
        let format = must(format, "tell the repository's format")?;
        let mut init = git(folder);
        init.args(["init", "--quiet", "--template=", "--initial-branch=none"]);
        init.arg(format!("--object-format={format}"));
        // Its references are written below as files, whatever the user prefers.
        init.env("GIT_DEFAULT_REF_FORMAT", "files");
        must(init, "make a repository for a snapshot")?;
        let own = Self { folder: folder.to_owned() };
        own.borrow(common, root)?;
        if let Some(commit) = commit {
            own.write("HEAD", format!("{commit}\n").as_bytes())?;
        }
        Ok(own)
    }

    /// Takes over the user's configuration (filters, line endings), references and list of ignored files.
    /// `root` is where the configuration is in force.
    fn borrow(&self, common: &Path, root: &Path) -> Result<()> {
        let objects = common.join("objects").display().to_string();
        self.write("objects/info/alternates", format!("{objects}\n").as_bytes())?;
        let made = self.folder.join(".git/config");
        let made = fs::read_to_string(&made).with_context(|| format!("cannot read {}", made.display()))?;
        self.write("config", git_settings::of(&made, common, root)?.as_bytes())?;
        for name in ["info/exclude", "info/attributes", "shallow"] {
            if let Ok(text) = fs::read(common.join(name)) {
                self.write(name, &text)?;
            }
        }
        let mut list = git(common);
        list.args(["for-each-ref", "--format=%(objectname) %(refname)"]);
        let refs = must(list, "list the references")?;
        self.write("packed-refs", format!("{refs}\n").as_bytes())
    }

    fn write(&self, name: &str, content: &[u8]) -> Result<()> {
        let path = self.folder.join(".git").join(name);
        let write = || {
            path.parent().map_or(Ok(()), fs::create_dir_all)?;
            fs::write(&path, content)
        };
        write().with_context(|| format!("cannot write {}", path.display()))
    }

    /// Has git ignore what is the output of builds and of this command.
    fn leave_out(&self, root: &Path, left_out: &[PathBuf]) -> Result<()> {
        let below = left_out.iter().filter_map(|path| path.strip_prefix(root).ok());
        let lines: String = below
            .filter(|path| !path.as_os_str().is_empty())
            .map(|path| format!("/{}\n", path.display().to_string().replace(['*', '?', '['], "?")))
            .collect();
        let before = fs::read_to_string(self.folder.join(".git/info/exclude")).unwrap_or_default();
        self.write("info/exclude", format!("{before}\n{lines}").as_bytes())
    }

    /// git with the snapshot's repository and the user's files.
    fn over(&self, root: &Path) -> Command {
        let mut command = git(root);
        command.arg("--git-dir").arg(self.folder.join(".git")).arg("--work-tree").arg(root);
        command
    }

    /// Adds all files of the user's work tree; returns the paths that the user's index has.
    ///
    /// The entries of the user's index are taken over without the times of files, so that every file is
    /// read: two files of the same length may have been given the same time.
    fn add_all(&self, repository: &Repository) -> Result<Vec<u8>> {
        let mut list = git(&repository.root);
        list.args(["ls-files", "--stage", "-z"]);
        let index = bytes(list, "list the files of the index")?;
        if !index.is_empty() {
            let mut update = self.over(&repository.root);
            update.args(["update-index", "-z", "--index-info"]);
            must_with(update, &index, "take over the index")?;
        }
        let sparse = sparse(repository)?;
        if !sparse.is_empty() {
            let mut skip = self.over(&repository.root);
            skip.args(["update-index", "--skip-worktree", "-z", "--stdin"]);
            must_with(skip, &sparse, "leave out what is not checked out")?;
        }
        self.add_files(&repository.root)?;
        Ok(index)
    }

    /// Adds all files, but for repositories in the work tree that have no commit yet, of which git can't say
    /// what they hold.
    fn add_files(&self, root: &Path) -> Result<()> {
        let mut left_out: Option<String> = None;
        loop {
            let mut add = self.over(root);
            // To read its words.
            add.args(["add", "--all"]).env("LC_ALL", "C");
            let Err(words) = ask(add)? else { return Ok(()) };
            let empty = words.lines().find_map(|line| {
                let path =
                    line.strip_prefix("error: '")?.strip_suffix("' does not have a commit checked out")?;
                Some(path.trim_end_matches('/').to_owned())
            });
            match empty {
                Some(path) if left_out.as_ref() != Some(&path) => {
                    self.leave_out(root, &[root.join(&path)])?;
                    left_out = Some(path);
                }
                _ => return Err(anyhow::anyhow!(words).context("git could not read the work tree")),
            }
        }
    }

    fn tree(&self) -> Result<String> {
        let mut write = git(&self.folder);
        write.arg("write-tree");
        must(write, "write the tree of the work tree")
    }

    /// Writes the files of a tree into the snapshot's folder.
    fn lay_out(&self, tree: &str) -> Result<()> {
        let mut read = git(&self.folder);
        read.args(["read-tree", "--reset", "-u", tree]);
        must(read, &format!("write the files of {tree}")).map(|_| ())
    }

    /// The submodules that the snapshot's index names.
    fn modules(&self) -> Result<Vec<Module>> {
        let mut list = git(&self.folder);
        list.args(["ls-files", "--stage", "-z"]);
        let listed = bytes(list, "list the submodules")?;
        let text = String::from_utf8_lossy(&listed).into_owned();
        let module = |line: &str| {
            let (head, path) = line.split_once('\t')?;
            let commit = head.strip_prefix("160000 ")?.split(' ').next()?;
            Some(Module { path: path.to_owned(), commit: commit.to_owned() })
        };
        Ok(text.split('\0').filter_map(module).collect())
    }

    fn modules_of_commit(&self, user: Option<&Repository>) -> Result<()> {
        self.modules()?.iter().try_for_each(|module| self.module_of_commit(module, user))
    }

    /// Fills a submodule with the commit that is recorded: from what the user has of it, else from where it
    /// comes from. One that nobody says the origin of stays empty, as in a clone.
    fn module_of_commit(&self, module: &Module, user: Option<&Repository>) -> Result<()> {
        let at = self.folder.join(&module.path);
        let name = self.name_of(module)?;
        let live = user.map(|user| user.root.join(&module.path)).filter(|live| live.join(".git").exists());
        let live = live.map(|live| Repository::at(&live)).transpose()?;
        let kept = user.zip(name.as_ref()).map(|(user, name)| user.common.join("modules").join(name));
        let stores = live.iter().map(|live| live.common.clone()).chain(kept);
        for store in stores.filter(|store| store.is_dir()) {
            let mut has = git(&store);
            has.args(["cat-file", "-e", &format!("{}^{{commit}}", module.commit)]);
            if ask(has)?.is_ok() {
                let own = Self::new(&store, &store, Some(&module.commit), &at)?;
                own.lay_out(&module.commit)?;
                return own.modules_of_commit(live.as_ref());
            }
        }
        if name.is_some() { self.fetch(module) } else { Ok(()) }
    }

    fn fetch(&self, module: &Module) -> Result<()> {
        let mut update = git(&self.folder);
        update.args(["submodule", "--quiet", "update", "--init", "--recursive", "--", &module.path]);
        ask(update)?.map(|_| ()).map_err(|words| {
            helpful(
                format!("git could not fill the submodule {}: {words}", module.path),
                "`git submodule update --init --recursive` fetches it; what is there is used from there",
            )
        })
    }

    /// The name by which `.gitmodules` knows it.
    fn name_of(&self, module: &Module) -> Result<Option<String>> {
        if !self.folder.join(".gitmodules").is_file() {
            return Ok(None);
        }
        let mut list = git(&self.folder);
        list.args(["config", "--file", ".gitmodules", "-z", "--get-regexp", r"^submodule\..*\.path$"]);
        // No such key is its error without words.
        let listed = ask(list)?.unwrap_or_default();
        let name = |line: &str| {
            let (key, path) = line.split_once('\n')?;
            let name = key.strip_prefix("submodule.")?.strip_suffix(".path")?;
            (path == module.path && !name.split('/').any(|part| part == "..")).then(|| name.to_owned())
        };
        Ok(listed.split('\0').find_map(name))
    }

    /// How many tracked files differ from the commit, and how many are not tracked.
    fn differences(&self, commit: Option<&str>, tree: &str, index: &[u8]) -> Result<(usize, usize)> {
        let Some(commit) = commit else { return Ok((0, 0)) };
        let mut diff = git(&self.folder);
        diff.args(["diff-tree", "-r", "-z", "--no-renames", "--ignore-submodules=all", "--name-only"]);
        diff.args([commit, tree]);
        let listed = bytes(diff, "tell what has changed")?;
        let entries = |bytes: &[u8]| -> Vec<Vec<u8>> {
            bytes.split(|byte| *byte == 0).filter(|path| !path.is_empty()).map(<[u8]>::to_vec).collect()
        };
        let path = |entry: Vec<u8>| entry.splitn(2, |byte| *byte == b'\t').nth(1).map(<[u8]>::to_vec);
        let tracked: std::collections::HashSet<Vec<u8>> =
            entries(index).into_iter().filter_map(path).collect();
        let differing = entries(&listed);
        let untracked = differing
            .iter()
            .filter(|path| !tracked.contains(*path))
            // A tracked file that is gone from the index is a change.
            .filter(|path| self.folder.join(String::from_utf8_lossy(path).as_ref()).exists())
            .count();
        Ok((differing.len() - untracked, untracked))
    }
}

/// The paths that a sparse checkout leaves out of the work tree, each with a zero behind it.
fn sparse(repository: &Repository) -> Result<Vec<u8>> {
    let mut list = git(&repository.root);
    list.args(["ls-files", "-t", "-z"]);
    let listed = bytes(list, "list the files that are not checked out")?;
    let skipped = listed.split(|byte| *byte == 0).filter_map(|line| line.strip_prefix(b"S "));
    let absent = skipped.filter(|path| {
        fs::symlink_metadata(repository.root.join(String::from_utf8_lossy(path).as_ref())).is_err()
    });
    Ok(absent.flat_map(|path| path.iter().copied().chain([0])).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_submodule_changes_the_hash_and_its_form_stays() {
        let tree = "0123456789012345678901234567890123456789".to_owned();
        assert_eq!(with_modules(tree.clone(), &BTreeMap::new()), tree);
        let one = BTreeMap::from([("part".to_owned(), "aa".to_owned())]);
        let other = BTreeMap::from([("part".to_owned(), "bb".to_owned())]);
        let (one, other) = (with_modules(tree.clone(), &one), with_modules(tree.clone(), &other));
        assert_eq!(one.len(), tree.len());
        assert!(one != tree && other != tree && one != other);
    }
}
