//! valgrind on this machine: whether it is there, and how a runner is started under its callgrind.

use std::{
    ffi::OsString,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use crate::runner::{Fault, Process, Under};

/// What to do where it is missing.
pub const REMEDY: &str = "install it: apt-get install valgrind";
/// It answers within milliseconds; on a busy machine a little later.
const VERSION_LIMIT: Duration = Duration::from_secs(10);

/// An installed valgrind that has told its version.
#[derive(Clone, Debug)]
pub struct Valgrind {
    program: PathBuf,
    /// As it says itself, such as `valgrind-3.19.0`.
    pub version: String,
}

impl Valgrind {
    /// The first on `PATH`.
    ///
    /// # Errors
    /// The reason why there is none that works.
    pub fn find() -> Result<Self, String> {
        let program = on_path("valgrind").ok_or("valgrind is not installed")?;
        let broken = |fault: &Fault| format!("{} does not work: {fault}", program.display());
        let mut command = Command::new(&program);
        command.arg("--version");
        let line = Process::start(command, false)
            .and_then(|mut process| process.receive(VERSION_LIMIT))
            .map_err(|fault| broken(&fault))?;
        let version = String::from_utf8_lossy(&line).trim().to_owned();
        if version.starts_with("valgrind-") {
            Ok(Self { program, version })
        } else {
            let found: String = version.chars().take(200).collect();
            Err(format!("{} --version printed {found:?}, not its version", program.display()))
        }
    }

    /// How to start a runner so that it can have callgrind count, with one file a dump: `out.1`,
    /// `out.2` and so on.
    pub fn callgrind(&self, out: &Path) -> Under {
        let mut file = OsString::from("--callgrind-out-file=");
        // valgrind expands `%`.
        file.push(out.to_string_lossy().replace('%', "%%"));
        let options = [
            "--tool=callgrind",
            "--quiet",
            // Neither a user's .valgrindrc nor a debugger's pipe may change anything.
            "--command-line-only=yes",
            "--vgdb=no",
            // Up to the first count it only runs, at a fifth of the speed.
            "--instr-atstart=no",
            "--collect-atstart=no",
            "--cache-sim=no",
            "--branch-sim=no",
        ];
        let arguments = options.into_iter().map(OsString::from).chain([file]).collect();
        Under { program: self.program.clone(), arguments }
    }
}

/// The first program of this name on `PATH`.
pub fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| {
        file.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
    })
}
