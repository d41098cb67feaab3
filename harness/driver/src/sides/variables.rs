//! Which variables of the environment decide how a build comes out.

use std::{
    collections::BTreeMap,
    env,
    ffi::{OsStr, OsString},
    path::PathBuf,
};

use super::inputs::immutable;
use crate::cargo::environment::is_of_another_package;

/// Starts of names of variables that differ from session to session and decide about no build that does
/// not declare that it reads them. Every other variable counts.
const OF_SESSIONS: [&str; 18] = [
    "ACTIONS_", "BASH_", "CI_", "DBUS_", "DUEL_", "GITHUB_", "GIT_", "GPG_", "LC_", "LESS", "RUNNER_",
    "SSH_", "SYSTEMD_", "TERM_", "TMUX", "VSCODE_", "WAYLAND_", "XDG_",
];
/// The same for whole names.
const OF_A_SESSION: [&str; 31] = [
    "_",
    "BUILD_ID",
    "BUILD_NUMBER",
    "BUILD_TAG",
    "BUILD_URL",
    "COLORTERM",
    "COLUMNS",
    "DISPLAY",
    "EDITOR",
    "HISTFILE",
    "HOSTNAME",
    "INVOCATION_ID",
    "JOURNAL_STREAM",
    "LANG",
    "LINES",
    "LOGNAME",
    "LS_COLORS",
    "MAIL",
    "NO_COLOR",
    "OLDPWD",
    "PAGER",
    "PS1",
    "PWD",
    "RUST_BACKTRACE",
    "SHLVL",
    "STY",
    "TERM",
    "TMPDIR",
    "USER",
    "VISUAL",
    "WINDOWID",
];
/// Variables that are replaced, or that the versions of cargo and compiler stand for.
const REPLACED: [&str; 11] = [
    "CARGO",
    "CARGO_BUILD_BUILD_DIR",
    "CARGO_BUILD_TARGET_DIR",
    "CARGO_HOME",
    "CARGO_TARGET_DIR",
    "CARGO_TERM_COLOR",
    LIBRARIES,
    "PATH",
    "RUSTUP_HOME",
    "RUSTUP_TOOLCHAIN",
    "RUST_RECURSION_COUNT",
];
/// Added to where a toolchain's programs are started by rustup; what is left of it decides.
const LIBRARIES: &str = "LD_LIBRARY_PATH";

/// The variables that may decide about a build, with their values. In which order they were set decides nothing.
pub fn deciding() -> BTreeMap<OsString, OsString> {
    let all = env::vars_os().filter(|(name, _)| decides(&name.to_string_lossy()));
    let libraries = env::var_os(LIBRARIES).and_then(|value| libraries(&value, &immutable()));
    all.chain(libraries.map(|value| (LIBRARIES.into(), value))).collect()
}

/// Where libraries are looked for, in builds and by runners, without what belongs to a toolchain; `None` where
/// there is nothing else.
fn libraries(value: &OsStr, toolchains: &[PathBuf]) -> Option<OsString> {
    let own = env::split_paths(value).filter(|folder| {
        !folder.as_os_str().is_empty() && !toolchains.iter().any(|it| folder.starts_with(it))
    });
    env::join_paths(own).ok().filter(|own| !own.is_empty())
}

fn decides(name: &str) -> bool {
    !REPLACED.contains(&name)
        && !OF_A_SESSION.contains(&name)
        && !OF_SESSIONS.iter().any(|start| name.starts_with(start))
        && !is_of_another_package(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_libraries_are_decides_unless_they_are_a_toolchains() {
        let toolchains = [PathBuf::from("/home/.rustup")];
        let of = |value: &str| libraries(OsStr::new(value), &toolchains);
        assert_eq!(of("/opt/lib:/home/.rustup/toolchains/x/lib:/usr/x"), Some("/opt/lib:/usr/x".into()));
        assert_eq!(of("/home/.rustup/toolchains/x/lib"), None);
        assert_eq!(of(""), None);
    }

    #[test]
    fn every_variable_decides_unless_it_is_a_sessions_or_replaced() {
        for name in [
            "RUSTFLAGS",
            "CARGO_PROFILE_BENCH_LTO",
            "OPENSSL_DIR",
            "K_ADDS",
            "CC_x86_64",
            "PWDFILE",
            "LANGUAGE_X",
        ] {
            assert!(decides(name), "{name}");
        }
        for name in [
            "CARGO_TARGET_DIR",
            "CARGO_PKG_NAME",
            "PWD",
            "_",
            "LC_ALL",
            "GITHUB_SHA",
            "SSH_AUTH_SOCK",
            "TMPDIR",
            "TERM_PROGRAM",
        ] {
            assert!(!decides(name), "{name}");
        }
    }
}
