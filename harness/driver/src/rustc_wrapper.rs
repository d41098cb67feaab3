//! What this command is where cargo calls it in place of rustc: it adds what hides the
//! difference between a work tree and a checkout, and becomes rustc.
//!
//! A wrapper, because `RUSTFLAGS` would replace the flags of the user's configuration files, and
//! would have every dependency built anew.

use std::{
    env,
    ffi::OsString,
    fs,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use crate::{
    cargo::configuration_files,
    revision::place::{CHECKOUT, REVISION},
};

/// The work tree's root, as the compiler's current folder shows it. Where this is set, the
/// command is a wrapper.
const ROOT: &str = "CARGO_DUEL_RUSTC_ROOT";
/// The folder that sides are built in.
const PLACE: &str = "CARGO_DUEL_RUSTC_PLACE";
/// The wrapper that was set before, in whose place this one stands.
const GENERAL: &str = "CARGO_DUEL_RUSTC_WRAPPER";
/// The same for members of the workspace.
const WORKSPACE: &str = "CARGO_DUEL_RUSTC_WORKSPACE_WRAPPER";

/// What every crate is compiled with, on both sides: functions on a cache line, and blocks that
/// are jumped to (loops) on half of one. Else a change anywhere moves all that comes after it, and
/// kernels that nobody touched change their time by up to a quarter: METHODOLOGY.md, "The same code
/// at another address".
pub const ALIGNED: [&str; 2] =
    ["-Cllvm-args=-align-all-functions=6", "-Cllvm-args=-align-all-nofallthru-blocks=5"];

/// The environment that makes cargo call `wrapper` (this executable).
///
/// In both places: as the general one it also sees crates of the repository that are no members
/// of the workspace, and a compiler cache that was there before still sees a rustc. As the
/// workspace's it keeps what is built here apart from the user's own builds, even where both share
/// a build folder.
pub fn environment(wrapper: &Path, root: &Path, place: &Path) -> Vec<(&'static str, OsString)> {
    let mut all = vec![
        (ROOT, root.into()),
        (PLACE, place.into()),
        ("RUSTC_WRAPPER", wrapper.into()),
        ("RUSTC_WORKSPACE_WRAPPER", wrapper.into()),
        // How incremental code is split depends on what was built before.
        ("CARGO_INCREMENTAL", "0".into()),
    ];
    for (ours, key) in [(GENERAL, "rustc-wrapper"), (WORKSPACE, "rustc-workspace-wrapper")] {
        all.extend(set_before(key).map(|before| (ours, before)));
    }
    all
}

/// The wrapper that cargo would call: what the environment says, else the nearest configuration
/// file. Nothing means none, and hides what comes after.
fn set_before(key: &str) -> Option<OsString> {
    let name = key.replace('-', "_").to_uppercase();
    let environment = [name.clone(), format!("CARGO_BUILD_{name}")].into_iter().find_map(env::var_os);
    let found = environment.or_else(|| {
        configuration_files().iter().find_map(|file| in_file(&fs::read_to_string(file).ok()?, file, key))
    });
    found.filter(|wrapper| !wrapper.is_empty())
}

/// A file that is no TOML is cargo's to complain of.
fn in_file(text: &str, file: &Path, key: &str) -> Option<OsString> {
    let table: toml::Table = toml::from_str(text).ok()?;
    let wrapper = table.get("build")?.get(key)?.as_str()?;
    // A path counts from the folder that holds `.cargo`; a bare name is looked for in PATH.
    let base = file.parent()?.parent()?;
    Some(if wrapper.contains('/') { base.join(wrapper).into() } else { wrapper.into() })
}

/// Becomes rustc where cargo calls this command as its wrapper; returns where it does not, or
/// where rustc can't be started.
pub fn become_rustc() -> Option<ExitCode> {
    let (root, place) = (PathBuf::from(env::var_os(ROOT)?), PathBuf::from(env::var_os(PLACE)?));
    let words: Vec<_> = env::args_os().collect();
    let (this, mut rest) = words.split_first()?;
    let mut line: Vec<OsString> = env::var_os(GENERAL).into_iter().collect();
    // For a member cargo calls `wrapper wrapper rustc …`.
    if rest.first() == Some(this) {
        rest = &rest[1..];
        line.extend(env::var_os(WORKSPACE));
    }
    line.extend_from_slice(rest);
    // cargo compiles a crate in its own folder or its workspace's.
    let here = env::current_dir().unwrap_or_default();
    if here.starts_with(&root) || here.starts_with(place.join(REVISION)) {
        line.extend(remaps(&root, &place));
    }
    line.extend(aligned(&line));
    let (program, words) = line.split_first()?;
    let error = Command::new(program).args(words).exec();
    crate::terminal::error(&anyhow::Error::new(error).context(format!("cannot start {}", program.display())));
    Some(crate::status::Status::Impossible.into())
}

/// The flags that align code, but for those that the user has given another value.
fn aligned(line: &[OsString]) -> Vec<OsString> {
    let given = |flag: &str| {
        let name = flag.split('=').nth(1).unwrap_or(flag);
        line.iter().any(|word| word.to_string_lossy().contains(name))
    };
    ALIGNED.iter().filter(|flag| !given(flag)).map(OsString::from).collect()
}

/// Everything looks as if it stood at the checkout's path. The last that fits a path counts, and
/// the place may lie within the work tree.
fn remaps(root: &Path, place: &Path) -> [OsString; 3] {
    let checkout = place.join(CHECKOUT);
    [(root, checkout.as_path()), (place, place), (&place.join(REVISION), &checkout)].map(|(from, to)| {
        let mut flag = OsString::from("--remap-path-prefix=");
        flag.push(from);
        flag.push("=");
        flag.push(to);
        flag
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrapper_is_found_in_a_configuration_file_as_cargo_finds_it() {
        let file = Path::new("/home/me/.cargo/config.toml");
        let found = |text| in_file(text, file, "rustc-wrapper");
        assert_eq!(found("[build]\nrustc-wrapper = \"sccache\""), Some("sccache".into()));
        assert_eq!(found("build.rustc-wrapper = \"tools/wrap\""), Some("/home/me/tools/wrap".into()));
        assert_eq!(found("[build]\nrustc-wrapper = \"\""), Some("".into()));
        assert_eq!(found("[build]\njobs = 2"), None);
    }

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

    #[test]
    fn both_sides_are_shown_at_the_checkouts_path_and_the_rest_of_the_place_where_it_is() {
        assert_eq!(
            remaps(Path::new("/me/crate"), Path::new("/me/crate/out/git")),
            [
                "--remap-path-prefix=/me/crate=/me/crate/out/git/checkout",
                "--remap-path-prefix=/me/crate/out/git=/me/crate/out/git",
                "--remap-path-prefix=/me/crate/out/git/revision=/me/crate/out/git/checkout"
            ]
        );
    }
}
