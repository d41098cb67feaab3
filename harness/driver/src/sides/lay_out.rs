//! Lays a side out: its snapshot in a new folder, at the path below it at which it will be built and run,
//! with links to what its manifests name outside of the repository.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    fs,
    os::unix::fs::symlink,
    path::{Component, Path, PathBuf},
};

use anyhow::{Context, Result};

use super::{hash, place::SOURCE, side::Side, snapshot::Snapshot};
use crate::{cargo::config, command::status::helpful, path::normal};

/// A side whose files are in a folder of their own.
pub struct LaidOut {
    pub side: Side,
    /// Above everything of the side.
    pub folder: PathBuf,
    /// The top of the repository.
    pub root: PathBuf,
    /// The package or workspace that the command works on.
    pub package: PathBuf,
    pub snapshot: Snapshot,
    /// The lock file that it is built with, where it has none of its own.
    pub lent_lock: Option<Vec<u8>>,
    /// Files that git ignores and that the user has both sides see, with the hash of their content.
    pub shared: Vec<(PathBuf, String)>,
    /// The top of the user's work tree, where the side has links to what lies beside it.
    pub beside: Option<PathBuf>,
}

impl LaidOut {
    /// A path within the side, from its folder on; another path as it is.
    pub fn relative<'a>(&self, path: &'a Path) -> &'a Path {
        path.strip_prefix(&self.folder).unwrap_or(path)
    }

    /// Where a path within the side is in another folder with the side's files.
    pub fn at(&self, folder: &Path, path: &Path) -> PathBuf {
        folder.join(self.relative(path))
    }

    /// Puts the repository where it belongs below the side's folder: under the names of as many folders
    /// above it as its manifests lead to, where links lead to what is there.
    ///
    /// # Errors
    /// When a folder can't be read or made.
    pub fn settle(&mut self, above: &Above, place: &Path) -> Result<()> {
        let source = self.folder.join(SOURCE);
        let wanted = above.names.iter().fold(source.clone(), |folder, name| folder.join(name));
        let make = || {
            fs::create_dir_all(wanted.parent().unwrap_or(&source))?;
            fs::rename(&self.root, &wanted)
        };
        make().with_context(|| format!("cannot make {}", wanted.display()))?;
        above.link(&source, place)?;
        self.package = wanted.join(self.package.strip_prefix(&self.root).unwrap_or(Path::new("")));
        self.root = wanted;
        self.beside = (above.levels > 0).then(|| above.root.clone());
        Ok(())
    }

    /// Gives a side that was laid out before the links that this one has: what lies beside the repository may
    /// have changed since then.
    ///
    /// # Errors
    /// When a link can't be read or made.
    pub fn renew_links(&self, kept: &Path) -> Result<()> {
        let above = self.root.ancestors().skip(1).take_while(|folder| *folder != self.folder);
        for fresh in above {
            let kept = kept.join(self.relative(fresh));
            let renew = || -> std::io::Result<()> {
                let (wanted, there) = (links(fresh)?, links(&kept)?);
                for name in
                    there.iter().filter(|(name, to)| wanted.get(*name) != Some(to)).map(|(name, _)| name)
                {
                    fs::remove_file(kept.join(name))?;
                }
                for (name, to) in wanted.iter().filter(|(name, to)| there.get(*name) != Some(to)) {
                    symlink(to, kept.join(name))?;
                }
                Ok(())
            };
            renew().with_context(|| format!("cannot renew the links in {}", kept.display()))?;
        }
        Ok(())
    }

    /// Links what the user has both sides see (paths below `project`, the folder that the command works
    /// on) into the side.
    ///
    /// # Errors
    /// When there is no such file, or the side has one of its own.
    pub fn share(&mut self, project: &Path, paths: &[PathBuf]) -> Result<()> {
        for path in paths {
            let (live, here) = (project.join(path), self.package.join(path));
            if path.components().any(|part| !matches!(part, Component::Normal(_))) {
                return Err(helpful(
                    format!(
                        "{} can't be shared: it does not lie below {}",
                        path.display(),
                        project.display()
                    ),
                    "name files and folders below the crate",
                ));
            }
            if !live.exists() {
                return Err(helpful(
                    format!("there is no {} to share", live.display()),
                    "name files and folders that are there, or leave it out",
                ));
            }
            if fs::symlink_metadata(&here).is_ok() {
                return Err(helpful(
                    format!("{} can't be shared: the {} has its own, in git", path.display(), self.side),
                    "share only what git ignores",
                ));
            }
            let content = hash::of_tree(&live).with_context(|| format!("cannot read {}", live.display()))?;
            fs::create_dir_all(here.parent().unwrap_or(&self.package))
                .and_then(|()| symlink(&live, &here))
                .with_context(|| format!("cannot make {}", here.display()))?;
            self.shared.push((path.clone(), content));
        }
        Ok(())
    }
}

/// What of the folders above the repository a side needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Above {
    /// The top of the user's work tree.
    root: PathBuf,
    /// The last names of its path, as many as are needed; at least its own.
    names: Vec<String>,
    /// How many folders above it are needed.
    levels: usize,
}

impl Above {
    /// What both sides need: `workspace` is the folder of the user's workspace.
    pub fn new(root: &Path, workspace: &Path, sides: &[&LaidOut], place: &Path) -> Self {
        let mut levels = levels_to(root, workspace);
        for (distance, folder) in root.ancestors().enumerate().skip(1) {
            if !place.starts_with(folder) && has_configuration(folder) {
                levels = levels.max(distance);
            }
        }
        for side in sides {
            let mut seen = BTreeSet::new();
            let (manifests, links) = manifests_and_links(&side.root);
            for manifest in manifests {
                levels = levels.max(levels_of(&manifest, &side.root, root, &mut seen));
            }
            for link in links {
                levels = levels.max(levels_of_link(&link, &side.root, root));
            }
        }
        let own: Vec<String> = root
            .components()
            .filter(|part| matches!(part, Component::Normal(_)))
            .map(|part| part.as_os_str().to_string_lossy().into_owned())
            .collect();
        let levels = levels.min(own.len());
        let mut names = own[own.len() - levels.clamp(1, own.len().max(1)).min(own.len())..].to_vec();
        if names.is_empty() {
            names.push("root".to_owned());
        }
        Self { root: root.to_owned(), names, levels }
    }

    /// Links every entry of the folders above, but for the way down to the repository, and for cargo's
    /// configuration where cargo finds it anyway.
    fn link(&self, source: &Path, place: &Path) -> Result<()> {
        let mut live = self.root.as_path();
        for level in 1..=self.levels {
            let Some((above, name)) = live.parent().zip(live.file_name()) else { break };
            let here =
                self.names[..self.names.len() - level].iter().fold(source.to_owned(), |at, it| at.join(it));
            let entries = fs::read_dir(above).with_context(|| format!("cannot read {}", above.display()))?;
            for entry in entries.flatten().filter(|entry| entry.file_name() != name) {
                let found_anyway = entry.file_name() == ".cargo"
                    && (place.starts_with(above) || Some(entry.path()) == config::home());
                if !found_anyway {
                    let link = here.join(entry.file_name());
                    symlink(entry.path(), &link)
                        .with_context(|| format!("cannot make {}", link.display()))?;
                }
            }
            live = above;
        }
        Ok(())
    }
}

/// The links in a folder, and what they lead to.
fn links(folder: &Path) -> std::io::Result<BTreeMap<OsString, PathBuf>> {
    let mut links = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_symlink() {
            links.insert(entry.file_name(), fs::read_link(entry.path())?);
        }
    }
    Ok(links)
}

fn has_configuration(folder: &Path) -> bool {
    let own = folder.join(".cargo");
    Some(&own) != config::home().as_ref()
        && ["config", "config.toml"].iter().any(|name| own.join(name).is_file())
}

/// How far a path leads out of a folder: 1 for a neighbour of it.
fn levels_to(root: &Path, path: &Path) -> usize {
    let common = root.components().zip(path.components()).take_while(|(a, b)| a == b).count();
    root.components().count() - common
}

/// How far a relative link leads out of the repository.
fn levels_of_link(link: &Path, root: &Path, live: &Path) -> usize {
    let folder = link.parent().and_then(|folder| folder.strip_prefix(root).ok());
    // One that is absolute leads there from everywhere.
    let target = fs::read_link(link).ok().filter(|target| target.is_relative());
    let (Some(folder), Some(target)) = (folder, target) else { return 0 };
    let target = normal(&live.join(folder).join(target));
    if target.starts_with(live) { 0 } else { levels_to(live, &target) }
}

/// Every manifest and every link below a folder.
fn manifests_and_links(folder: &Path) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let (mut found, mut links) = (Vec::new(), Vec::new());
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if is_folder && entry.file_name() != ".git" {
                folders.push(entry.path());
            } else if entry.file_name() == "Cargo.toml" {
                found.push(entry.path());
            }
            if entry.file_type().is_ok_and(|kind| kind.is_symlink()) {
                links.push(entry.path());
            }
        }
    }
    (found, links)
}

/// How far the relative paths in a manifest lead out of the repository, and those in the manifests that
/// they lead to. `root` is the repository's top where the manifest is, `live` in the user's work tree.
fn levels_of(manifest: &Path, root: &Path, live: &Path, seen: &mut BTreeSet<PathBuf>) -> usize {
    if !seen.insert(manifest.to_owned()) {
        return 0;
    }
    let Ok(text) = crate::safe_file::read_text(manifest) else { return 0 };
    // One that is no TOML is cargo's to complain of.
    let Ok(table) = toml::from_str::<toml::Table>(&text) else { return 0 };
    let folder = manifest.parent().unwrap_or(root);
    let folder = folder.strip_prefix(root).map_or_else(|_| folder.to_owned(), |below| live.join(below));
    let mut paths = Vec::new();
    collect_paths(&toml::Value::Table(table), &mut paths);
    let relative = paths.iter().map(Path::new).filter(|path| path.is_relative());
    relative
        .map(|path| {
            let target = normal(&folder.join(path));
            if target.starts_with(live) {
                return 0;
            }
            levels_to(live, &target).max(levels_of(&target.join("Cargo.toml"), root, live, seen))
        })
        .max()
        .unwrap_or(0)
}

/// Everything in a manifest that is the path of a package: `path` of dependencies and targets, members,
/// and the workspace that a package names.
fn collect_paths(value: &toml::Value, paths: &mut Vec<String>) {
    match value {
        toml::Value::Table(table) => {
            for (key, value) in table {
                match (key.as_str(), value) {
                    ("path" | "workspace", toml::Value::String(path)) => paths.push(path.clone()),
                    ("members" | "default-members", toml::Value::Array(members)) => {
                        // Up to where names are matched.
                        let fixed =
                            |member: &str| member.split(['*', '?', '[']).next().unwrap_or("").to_owned();
                        paths.extend(members.iter().filter_map(toml::Value::as_str).map(fixed));
                    }
                    _ => collect_paths(value, paths),
                }
            }
        }
        toml::Value::Array(values) => values.iter().for_each(|value| collect_paths(value, paths)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifests_say_how_far_they_lead_out_of_the_repository() {
        let folder = tempfile::tempdir().unwrap();
        let live = folder.path().join("live/repo");
        let root = folder.path().join("side");
        let write = |path: &Path, text: &str| {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write(
            &folder.path().join("live/near/Cargo.toml"),
            "[dependencies]\nfar = { path = \"../../far\" }\n",
        );
        let levels = |text: &str| {
            write(&root.join("member/Cargo.toml"), text);
            levels_of(&root.join("member/Cargo.toml"), &root, &live, &mut BTreeSet::new())
        };
        assert_eq!(levels("[dependencies]\na = { path = \"../a\" }\n"), 0);
        assert_eq!(levels("[dependencies]\na = { path = \"/somewhere\" }\n"), 0);
        assert_eq!(levels("[dev-dependencies.a]\npath = \"../../other\"\n"), 1);
        assert_eq!(levels("[target.'cfg(unix)'.dependencies]\na = { path = \"../../../other\" }\n"), 2);
        assert_eq!(levels("[dependencies]\na = { path = \"../../near\" }\n"), 2, "through the neighbour");
        assert_eq!(levels("[package]\nworkspace = \"../..\"\n"), 1);
        assert_eq!(levels("[workspace]\nmembers = [\"../../crates/*\"]\n"), 1);
        assert_eq!(levels("no toml ["), 0);
    }

    #[test]
    fn the_way_out_is_counted_in_folders() {
        assert_eq!(levels_to(Path::new("/a/b/c"), Path::new("/a/b/d")), 1);
        assert_eq!(levels_to(Path::new("/a/b/c"), Path::new("/a")), 2);
        assert_eq!(levels_to(Path::new("/a/b/c"), Path::new("/a/b/c/d")), 0);
    }
}
