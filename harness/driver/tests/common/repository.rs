//! Git repositories that the tests write, with a crate of runners in each.

use std::{fs, path::PathBuf, process::Command};

use super::{
    Done, cargo_duel,
    crates::{library, lock_file, outside},
    run, text,
};

/// A bench target with one case, whose kernel lies in the crate's library; at run time it needs a
/// file that it finds by a path which the compiler has put into it.
pub const BENCH: &str = r#"//! One case.
use duel::Family;

fn sums() -> Family<Vec<u64>, u64> {
    Family::<Vec<u64>, u64>::new("sums", "How much?", duel::exact())
        .workload("numbers", &[("s", 1_000)], |size, seed| {
            let beside = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
            assert!(beside.is_ok_and(|bytes| !bytes.is_empty()), "no file beside the crate");
            (0..size as u64).map(|i| i ^ seed).collect()
        })
        .reference("loop", |data| move || KRATE::sum(&data))
}

duel::main!(sums());
"#;

/// The kernel.
pub const LIBRARY: &str = "//! A kernel.\n/// Sums.\npub fn sum(data: &[u64]) -> u64 {\n    \
    (0..data.len()).fold(0, |sum, i| sum + data[i])\n}\n";

/// What makes a crate a workspace of its own, whose dependencies are built already: with the profile
/// of our own workspace.
pub const WORKSPACE: &str = "[workspace]\n\n[profile.bench]\ndebug = 1\n";

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

    /// One with a crate at its top, committed together with its lock file.
    pub fn with_crate(name: &str) -> Self {
        let repository = Self::new(name);
        repository.write_crate("", name, WORKSPACE);
        repository.lock("");
        repository.commit("first");
        repository
    }

    /// Writes the lock file of the crate or workspace in a folder.
    pub fn lock(&self, folder: &str) {
        let folder = self.folder.join(folder);
        fs::write(folder.join("Cargo.lock"), lock_file()).expect("a lock file");
        // Takes out of it what is not needed here.
        let mut cargo = super::cargo(&folder);
        cargo.args(["metadata", "--format-version=1", "--offline"]);
        run(cargo).exits(0);
    }

    /// Writes a crate with a bench target of its own name: cargo removes what it built of a target
    /// by name, and the build folder is everybody's.
    pub fn write_crate(&self, folder: &str, name: &str, more: &str) {
        let at = |path: &str| if folder.is_empty() { path.to_owned() } else { format!("{folder}/{path}") };
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
             [dev-dependencies]\nduel = {{ path = {:?}, default-features = false }}\n\n\
             [[bench]]\nname = \"{name}\"\nharness = false\n\n{more}",
            library()
        );
        self.write(&at("Cargo.toml"), &manifest);
        self.write(&at(".gitignore"), "target\n");
        self.write(&at("src/lib.rs"), LIBRARY);
        self.write(&at(&format!("benches/{name}.rs")), &BENCH.replace("KRATE", &name.replace('-', "_")));
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
