//! What decides how a side's executables come out and is known before it is built, in one hash. What a
//! build turns out to read besides is in [`Inputs`](super::inputs::Inputs).

use std::{
    env, fs,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use anyhow::Result;

use super::{hash::Hash, lay_out::LaidOut};
use crate::{
    build::Apart, cargo_config, cli::CargoArgs, environment::is_of_another_package, rustc_wrapper::ALIGNED,
    status::helpful,
};

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
/// Programs that build scripts call by their names.
const TOOLS: [&str; 12] =
    ["ar", "as", "c++", "cc", "clang", "cmake", "g++", "gcc", "ld", "mold", "pkg-config", "protoc"];

/// The key of a side that is laid out.
///
/// # Errors
/// When there is no compiler.
pub fn key(side: &LaidOut, args: &CargoArgs, apart: &Apart) -> Result<String> {
    let mut hash = Hash::default();
    hash.add("version", env!("CARGO_PKG_VERSION"));
    hash.add("flags", ALIGNED.join(" "));
    hash.add("tree", &side.snapshot.tree);
    // Build scripts can ask git for it.
    hash.add("commit", side.snapshot.commit.as_deref().unwrap_or_default());
    hash.add("package", side.relative(&side.package).as_os_str().as_bytes());
    // Which manifest is told by the package's folder.
    hash.add("arguments", format!("{:?}", CargoArgs { manifest_path: None, ..args.clone() }));
    hash.add("compiler", version(apart)?);
    for (name, value) in env::vars_os().filter(|(name, _)| decides(&name.to_string_lossy())) {
        hash.add("variable", name.as_bytes());
        hash.add("value", value.as_bytes());
    }
    for file in cargo_config::files(&side.package) {
        if let Ok(content) = fs::read(&file) {
            hash.add("configuration", side.relative(&file).as_os_str().as_bytes());
            hash.add("content", content);
        }
    }
    if let Some(lock) = &side.lent_lock {
        hash.add("lock", lock);
    }
    for shared in &side.shared {
        hash.add("shared", format!("{shared:?}"));
    }
    for tool in TOOLS {
        hash.add(tool, identity(tool).unwrap_or_default());
    }
    Ok(hash.finish())
}

/// Whether a variable may decide about a build.
fn decides(name: &str) -> bool {
    !REPLACED.contains(&name)
        && !OF_A_SESSION.contains(&name)
        && !OF_SESSIONS.iter().any(|start| name.starts_with(start))
        && !is_of_another_package(name)
}

/// What cargo and the compiler say of themselves in the side's folder, where a toolchain file may count.
///
/// # Errors
/// When one of them can't be run there, or the toolchain that a file names is not installed.
pub fn version(apart: &Apart) -> Result<Vec<u8>> {
    let mut all = Vec::new();
    let mut rustc = std::process::Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    apart.set(rustc.current_dir(&apart.folder));
    for (mut command, name) in [(apart.cargo(), "cargo"), (rustc, "rustc")] {
        let output = command.env_remove("CARGO_DUEL_RUSTC").arg("-vV").output().map_err(|error| {
            helpful(
                format!("cannot run {name}: {error}"),
                format!("install Rust from https://rustup.rs, or put {name} on the PATH"),
            )
        })?;
        if !output.status.success() {
            let words = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Err(helpful(
                format!("{name} does not work in this side's folder: {words}"),
                "install the toolchain that its rust-toolchain file names, or build both sides with the one in force \
                 here: --toolchain here",
            ));
        }
        all.extend(output.stdout);
    }
    Ok(all)
}

/// Where a program is, how large, and of when.
fn identity(program: &str) -> Option<String> {
    let found =
        env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(program)).find(|it| it.is_file())?;
    let path: PathBuf = fs::canonicalize(found).ok()?;
    let metadata = fs::metadata(Path::new(&path)).ok()?;
    let modified = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?.as_nanos();
    Some(format!("{} {} {modified}", path.display(), metadata.len()))
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
