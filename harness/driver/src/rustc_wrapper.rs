//! What this command is where cargo calls it in place of rustc: it adds what hides the
//! difference between a work tree and a checkout, and becomes rustc.
//!
//! A wrapper, because `RUSTFLAGS` would replace the flags of the user's configuration files, and
//! would have every dependency built anew.

use std::{
    env,
    ffi::{OsStr, OsString},
    os::unix::process::CommandExt,
    path::Path,
    process::{Command, ExitCode},
};

/// The work tree's root, as the compiler's current folder shows it. Where this is set, the
/// command is a wrapper.
const ROOT: &str = "CARGO_DUEL_RUSTC_ROOT";
/// The folder that sides are built in.
const PLACE: &str = "CARGO_DUEL_RUSTC_PLACE";
/// The wrappers that were set before, in whose place this one stands.
const GENERAL: &str = "CARGO_DUEL_RUSTC_WRAPPER";
const WORKSPACE: &str = "CARGO_DUEL_RUSTC_WORKSPACE_WRAPPER";

/// The environment that makes cargo call `wrapper` (this executable).
pub fn environment(wrapper: &Path, root: &Path, place: &Path) -> Vec<(&'static str, OsString)> {
    let mut all = vec![
        (ROOT, root.into()),
        (PLACE, place.into()),
        // Members alone: their code is what differs in its path, and all else stays as built.
        ("RUSTC_WORKSPACE_WRAPPER", wrapper.into()),
    ];
    let set = |name| env::var_os(name).filter(|value| !value.is_empty());
    if let Some(before) = set("RUSTC_WORKSPACE_WRAPPER") {
        all.push((WORKSPACE, before));
    }
    if let Some(before) = set("RUSTC_WRAPPER") {
        // A compiler cache knows rustc by its name, and not another wrapper: this one goes first.
        all.extend([(GENERAL, before), ("RUSTC_WRAPPER", wrapper.into())]);
    }
    all
}

/// Becomes rustc where cargo calls this command as its wrapper; returns where it does not, or
/// where rustc can't be started.
pub fn become_rustc() -> Option<ExitCode> {
    let (root, place) = (env::var_os(ROOT)?, env::var_os(PLACE)?);
    let words: Vec<_> = env::args_os().collect();
    let (this, rest) = words.split_first()?;
    // Both wrappers: for a member cargo calls `wrapper wrapper rustc`.
    let member = env::var_os(GENERAL).is_none() || rest.first() == Some(this);
    let rest = if rest.first() == Some(this) { &rest[1..] } else { rest };
    let mut line: Vec<OsString> = Vec::new();
    line.extend(env::var_os(GENERAL));
    if member {
        line.extend(env::var_os(WORKSPACE));
    }
    line.extend_from_slice(rest);
    if member && rest.iter().any(|word| word == "--crate-name") {
        line.extend(remaps(&root, &place));
    }
    let (program, words) = line.split_first()?;
    let error = Command::new(program).args(words).exec();
    crate::terminal::error(&anyhow::Error::new(error).context(format!("cannot start {}", program.display())));
    Some(crate::status::Status::Impossible.into())
}

/// Everything looks as if it stood at the checkout's path. The last that fits a path counts, and
/// the place may lie within the work tree.
fn remaps(root: &OsStr, place: &OsStr) -> [OsString; 2] {
    let flag = |from: &OsStr, to: &OsStr| {
        let mut flag = OsString::from("--remap-path-prefix=");
        flag.push(from);
        flag.push("=");
        flag.push(to);
        flag
    };
    [flag(root, Path::new(place).join("checkout").as_os_str()), flag(place, place)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_work_tree_is_shown_at_the_checkouts_path_and_the_place_where_it_is() {
        assert_eq!(
            remaps(OsStr::new("/home/me/crate"), OsStr::new("/home/me/crate/target/duel/git")),
            [
                "--remap-path-prefix=/home/me/crate=/home/me/crate/target/duel/git/checkout",
                "--remap-path-prefix=/home/me/crate/target/duel/git=/home/me/crate/target/duel/git"
            ]
        );
    }
}
