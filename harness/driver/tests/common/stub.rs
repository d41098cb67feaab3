//! Repositories whose runners are built within a moment, and say what they were built from.

use std::fs;

use super::{Done, repository::Repository, run};

/// The manifest of the crate `k`, whose runner is `crates/stub_runner.rs`.
pub const MANIFEST: &str = "[package]\nname = \"k\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n\
    [dev-dependencies]\nduel = { path = \"stub\" }\n\n[[bench]]\nname = \"k\"\nharness = false\n\n\
    [profile.bench]\nopt-level = 0\n\n";

impl Repository {
    /// One with the crate `k`, which answers `first`, committed.
    pub fn with_stub(name: &str) -> Self {
        let repository = Self::new(name);
        repository.write_stub("");
        repository.commit("first");
        repository
    }

    /// Writes the crate `k` into a folder, with a lock file.
    pub fn write_stub(&self, folder: &str) {
        let at = |path: &str| if folder.is_empty() { path.to_owned() } else { format!("{folder}/{path}") };
        self.write(
            &at("stub/Cargo.toml"),
            "[package]\nname = \"duel\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
        );
        let library = "#[macro_export]\nmacro_rules! main {\n    ($($families:tt)*) => {};\n}\n";
        self.write(&at("stub/src/lib.rs"), library);
        self.write(&at("Cargo.toml"), MANIFEST);
        self.write(&at("benches/k.rs"), include_str!("../crates/stub_runner.rs"));
        self.write(&at(".gitignore"), "target\n");
        self.write(&at("src/lib.rs"), &answering("\"first\".to_owned()"));
        self.resolve(folder);
        let cache = self.folder.with_extension("cache");
        let _ = fs::remove_dir_all(&cache);
        fs::create_dir_all(&cache).expect("a cache folder");
    }

    /// Has cargo write the lock file of the crate in a folder.
    pub fn resolve(&self, folder: &str) {
        let mut cargo = super::cargo(&self.folder.join(folder));
        cargo.args(["metadata", "--format-version=1", "--offline"]);
        run(cargo).exits(0);
    }

    /// Adds lines to the manifest of the crate at the top.
    pub fn depend(&self, lines: &str) {
        let manifest = fs::read_to_string(self.folder.join("Cargo.toml")).expect("the manifest");
        self.write("Cargo.toml", &format!("{manifest}\n{lines}\n"));
        self.resolve("");
    }

    /// Compares the work tree with a revision, and returns what both sides answer, the baseline's first.
    pub fn answers(&self, baseline: &str) -> [String; 2] {
        answers(&self.compared(&["--baseline", baseline]))
    }

    /// `compare WORDS`, which must have measured.
    pub fn compared(&self, words: &[&str]) -> Done {
        let done = self.compare(words);
        done.is_measured();
        done
    }
}

/// The source of the crate `k`.
pub fn answering(expression: &str) -> String {
    format!("/// Says what it was built from.\npub fn answer() -> String {{\n    {expression}\n}}\n")
}

/// What the runners of both sides answered.
pub fn answers(done: &Done) -> [String; 2] {
    let lines = super::record::lines(&done.run_folder());
    let artifacts = lines[0]["artifacts"].as_array().expect("artifacts").clone();
    let answer = |side: usize| super::text(&artifacts[side]["families"][0], "question");
    [answer(0), answer(1)]
}
