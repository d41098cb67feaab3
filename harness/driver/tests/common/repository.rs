//! Git repositories that the tests write.

use std::{fs, path::PathBuf, process::Command};

use super::{Done, cargo_duel, crates::outside, run, text};

/// A repository outside of this one.
pub struct Repository {
    pub folder: PathBuf,
}

impl Repository {
    /// An empty one; the same folder every time.
    pub fn new(name: &str) -> Self {
        let repository = Self { folder: outside(name).canonicalize().expect("a folder") };
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        repository
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.folder.join(path);
        fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("a folder");
        fs::write(path, text).expect("a file of the repository");
    }

    /// What git prints; it must succeed.
    pub fn git(&self, words: &[&str]) -> String {
        let mut command = Command::new("git");
        command.current_dir(&self.folder).args(words).envs(ALONE);
        let done = run(command);
        done.exits(0);
        done.stdout.trim().to_owned()
    }

    /// Commits all that there is and returns the commit.
    pub fn commit(&self, message: &str) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// All that a comparison must leave as it was.
    pub fn state(&self) -> String {
        let parts = [
            vec!["worktree", "list"],
            vec!["status", "--porcelain", "--untracked-files=all"],
            vec!["for-each-ref"],
            vec!["config", "--local", "--list"],
            vec!["stash", "list"],
        ];
        let mut text: String = parts.iter().map(|words| self.git(words) + "\n--\n").collect();
        text.push_str(&fs::read_to_string(self.folder.join(".git/HEAD")).unwrap_or_default());
        text
    }

    /// `cargo duel compare WORDS` of the least length, as JSON, in a folder of the repository.
    pub fn compare_in(&self, folder: &str, words: &[&str]) -> Done {
        run(self.command(folder, words))
    }

    pub fn compare(&self, words: &[&str]) -> Done {
        self.compare_in("", words)
    }

    /// The cache folder of commands in it: its own where its runners are stubs, which are built within a
    /// moment and need not wait for others, and else everybody's, with the dependencies.
    pub fn cache(&self) -> PathBuf {
        let own = self.folder.with_extension("cache");
        if own.is_dir() { own } else { super::cache_folder() }
    }

    pub fn command(&self, folder: &str, words: &[&str]) -> Command {
        let mut command = cargo_duel(&self.folder.join(folder), ["compare"]);
        command.env("XDG_CACHE_HOME", self.cache());
        command.args(["--quick", "--trials=2", "--instruments=time", "--message-format=json"]);
        command.args(words).envs(ALONE);
        command
    }
}

/// Nothing of the configuration of whoever runs the tests; files are fine as submodules.
pub const ALONE: [(&str, &str); 9] = [
    ("GIT_CONFIG_GLOBAL", "/dev/null"),
    ("GIT_CONFIG_SYSTEM", "/dev/null"),
    ("GIT_AUTHOR_NAME", "a"),
    ("GIT_AUTHOR_EMAIL", "a@example.invalid"),
    ("GIT_COMMITTER_NAME", "a"),
    ("GIT_COMMITTER_EMAIL", "a@example.invalid"),
    ("GIT_CONFIG_COUNT", "1"),
    ("GIT_CONFIG_KEY_0", "protocol.file.allow"),
    ("GIT_CONFIG_VALUE_0", "always"),
];

/// Hash and revision of the artifacts, the baseline's first.
pub fn artifacts(done: &Done) -> Vec<(String, Option<String>, bool)> {
    let lines = super::record::lines(&done.run_folder());
    let artifacts = lines[0]["artifacts"].as_array().expect("artifacts").clone();
    let revision = |it: &serde_json::Value| it["revision"].as_str().map(str::to_owned);
    artifacts.iter().map(|it| (text(it, "hash"), revision(it), it["dirty"] == true)).collect()
}
