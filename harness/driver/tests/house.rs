//! The house rules of the design, compared with the workspace as it is.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use cargo_metadata::MetadataCommand;

/// Which of our crates may import which others; nothing else of ours, of whatever kind.
const MAY_IMPORT: [(&str, &[&str]); 8] = [
    ("duel-record", &[]),
    ("duel-stats", &[]),
    ("duel-workloads", &[]),
    ("duel-derive", &[]),
    ("duel", &["duel-record", "duel-derive"]),
    ("duel-kernels", &["duel", "duel-workloads"]),
    ("duel-reports", &["duel-record", "duel-stats"]),
    ("cargo-duel", &["duel-record", "duel-stats", "duel-reports"]),
];

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the workspace's folder")
}

#[test]
fn our_crates_import_what_the_design_lets_them_and_nothing_else() {
    let metadata = MetadataCommand::new().current_dir(workspace()).no_deps().exec().expect("cargo metadata");
    let packages = metadata.workspace_packages();
    let names: BTreeSet<_> = packages.iter().map(|package| package.name.as_str()).collect();
    assert_eq!(
        names,
        MAY_IMPORT.iter().map(|(name, _)| *name).collect(),
        "the design's table has every crate"
    );
    let allowed: BTreeMap<_, _> = MAY_IMPORT.into_iter().collect();
    for package in packages {
        for dependency in &package.dependencies {
            if names.contains(dependency.name.as_str()) {
                let may = allowed[package.name.as_str()].contains(&dependency.name.as_str());
                assert!(may, "{} may not import {} ({})", package.name, dependency.name, dependency.kind);
            }
        }
    }
}

/// Every source file of the workspace.
fn source_files() -> Vec<PathBuf> {
    let mut folders = vec![workspace()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            // cargo marks what it builds into.
            let built = name == "target" || path.join("CACHEDIR.TAG").exists();
            if path.is_dir() && !name.starts_with('.') && !built {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    assert!(files.len() > 100, "the workspace has more files than {}", files.len());
    files
}

#[test]
fn every_source_file_opens_with_what_it_is_for() {
    let silent: Vec<_> = source_files()
        .into_iter()
        .filter(|path| !fs::read_to_string(path).expect("a source file").starts_with("//! "))
        .collect();
    assert!(silent.is_empty(), "these do not open with `//! `: {silent:#?}");
}

/// Where the texts of this command come out: the one place that makes them harmless.
const REPORTER: &str = "harness/driver/src/reporter/";
/// What prints by itself: a runner that speaks the protocol on its stdout, and a text that is for a shell.
const SPEAKS_ITSELF: [&str; 2] = ["machine/doctor/null_runner.rs", "verbs/generate.rs"];

#[test]
fn nothing_but_the_reporter_prints() {
    let libraries = ["harness/driver/src/", "reports/src/", "harness/stats/src/", "harness/record/src/"];
    let prints = [
        "print!(",
        "println!(",
        "eprint!(",
        "eprintln!(",
        "io::stdout()",
        "io::stderr()",
        "indicatif::",
        "IsTerminal",
        "termios::",
    ];
    let root = workspace();
    let mut found = Vec::new();
    for path in source_files() {
        let name = path.strip_prefix(&root).expect("within the workspace").display().to_string();
        let is_free = name.starts_with(REPORTER) || SPEAKS_ITSELF.iter().any(|end| name.ends_with(end));
        if is_free || !libraries.iter().any(|library| name.starts_with(library)) {
            continue;
        }
        let code = without_tests(&path);
        found.extend(
            prints.iter().filter(|print| code.contains(**print)).map(|print| format!("{name}: {print}")),
        );
    }
    assert!(found.is_empty(), "only {REPORTER} prints: {found:#?}");
}

/// A source file up to its tests, without comments.
fn without_tests(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("a source file");
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    code.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// The compiler finds what is unused within a crate, but not a public item that no crate of ours uses.
#[test]
fn every_public_item_of_our_libraries_is_used() {
    let root = workspace();
    let libraries =
        ["harness/record/src", "harness/stats/src", "reports/src"].map(|library| root.join(library));
    let mut uses: BTreeMap<String, usize> = BTreeMap::new();
    let mut defined = Vec::new();
    for path in
        source_files().into_iter().filter(|path| !path.components().any(|part| part.as_os_str() == "tests"))
    {
        let code = without_tests(&path);
        let statements = code.split(';').filter(|statement| !statement.trim_start().starts_with("pub use "));
        let words =
            statements.flat_map(|statement| statement.split(|c: char| !c.is_alphanumeric() && c != '_'));
        words.for_each(|word| *uses.entry(word.to_owned()).or_default() += 1);
        if libraries.iter().any(|library| path.starts_with(library)) {
            defined.extend(public_items(&code).map(|item| (path.clone(), item)));
        }
    }
    assert!(defined.len() > 300, "{} public items are found", defined.len());
    let unused: Vec<_> = defined.into_iter().filter(|(_, item)| uses[item] < 2).collect();
    assert!(unused.is_empty(), "nothing but tests uses these: {unused:#?}");
}

/// The names of functions, types and constants that are public.
fn public_items(code: &str) -> impl Iterator<Item = String> {
    code.lines().filter_map(|line| {
        let mut words = line.trim_start().strip_prefix("pub ")?.split_whitespace();
        let kinds = ["const", "fn", "struct", "enum", "static", "trait", "type"];
        let mut word = words.next()?;
        if !kinds.contains(&word) {
            return None;
        }
        while kinds.contains(&word) {
            word = words.next()?;
        }
        let end = word.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(word.len());
        Some(word[..end].to_owned())
    })
}
