//! What decides how a side's executables come out and is known before it is built, in one hash. What a
//! build turns out to read besides is in [`Inputs`](super::inputs::Inputs).

use std::{env, os::unix::ffi::OsStrExt, path::Path};

use anyhow::{Context, Result};

use super::{
    hash::{self, Hash},
    lay_out::LaidOut,
    programs, variables,
};
use crate::{
    cargo::{apart::Apart, args::CargoArgs, config},
    children,
    command::status::helpful,
    sides::rustc_wrapper::ALIGNED,
};

/// The key of a side that is laid out and built by this [`version`] of cargo and compiler.
///
/// # Errors
/// When its files can't be read.
pub fn key(side: &LaidOut, args: &CargoArgs, version: &[u8]) -> Result<String> {
    let mut hash = Hash::default();
    hash.add("version", env!("CARGO_PKG_VERSION"));
    hash.add("flags", ALIGNED.join(" "));
    hash.add("tree", &side.snapshot.tree);
    // git's filters and settings are no part of the tree.
    let files = hash::of_snapshot(&side.root);
    hash.add("files", files.with_context(|| format!("cannot read {}", side.root.display()))?);
    if let Some(root) = &side.beside {
        hash.add("beside", root.as_os_str().as_bytes());
    }
    // Build scripts can ask git for it.
    hash.add("commit", side.snapshot.commit.as_deref().unwrap_or_default());
    hash.add("tags", tags(&side.root));
    hash.add("package", side.relative(&side.package).as_os_str().as_bytes());
    // Which manifest it is follows from the package's folder.
    hash.add("arguments", format!("{:?}", CargoArgs { manifest_path: None, ..args.clone() }));
    hash.add("compiler", version);
    for (name, value) in variables::deciding() {
        hash.add("variable", name.as_bytes());
        hash.add("value", value.as_bytes());
    }
    for file in config::files(&side.package) {
        if let Ok(content) = crate::safe_file::read_text(&file) {
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
    hash.add("programs", programs::called_in(&side.package));
    Ok(hash.finish())
}

/// The tags of a side's repository, by which build scripts name a version.
fn tags(root: &Path) -> String {
    let refs = crate::safe_file::read_text(&root.join(".git/packed-refs")).unwrap_or_default();
    refs.lines().filter(|line| line.contains(" refs/tags/")).collect()
}

/// What cargo and the compiler say of themselves in the side's folder, where a toolchain file may count.
///
/// # Errors
/// When one of them can't be run there, or the toolchain that a file names is not installed.
pub fn version(apart: &Apart) -> Result<Vec<u8>> {
    let mut all = Vec::new();
    let mut rustc = std::process::Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    apart.set(rustc.current_dir(&apart.folder));
    // In detail cargo tells of the system, too, and calls other programs for that.
    for (mut command, name, flag) in [(apart.cargo(), "cargo", "-V"), (rustc, "rustc", "-vV")] {
        let output =
            children::output(command.env_remove("CARGO_DUEL_RUSTC").arg(flag), &[]).map_err(|error| {
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
