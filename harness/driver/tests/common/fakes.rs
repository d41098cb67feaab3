//! The fake runner under many names, each of which says what it does wrong.

use std::{
    fs,
    path::{Path, PathBuf},
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
        // Beside the original, so that hard links will do: a copy that is still open for
        // writing in another thread's child could not be started.
        let runners = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"));
        Self {
            runners: runners.expect("a folder under the target folder"),
            here: tempfile::tempdir().expect("a temporary folder"),
        }
    }

    /// The folder that comparisons run in; runs are in its `out`.
    pub fn here(&self) -> &Path {
        self.here.path()
    }

    /// A fake runner that does this wrong; `honest` does nothing wrong.
    pub fn runner(&self, mode: &str) -> PathBuf {
        let original = Path::new(CARGO_DUEL).with_file_name("examples").join("fake_runner");
        let link = self.runners.path().join(mode);
        if !link.exists() {
            fs::hard_link(&original, &link).unwrap_or_else(|error| {
                panic!(
                    "cannot link {}: {error} (`cargo test --release --workspace` builds it)",
                    original.display()
                )
            });
        }
        link
    }

    /// The words that compare an honest runner with one that does this wrong.
    pub fn words(&self, mode: &str, more: &[&str]) -> Vec<String> {
        let path = |mode| self.runner(mode).display().to_string();
        let words = ["compare", "--baseline", &path("honest"), "--candidate", &path(mode)];
        let fixed = ["--out", "out", "--trials", "3", "--quick", "--case-timeout", "2s"];
        words.iter().chain(&fixed).chain(more).map(|word| (*word).to_owned()).collect()
    }

    /// Compares an honest runner with one that does this wrong.
    pub fn against_honest(&self, mode: &str) -> Done {
        run(bare_duel(self.here(), self.words(mode, &["--message-format", "json"])))
    }
}
