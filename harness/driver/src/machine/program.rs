//! Programs that are installed on this machine: where they are, and which version they are.

use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use crate::runner::Process;

/// A program answers within milliseconds; on a busy machine a little later.
const VERSION_LIMIT: Duration = Duration::from_secs(10);

/// The first program of this name on `PATH`.
///
/// # Errors
/// The reason, if there is none.
pub fn on_path(name: &str) -> Result<PathBuf, String> {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let is_program = |file: &PathBuf| {
        file.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
    };
    std::env::split_paths(&folders)
        .map(|folder| folder.join(name))
        .find(is_program)
        .ok_or_else(|| format!("{name} is not installed"))
}

/// What `PROGRAM --version` prints, which must start with `prefix`.
///
/// # Errors
/// The reason why it does not work.
pub fn version(program: &Path, prefix: &str) -> Result<String, String> {
    let mut command = Command::new(program);
    command.arg("--version");
    let line = Process::start(command, false)
        .and_then(|mut process| process.receive(VERSION_LIMIT))
        .map_err(|fault| format!("{} does not work: {fault}", program.display()))?;
    let version = String::from_utf8_lossy(&line).trim().to_owned();
    if version.starts_with(prefix) {
        return Ok(version);
    }
    let found: String = version.chars().take(200).collect();
    Err(format!("{} --version printed {found:?}, not its version", program.display()))
}
