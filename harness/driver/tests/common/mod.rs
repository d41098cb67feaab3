//! What the end-to-end tests share: the command as an installed tool, fresh crates for it to
//! stand in, and what it prints and keeps, read back.

// Every test binary takes what it needs of this.
#![allow(dead_code)]

pub mod browser;
pub mod crates;
pub mod fakes;
pub mod record;
pub mod repository;
pub mod stub;

use std::{
    ffi::OsStr,
    hash::{DefaultHasher, Hash, Hasher},
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::Value;

/// The executable under test.
pub const CARGO_DUEL: &str = env!("CARGO_BIN_EXE_cargo-duel");

/// The folder in which cargo built this test and everything that it depends on. Generated
/// crates build in it too, so that criterion, jemalloc and the rest are there already.
pub fn build_folder() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .expect("cargo's folder for temporary files lies in the target folder")
}

/// `cargo WORDS`, with the command under test installed, in an environment as a user's shell
/// has it: without what cargo tells a test of its own package.
pub fn cargo(folder: &Path) -> Command {
    let mut command = Command::new("cargo");
    as_a_user(&mut command);
    command.current_dir(folder);
    command
}

/// `cargo duel WORDS`.
pub fn cargo_duel<S: AsRef<OsStr>>(folder: &Path, words: impl IntoIterator<Item = S>) -> Command {
    let mut command = cargo(folder);
    command.arg("duel").args(words);
    command
}

/// The executable itself, where a test sends it signals or takes cargo away.
pub fn bare_duel<S: AsRef<OsStr>>(folder: &Path, words: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(CARGO_DUEL);
    as_a_user(&mut command);
    command.current_dir(folder).args(words);
    command
}

fn as_a_user(command: &mut Command) {
    const OF_THIS_PACKAGE: [&str; 7] = [
        "CARGO_PKG_",
        "CARGO_MANIFEST_",
        "CARGO_BIN_",
        "CARGO_CRATE_",
        "CARGO_PRIMARY_",
        "CARGO_TARGET_",
        "DUEL_",
    ];
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let own = OF_THIS_PACKAGE.iter().any(|prefix| text.starts_with(prefix));
        if own || text == "CARGO" || text == "CARGO_MAKEFLAGS" || text == "NO_COLOR" {
            command.env_remove(&name);
        }
    }
    let installed = Path::new(CARGO_DUEL).parent().expect("the executable lies in a folder");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = [installed.to_owned()].into_iter().chain(std::env::split_paths(&path));
    command
        .env("PATH", std::env::join_paths(folders).expect("PATH is a list of folders"))
        .env("CARGO_BUILD_BUILD_DIR", build_folder())
        .env("XDG_CACHE_HOME", cache_folder())
        // No runner hangs but where a test says so, however slow a busy machine makes it.
        .env("DUEL_CASE_TIMEOUT", "10m")
        .stdin(Stdio::null());
}

/// The cache folder of all tests: none reads or writes the user's, and the machine is measured, and the
/// dependencies of sides are built, once for all of them. Not within this workspace, to which cargo would
/// count what is built there.
pub fn cache_folder() -> PathBuf {
    let mut hasher = DefaultHasher::new();
    build_folder().hash(&mut hasher);
    std::env::temp_dir().join(format!("duel-cache-{:016x}", hasher.finish()))
}

/// Says what a test leaves out, past libtest, which keeps what passing tests print; and fails
/// where a CI must leave nothing out.
pub fn left_out(what: &str, allowed_in_ci: bool) {
    // Nobody may be there to read it.
    let _ = writeln!(std::io::stderr(), "LEFT OUT: {what}");
    assert!(allowed_in_ci || std::env::var_os("CI").is_none(), "left out in CI: {what}");
}

/// Puts a shell script there under this name, by another process: a file that this one has written may
/// still be open in a child that another thread has just forked, and then it can't be started.
pub fn install(folder: &Path, name: &str, script: &str) {
    let draft = folder.join("draft");
    std::fs::write(&draft, format!("#!/bin/sh\n{script}\n")).expect("a script");
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&draft, executable).expect("an executable script");
    let copied = Command::new("cp").arg("-p").arg(&draft).arg(folder.join(name)).status();
    assert!(copied.is_ok_and(|status| status.success()), "cp works");
}

/// A finished command, with its words for when a test fails.
pub struct Done {
    command: String,
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// Runs a command to its end.
pub fn run(mut command: Command) -> Done {
    let words: Vec<_> =
        [command.get_program()].into_iter().chain(command.get_args()).map(OsStr::to_string_lossy).collect();
    let words = words.join(" ");
    let output = command.output().unwrap_or_else(|error| panic!("cannot run {words}: {error}"));
    Done::new(words, output)
}

impl Done {
    pub fn new(command: String, output: Output) -> Self {
        let text = |bytes| {
            String::from_utf8(bytes).unwrap_or_else(|error| panic!("{command} printed no UTF-8: {error}"))
        };
        Self { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr), command }
    }

    /// The exit status must be this.
    #[track_caller]
    pub fn exits(&self, code: i32) -> &Self {
        assert_eq!(self.code, Some(code), "the exit status of {self}");
        self
    }

    /// It must have measured what was asked, whatever the verdict was: two sides that are alike
    /// differ now and then.
    #[track_caller]
    pub fn is_measured(&self) -> &Self {
        assert!([Some(0), Some(1)].contains(&self.code), "the exit status of {self}");
        self
    }

    /// stderr must hold all of these.
    #[track_caller]
    pub fn says(&self, parts: &[&str]) -> &Self {
        for part in parts {
            assert!(self.stderr.contains(part), "nothing of {part:?} on stderr of {self}");
        }
        self
    }

    /// stdout must hold all of these.
    #[track_caller]
    pub fn prints(&self, parts: &[&str]) -> &Self {
        for part in parts {
            assert!(self.stdout.contains(part), "nothing of {part:?} on stdout of {self}");
        }
        self
    }

    /// stdout as JSON messages: every line must be one object with a kind.
    #[track_caller]
    pub fn messages(&self) -> Vec<Value> {
        self.stdout
            .lines()
            .map(|line| {
                let message: Value = serde_json::from_str(line)
                    .unwrap_or_else(|error| panic!("{line:?} is no JSON ({error}), printed by {self}"));
                assert!(message["kind"].is_string(), "{line} has no kind, printed by {self}");
                message
            })
            .collect()
    }

    /// The messages of one kind.
    #[track_caller]
    pub fn of_kind(&self, kind: &str) -> Vec<Value> {
        let mut messages = self.messages();
        messages.retain(|message| message["kind"] == kind);
        messages
    }

    /// The comparisons, each of which must be consistent in itself.
    #[track_caller]
    pub fn comparisons(&self) -> Vec<Value> {
        let comparisons = self.of_kind("comparison");
        for comparison in &comparisons {
            let number = |key: &str| {
                comparison[key]
                    .as_f64()
                    .unwrap_or_else(|| panic!("{key} is no number in {comparison}, from {self}"))
            };
            let (low, ratio, high) = (number("low"), number("ratio"), number("high"));
            assert!(0.0 <= low && low <= ratio && ratio <= high, "{low} {ratio} {high} in {comparison}");
            assert!(ratio > 0.0 && ratio.is_finite(), "{comparison}");
            let verdict = comparison["verdict"].as_str().unwrap_or_default();
            if verdict == "identical" {
                assert_eq!((low, ratio, high, number("trials")), (1.0, 1.0, 1.0, 0.0), "{comparison}");
            } else {
                assert!(number("trials") >= 1.0, "{comparison}");
                assert!(
                    ["improved", "regressed", "equivalent", "inconclusive"].contains(&verdict),
                    "{comparison}"
                );
            }
            for key in ["case", "factor", "baseline", "candidate", "metric"] {
                assert!(comparison[key].is_string(), "{key} is no text in {comparison}");
            }
            assert_ne!(comparison["baseline"], comparison["candidate"], "{comparison}");
        }
        comparisons
    }

    /// The folder of the run that the messages tell of.
    #[track_caller]
    pub fn run_folder(&self) -> PathBuf {
        let started = self.of_kind("started");
        let folder = started.first().and_then(|started| started["folder"].as_str());
        PathBuf::from(folder.unwrap_or_else(|| panic!("no run was started by {self}")))
    }

    /// The reasons of failure of every case whose id holds this.
    #[track_caller]
    pub fn failures(&self, part: &str) -> Vec<String> {
        let failed = self.of_kind("failed").into_iter();
        failed
            .filter(|failed| text(failed, "case").contains(part))
            .map(|failed| text(&failed, "reason"))
            .collect()
    }
}

/// A text within a message.
pub fn text(message: &Value, key: &str) -> String {
    message[key].as_str().unwrap_or_else(|| panic!("{key} is no text in {message}")).to_owned()
}

impl std::fmt::Display for Done {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { command, code, stdout, stderr } = self;
        write!(f, "{command} (exit status {code:?})\n--- stdout\n{stdout}\n--- stderr\n{stderr}")
    }
}
