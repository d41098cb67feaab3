//! The environment: what an outer cargo left in it, and what cargo gives to a bench that it runs.

use std::{collections::BTreeMap, env, fs, io, path::Path, process::ExitCode};

use anyhow::{Context, Result};

/// The argument by which cargo, in place of a bench, starts this command as that bench's runner.
pub const NOTE: &str = "--duel-note-environment";

/// Starts of names that an outer `cargo run` sets for the package that it runs, and the names. They tell
/// of that package, which is not the one that this command works on.
const OF_ANOTHER_PACKAGE: [&str; 9] = [
    "CARGO_PKG_",
    "CARGO_MANIFEST_",
    "CARGO_BIN_",
    "CARGO_CRATE_",
    "CARGO_PRIMARY_",
    "CARGO_MAKEFLAGS",
    "CARGO_TARGET_TMPDIR",
    "MAKEFLAGS",
    "OUT_DIR",
];

/// By which git tells the hooks and commands that it starts which repository they belong to
/// (`git rev-parse --local-env-vars`, without those that hold settings). A side is a repository of its own.
pub const OF_A_REPOSITORY: [&str; 14] = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_QUARANTINE_PATH",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
];

/// Whether a variable tells of the package that an outer cargo runs.
pub fn is_of_another_package(name: &str) -> bool {
    OF_ANOTHER_PACKAGE.iter().any(|start| name.starts_with(start))
}

/// The names of the variables that are set and would lead what this command starts to another package or
/// another repository.
pub fn misleading() -> Vec<String> {
    env::vars_os()
        .filter_map(|(name, _)| name.into_string().ok())
        .filter(|it| is_of_another_package(it) || OF_A_REPOSITORY.contains(&it.as_str()))
        .collect()
}

/// What cargo started a bench with.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Note {
    /// The bench's executable.
    pub executable: std::path::PathBuf,
    /// The folder it was to run in.
    pub folder: std::path::PathBuf,
    /// Every variable, as far as it is text.
    pub variables: BTreeMap<String, String>,
}

/// Where cargo starts this command as `COMMAND NOTE FOLDER EXECUTABLE …`: writes down what the bench
/// would have been given, and runs nothing.
pub fn become_note() -> Option<ExitCode> {
    let words: Vec<_> = env::args_os().collect();
    if words.get(1).is_none_or(|word| word != NOTE) {
        return None;
    }
    let (folder, executable) = (words.get(2)?, words.get(3)?);
    let write = || -> io::Result<()> {
        let note = Note {
            executable: executable.into(),
            folder: env::current_dir()?,
            variables: env::vars_os()
                .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
                .collect(),
        };
        let name = blake3::hash(executable.as_encoded_bytes()).to_hex()[..16].to_owned();
        fs::write(Path::new(folder).join(name), serde_json::to_vec(&note)?)
    };
    Some(match write() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            crate::reporter::error(
                &anyhow::Error::new(error).context("cannot note what cargo gives to a bench"),
            );
            ExitCode::FAILURE
        }
    })
}

/// What was noted in a folder.
///
/// # Errors
/// When a note can't be read.
pub fn notes(folder: &Path) -> Result<Vec<Note>> {
    let read = || -> io::Result<Vec<Note>> {
        fs::read_dir(folder)?.map(|entry| Ok(serde_json::from_slice(&fs::read(entry?.path())?)?)).collect()
    };
    read().with_context(|| format!("cannot read what cargo gives to benches in {}", folder.display()))
}

/// What of a note's variables this process does not have, or has with another value. `ours` are variables
/// that this command has set for the build, and that the bench is not to get.
pub fn added(note: &Note, ours: &[String]) -> BTreeMap<String, String> {
    let ours = |name: &str| ours.iter().any(|it| it == name) || name == "RUST_RECURSION_COUNT";
    let same = |name: &str, value: &str| env::var(name).is_ok_and(|here| here == value);
    let wanted = note.variables.iter().filter(|(name, value)| !ours(name) && !same(name, value));
    wanted.map(|(name, value)| (name.clone(), value.clone())).collect()
}
