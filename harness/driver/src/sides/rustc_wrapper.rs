//! What this command is where cargo calls it in place of rustc: it adds the flags that align code, and
//! becomes rustc.
//!
//! A wrapper, because `RUSTFLAGS` would replace the flags of the user's configuration files.

use std::{
    env,
    ffi::OsString,
    os::unix::process::CommandExt,
    path::Path,
    process::{Command, ExitCode},
};

use crate::cargo::config;

/// Where this is set, the command is a wrapper.
const WRAPS: &str = "CARGO_DUEL_RUSTC";
/// The wrapper that was set before, in whose place this one stands.
const GENERAL: &str = "CARGO_DUEL_RUSTC_WRAPPER";
/// The same for members of the workspace.
const WORKSPACE: &str = "CARGO_DUEL_RUSTC_WORKSPACE_WRAPPER";
/// What stands for the tree that a side is built from; `duel::main!` compiles it into the runner.
const TREE: &str = "CARGO_DUEL_TREE";

/// What every crate is compiled with, on both sides: functions on a cache line, and blocks that
/// are jumped to (loops) on half of one. Else a change anywhere moves all that comes after it, and
/// kernels that nobody touched change their time by up to a quarter: docs/comparing-revisions.md, "The same code
/// at another address".
pub const ALIGNED: [&str; 2] =
    ["-Cllvm-args=-align-all-functions=6", "-Cllvm-args=-align-all-nofallthru-blocks=5"];

/// The environment that makes cargo call `wrapper` (this executable) in `folder`, for a side in whose
/// runners `tree` stands for its tree.
///
/// In both places: as the general one it also sees crates that are no members of the workspace, and a
/// compiler cache that was there before still sees a rustc.
pub fn environment(wrapper: &Path, folder: &Path, tree: &str) -> Vec<(&'static str, OsString)> {
    let mut all = vec![
        (WRAPS, "1".into()),
        (TREE, tree.into()),
        ("RUSTC_WRAPPER", wrapper.into()),
        ("RUSTC_WORKSPACE_WRAPPER", wrapper.into()),
        // How incremental code is split depends on what was built before.
        ("CARGO_INCREMENTAL", "0".into()),
    ];
    for (ours, key) in [(GENERAL, "rustc-wrapper"), (WORKSPACE, "rustc-workspace-wrapper")] {
        all.extend(config::wrapper(folder, key).map(|before| (ours, before)));
    }
    all
}

/// Becomes rustc where cargo calls this command as its wrapper; returns where it does not, or
/// where rustc can't be started.
pub fn become_rustc() -> Option<ExitCode> {
    env::var_os(WRAPS)?;
    let words: Vec<_> = env::args_os().collect();
    let (this, mut rest) = words.split_first()?;
    let mut line: Vec<OsString> = env::var_os(GENERAL).into_iter().collect();
    // For a member cargo calls `wrapper wrapper rustc …`.
    if rest.first() == Some(this) {
        rest = &rest[1..];
        line.extend(env::var_os(WORKSPACE));
    }
    line.extend_from_slice(rest);
    line.extend(aligned(&line));
    let (program, words) = line.split_first()?;
    let error = Command::new(program).args(words).exec();
    crate::reporter::error(&anyhow::Error::new(error).context(format!("cannot start {}", program.display())));
    Some(crate::command::status::Status::Impossible.into())
}

/// The flags that align code, but for those that the user has given another value.
fn aligned(line: &[OsString]) -> Vec<OsString> {
    let given = |flag: &str| {
        let name = flag.split('=').nth(1).unwrap_or(flag);
        line.iter().any(|word| word.to_string_lossy().contains(name))
    };
    ALIGNED.iter().filter(|flag| !given(flag)).map(OsString::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_aligned_unless_the_user_aligns_it() {
        let line = |words: &[&str]| words.iter().map(OsString::from).collect::<Vec<_>>();
        assert_eq!(aligned(&line(&["rustc", "--crate-name", "a"])), line(&ALIGNED));
        assert_eq!(
            aligned(&line(&["rustc", "-C", "llvm-args=-align-all-functions=5"])),
            line(&ALIGNED[1..]),
            "llvm refuses a flag that comes twice"
        );
    }
}
