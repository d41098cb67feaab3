//! The fake runner under many names, each of which says what it does wrong.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

use super::{CARGO_DUEL, Done, bare_duel, run};

/// A folder of fake runners, and one without a crate to compare them in.
pub struct Fakes {
    runners: TempDir,
    here: TempDir,
}

impl Fakes {
    pub fn new() -> Self {
        let temporary = || tempfile::tempdir().expect("a temporary folder");
        Self { runners: temporary(), here: temporary() }
    }

    /// The folder that comparisons run in; runs are in its `out`.
    pub fn here(&self) -> &Path {
        self.here.path()
    }

    /// A fake runner that does this wrong; `honest` does nothing wrong.
    pub fn runner(&self, mode: &str) -> PathBuf {
        let original = Path::new(CARGO_DUEL).with_file_name("examples").join("fake_runner");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/fake_runner.rs");
        let age = |path: &Path| path.metadata().and_then(|metadata| metadata.modified());
        // `cargo test --test NAME` builds no examples, `cargo test` does.
        assert!(
            age(&original).is_ok_and(|built| age(&source).is_ok_and(|changed| changed <= built)),
            "{} is missing or old: `cargo build --release --workspace --examples` builds it",
            original.display()
        );
        let copy = self.runners.path().join(mode);
        if !copy.exists() {
            // By another process: a file that this one has written may still be open in a child
            // that another thread has just forked, and then it can't be started.
            let copied = Command::new("sh")
                .args(["-c", r#"cp "$1" "$2" && printf '\n%s' "$3" >> "$2""#, "sh"])
                .args([&original, &copy])
                .arg(mode)
                .status();
            assert!(copied.is_ok_and(|status| status.success()), "cannot copy {}", original.display());
        }
        copy
    }

    /// The words that compare an honest runner with one that does this wrong.
    pub fn words(&self, mode: &str, trials: &str) -> Vec<String> {
        let path = |mode| self.runner(mode).display().to_string();
        let words = ["compare", "--baseline", &path("honest"), "--candidate", &path(mode)];
        let fixed = [
            "--trials",
            trials,
            "--out",
            "out",
            "--quick",
            "--case-timeout",
            limit(mode),
            "--message-format",
            "json",
        ];
        words.iter().chain(&fixed).map(|word| (*word).to_owned()).collect()
    }

    /// The words of a gate between two of them.
    pub fn gate_words(&self, baseline: &str, candidate: &str, more: &[&str]) -> Vec<String> {
        let path = |mode| self.runner(mode).display().to_string();
        let words = ["gate", "--base", &path(baseline), "--head", &path(candidate)];
        let fixed = [
            "--out",
            "out",
            "--case-timeout",
            limit(candidate),
            "--instruments",
            "time",
            "--message-format",
            "json",
        ];
        words.iter().chain(&fixed).chain(more).map(|word| (*word).to_owned()).collect()
    }

    /// Compares an honest runner with one that does this wrong.
    pub fn against_honest(&self, mode: &str) -> Done {
        run(bare_duel(self.here(), self.words(mode, "3")))
    }

    /// The same where no file may grow beyond this many bytes, as if the disk were full.
    pub fn against_honest_on_a_full_disk(&self, mode: &str, bytes: usize) -> Done {
        let mut command = Command::new("sh");
        // dash and bash in its place count 512 bytes a block.
        let script = format!("trap '' XFSZ; ulimit -f {}; exec \"$@\"", bytes / 512);
        command.args(["-c", &script, "sh", CARGO_DUEL]).args(self.words(mode, "3")).current_dir(self.here());
        run(command)
    }
}

/// How long to wait for an answer: so long that the busiest machine comes to it, except where none
/// comes at all.
fn limit(mode: &str) -> &'static str {
    if mode.starts_with("hangs-") { "5s" } else { "120s" }
}
