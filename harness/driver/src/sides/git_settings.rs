//! The configuration of a snapshot's repository: the user's, as far as it decides how files are laid out, and
//! over it what keeps the snapshot apart from the user's repository.

use std::path::Path;

use anyhow::Result;

use crate::sides::git::{ask, git};

/// What the snapshot's repository has set, whatever the user's has: it is a plain one, complete, and runs
/// nothing.
const CONFIGURATION: &str = "\
[core]
\tbare = false
\tworktree = ..
\tsparseCheckout = false
\tsparseCheckoutCone = false
\tsplitIndex = false
\tuntrackedCache = false
\tfsmonitor = false
\ttrustctime = true
\tcheckStat = default
\tlogAllRefUpdates = false
[gc]
\tauto = 0
[maintenance]
\tauto = false
[advice]
\tdetachedHead = false
\taddEmbeddedRepo = false
";

/// The whole text: `made` is what git has written for the new repository, `common` the folder of the user's,
/// `root` where its configuration is in force.
///
/// # Errors
/// When git can't be run.
pub fn of(made: &str, common: &Path, root: &Path) -> Result<String> {
    let users = quoted(&common.join("config").display().to_string());
    Ok(format!("{made}[include]\n\tpath = {users}\n{}{CONFIGURATION}", in_force(root)?))
}

/// What is in force in a repository and decides how files are laid out. Some of it may be set only for certain
/// folders, or for one work tree.
fn in_force(root: &Path) -> Result<String> {
    let mut list = git(root);
    list.args(["config", "--includes", "-z", "--get-regexp"]);
    list.arg(r"^(filter\..*|core\.(autocrlf|eol|excludesfile|attributesfile))$");
    // No such key is its error without words.
    let listed = ask(list)?.unwrap_or_default();
    let setting = |entry: &str| {
        let (key, value) = entry.split_once('\n')?;
        let (section, name) = key.rsplit_once('.')?;
        let section = match section.split_once('.') {
            Some((section, own)) => format!("{section} {}", quoted(own)),
            None => section.to_owned(),
        };
        Some(format!("[{section}]\n\t{name} = {}\n", quoted(value)))
    };
    Ok(listed.split('\0').filter_map(setting).collect())
}

/// Text as git's configuration files want it.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}
