//! What decides how a revision's executables come out, in one hash: where it is the same, what
//! was built before serves again.

use std::{
    env,
    ffi::{OsStr, OsString},
    fs,
    os::unix::ffi::OsStrExt,
    path::Path,
    process::Command,
};

use anyhow::{Context, Result};

use crate::{
    cargo::{Project, configuration_files},
    cli::CargoArgs,
    revision::place::Place,
    rustc_wrapper::ALIGNED,
    status::helpful,
};

/// Variables that decide how cargo, rustc and C compilers build; also with more behind a `_`.
const DECIDING: [&str; 15] = [
    "RUSTFLAGS",
    "RUSTC",
    "RUSTUP_TOOLCHAIN",
    "CARGO_BUILD",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_PROFILE",
    "CARGO_TARGET",
    "CARGO_UNSTABLE",
    "CC",
    "CXX",
    "AR",
    "CFLAGS",
    "CXXFLAGS",
    "CPPFLAGS",
    "LDFLAGS",
];
/// These say where cargo builds for the user, which is not where sides are built.
const NOT_DECIDING: [&str; 2] = ["CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR"];

/// A hash over labelled pieces, none of which can run into the next.
struct Hash(blake3::Hasher);

impl Hash {
    fn add(&mut self, label: &str, content: &[u8]) {
        for part in [label.as_bytes(), content] {
            self.0.update(&(part.len() as u64).to_le_bytes());
            self.0.update(part);
        }
    }
}

/// The key of a commit's executables; `package` is the folder below the repository's root that the
/// project stands in.
///
/// # Errors
/// When there is no rustc, or a file that decides can't be read.
pub fn key(place: &Place, project: &Project, package: &Path, commit: &str) -> Result<String> {
    let mut hash = Hash(blake3::Hasher::new());
    hash.add("version", env!("CARGO_PKG_VERSION").as_bytes());
    hash.add("flags", ALIGNED.join(" ").as_bytes());
    hash.add("commit", commit.as_bytes());
    hash.add("place", place.folder.as_os_str().as_bytes());
    hash.add("package", package.as_os_str().as_bytes());
    // Which manifest is told by the package's folder.
    let arguments = CargoArgs { manifest_path: None, ..project.args.clone() };
    hash.add("arguments", format!("{arguments:?}").as_bytes());
    hash.add("rustc", &compiler()?);
    for (name, value) in deciding(env::vars_os()) {
        hash.add("variable", name.as_bytes());
        hash.add("value", value.as_bytes());
    }
    for path in configuration_files() {
        if let Some(content) = read(&path)? {
            hash.add("configuration", path.as_os_str().as_bytes());
            hash.add("content", &content);
        }
    }
    let lock = project.workspace().join("Cargo.lock");
    let tracked = match lock.strip_prefix(&place.repository().root) {
        Ok(relative) => place.repository().holds(commit, relative)?,
        Err(_) => false,
    };
    if !tracked {
        hash.add("lock", &read(&lock)?.unwrap_or_default());
    }
    Ok(hash.0.finalize().to_hex()[..32].to_owned())
}

/// What rustc says of itself here, where a `rust-toolchain.toml` has its say.
fn compiler() -> Result<Vec<u8>> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(&rustc).arg("-vV").output().map_err(|error| {
        helpful(
            format!("cannot run {}: {error}", rustc.display()),
            "install Rust from https://rustup.rs, or put rustc on the PATH",
        )
    })?;
    Ok(output.stdout)
}

fn deciding(variables: impl Iterator<Item = (OsString, OsString)>) -> Vec<(OsString, OsString)> {
    let decides = |name: &OsStr| {
        let name = name.to_string_lossy();
        let begins = |start: &&str| {
            name.strip_prefix(*start).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
        };
        DECIDING.iter().any(begins) && !NOT_DECIDING.contains(&name.as_ref())
    };
    let mut all: Vec<_> = variables.filter(|(name, _)| decides(name)).collect();
    all.sort();
    all
}

fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(content) => Ok(Some(content)),
        Err(error)
            if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) =>
        {
            Ok(None)
        }
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::deciding;

    #[test]
    fn flags_and_profiles_decide_and_the_users_target_folder_does_not() {
        let names = ["RUSTFLAGS", "CARGO_PROFILE_BENCH_LTO", "CARGO_TARGET_DIR", "ARTIFACT", "CC_x86_64"];
        let found = deciding(names.iter().map(|name| (name.into(), "x".into())));
        let found: Vec<_> = found.iter().map(|(name, _)| name.to_str().unwrap()).collect();
        assert_eq!(found, ["CARGO_PROFILE_BENCH_LTO", "CC_x86_64", "RUSTFLAGS"]);
    }
}
