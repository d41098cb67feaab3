//! Which variables of the environment decide how a build comes out.

use std::{env, ffi::OsString};

use crate::environment::is_of_another_package;

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
    "LD_LIBRARY_PATH",
    "PATH",
    "RUSTUP_HOME",
    "RUSTUP_TOOLCHAIN",
    "RUST_RECURSION_COUNT",
];
/// The variables that may decide about a build, with their values.
pub fn deciding() -> impl Iterator<Item = (OsString, OsString)> {
    env::vars_os().filter(|(name, _)| decides(&name.to_string_lossy()))
}

fn decides(name: &str) -> bool {
    !REPLACED.contains(&name)
        && !OF_A_SESSION.contains(&name)
        && !OF_SESSIONS.iter().any(|start| name.starts_with(start))
        && !is_of_another_package(name)
}

#[cfg(test)]
mod tests {
    use super::decides;

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
