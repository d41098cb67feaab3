//! Comparisons of git revisions: the same source gives the same executable, the user's repository is left as
//! it was, and an error says what can't be done and how to go on.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader},
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::common::{
    Done, bare_duel,
    crates::outside,
    repository::{Repository, artifacts},
    run,
    stub::{MANIFEST, answering, answers},
};

#[test]
fn the_same_source_gives_the_same_executable_as_revision_and_as_work_tree() {
    // In a folder below the top, beside a crate of no common workspace, its lock file ignored.
    let repository = Repository::new("rev-same");
    repository.write(
        "aside/Cargo.toml",
        "[package]\nname = \"rev-aside\"\nversion = \"0.1.0\"\nedition = \"2024\"\n",
    );
    repository.write(
        "aside/src/lib.rs",
        &answering("format!(\"{} {}\", file!(), env!(\"CARGO_MANIFEST_DIR\").len())"),
    );
    repository.write_stub("deep/krate");
    fs::remove_file(repository.folder.join("deep/krate/Cargo.lock")).unwrap();
    let manifest = format!("{MANIFEST}[dependencies]\nrev-aside = {{ path = \"../../aside\" }}\n");
    repository.write("deep/krate/Cargo.toml", &manifest);
    repository.write("deep/krate/src/lib.rs", "pub use rev_aside::answer;\n");
    repository.write("deep/krate/.gitignore", "target\nCargo.lock\n");
    let commit = repository.commit("first");
    repository.resolve("deep/krate");
    repository.write("README", "which no build reads");
    let before = repository.state();

    let first = repository.compare_in("deep/krate", &["--measure-unchanged", "--baseline", "main"]);
    first.is_measured().says(&["Compiling k ", "Cargo.lock is not committed", "baseline: revision main"]);
    let sides = artifacts(&first);
    assert_eq!(sides[0], (sides[1].0.clone(), Some(commit.clone()), false), "{first}");
    assert_eq!(sides[1], (sides[0].0.clone(), Some(commit.clone()), true), "{first}");
    assert_eq!(first.comparisons().len(), 1, "{first}");
    assert_eq!(repository.state(), before, "{first}");

    let second = repository.compare_in("deep/krate", &["-v", "--baseline", &commit, "--candidate", "HEAD"]);
    second.is_measured().says(&["is built already"]);
    assert!(!second.stderr.contains("Compiling"), "all is there already: {second}");
    assert_eq!((&artifacts(&second)[0], &artifacts(&second)[1]), (&sides[0], &sides[0]));
    assert_eq!(repository.state(), before, "{second}");
}

#[test]
fn executables_may_be_named_on_either_side() {
    let repository = Repository::with_stub("rev-named");
    repository.write("src/lib.rs", &answering("\"second\".to_owned()"));
    let done = repository.compared(&["--baseline", "HEAD"]);
    let kept = repository.folder.join("target/duel/artifacts").join(&artifacts(&done)[0].0);
    let kept = fs::read_dir(kept).unwrap().next().unwrap().unwrap().path().join("k");
    let kept = kept.to_str().unwrap();
    for (words, wanted) in [
        (["--baseline", kept, "--candidate", "main"], ["first", "first"]),
        (["--baseline", "main", "--candidate", kept], ["first", "first"]),
    ] {
        let mixed = repository.compared(&words);
        assert_eq!(answers(&mixed), wanted, "{mixed}");
        assert_eq!(artifacts(&mixed).iter().filter(|side| side.1.is_none()).count(), 1, "{mixed}");
    }
}

#[test]
fn runners_of_a_workspace_are_compared_each_with_its_own() {
    let repository = Repository::new("rev-workspace");
    for name in ["one", "two"] {
        repository.write_stub(name);
        let manifest = MANIFEST.replace("\"k\"\nversion", &format!("\"{name}\"\nversion"));
        let manifest = manifest.replace("path = \"stub\"", "path = \"../one/stub\"");
        repository.write(&format!("{name}/Cargo.toml"), &format!("{manifest}[lib]\nname = \"k\"\n"));
        fs::remove_file(repository.folder.join(name).join("Cargo.lock")).unwrap();
    }
    repository.write("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"one\", \"two\"]\n");
    repository.write(".gitignore", "target\n");
    repository.resolve("");
    repository.commit("first");
    let done = repository.compare(&["--measure-unchanged", "--baseline", "HEAD"]);
    assert_eq!(done.is_measured().comparisons().len(), 2, "one for each member: {done}");
    let sides = artifacts(&done);
    assert_eq!((sides.len(), &sides[..2]), (4, &sides[2..]), "{done}");
    let one = repository.compare_in("two", &["--measure-unchanged", "--baseline", "HEAD"]);
    assert_eq!(one.is_measured().comparisons().len(), 1, "{one}");
}

#[test]
fn the_users_wrapper_is_called_for_both_sides() {
    let repository = Repository::with_stub("rev-wrapper");
    let log = outside("rev-wrapper-log").join("wrapped");
    repository.write("wrap", &format!("#!/bin/sh\necho \"$@\" >> {}\nexec \"$@\"\n", log.display()));
    fs::set_permissions(repository.folder.join("wrap"), fs::Permissions::from_mode(0o755)).unwrap();
    repository.write(".cargo/config.toml", "[build]\nrustc-wrapper = \"./wrap\"\n");
    repository.commit("wrapped");
    repository.write("src/lib.rs", &answering("\"second\".to_owned()"));
    let mut command = repository.command("", &["--baseline", "HEAD"]);
    command.env_remove("RUSTC_WRAPPER").env_remove("CARGO_BUILD_RUSTC_WRAPPER");
    assert_eq!(answers(run(command).is_measured()), ["first", "second"]);
    let wrapped = fs::read_to_string(log).unwrap();
    let of_library = |line: &&str| line.contains("--crate-name k ") && line.contains(" src/lib.rs ");
    assert_eq!(wrapped.lines().filter(of_library).count(), 2, "once for each side: {wrapped}");
}

#[test]
fn what_can_not_be_had_is_told_with_the_way_out() {
    let repository = Repository::with_stub("rev-errors");
    let first = repository.git(&["rev-parse", "HEAD"]);
    let refused = |words: &[&str], says: &[&str]| {
        let before = repository.state();
        let done = repository.compare(words);
        done.exits(2).says(says);
        assert_eq!(repository.state(), before, "{done}");
    };
    refused(&["--baseline", "nope"], &["no baseline", "no revision \"nope\"", "branches and tags main"]);
    refused(&["--baseline", "HEAD", "--candidate=--all"], &["no candidate", "no revision \"--all\""]);

    repository.write("src/lib.rs", "this is no Rust\n");
    repository.commit("does not build");
    refused(
        &["--baseline", "HEAD", "--candidate", &first],
        &["no baseline from revision HEAD", "src/lib.rs:1", "cargo could not build", "message is above"],
    );

    repository.write("src/lib.rs", &answering("\"third\".to_owned()"));
    repository.write("benches/k.rs", "fn main() {}\n");
    repository.commit("has no runner");
    refused(
        &["--baseline", "HEAD", "--candidate", &first],
        &["no baseline", "no runner in k", "duel::main!", "help: name a baseline that has one"],
    );

    repository.git(&["rm", "--quiet", "-r", "Cargo.toml"]);
    repository.git(&["commit", "--quiet", "--message", "no crate"]);
    repository.git(&["checkout", "--quiet", &first]);
    refused(&["--baseline", "main"], &["no baseline", "there is no Cargo.toml in it", "at this place"]);

    // A clone of the newest commit only.
    let above = outside("rev-shallow");
    let from = format!("file://{}", repository.folder.display());
    let to = above.join("clone").display().to_string();
    repository.git(&["clone", "--quiet", "--depth=1", "--branch=main", &from, &to]);
    let shallow = Repository { folder: to.into() };
    shallow.git(&["fetch", "--quiet", "--depth=1", "origin", &first]);
    shallow.git(&["checkout", "--quiet", &first]);
    let done = shallow.compare(&["--baseline", "HEAD~1"]);
    done.exits(2).says(&[
        "this shallow clone has no revision \"HEAD~1\"",
        "git fetch --unshallow",
        "fetch-depth: 0",
    ]);
    // What is there of it can be compared.
    shallow.write("src/lib.rs", &answering("\"shallow\".to_owned()"));
    assert_eq!(shallow.answers("HEAD"), ["first", "shallow"]);
}

#[test]
fn without_git_or_a_repository_a_revision_is_refused() {
    let repository = Repository::with_stub("rev-no-git");
    let folder = outside("rev-path");
    for program in ["cargo", "rustc"] {
        let path = std::env::var_os("PATH").unwrap();
        let found =
            std::env::split_paths(&path).map(|folder| folder.join(program)).find(|it| it.is_file()).unwrap();
        std::os::unix::fs::symlink(found, folder.join(program)).unwrap();
    }
    let mut command = bare_duel(&repository.folder, ["compare", "--baseline", "HEAD"]);
    command.env("PATH", &folder);
    run(command).exits(2).says(&["no git on the PATH", "install git"]);
    fs::remove_dir_all(repository.folder.join(".git")).unwrap();
    repository.compare(&["--baseline", "HEAD"]).exits(2).says(&[
        "revision \"HEAD\"",
        "git finds no repository",
        "not a git repository",
        "by their paths",
    ]);
}

#[test]
fn a_cache_folder_within_a_cargo_project_is_refused() {
    let repository = Repository::with_stub("rev-cache");
    let mut command = repository.command("", &["--baseline", "HEAD"]);
    command.env("XDG_CACHE_HOME", repository.folder.join("target/cache"));
    run(command).exits(2).says(&["lies within the cargo project", "XDG_CACHE_HOME"]);
}

#[test]
fn a_revision_has_the_submodule_that_it_records_and_the_work_tree_its_own() {
    let part = Repository::new("rev-part");
    part.write("part.rs", "\"first\".to_owned()");
    part.commit("first");
    let repository = Repository::with_stub("rev-modules");
    repository.write("src/lib.rs", &answering("include!(\"../part/part.rs\")"));
    repository.git(&["submodule", "--quiet", "add", part.folder.to_str().unwrap(), "part"]);
    repository.commit("with a submodule");
    // As in a clone that has not begun with it: building a revision must not begin with it either.
    repository.git(&["config", "--remove-section", "submodule.part"]);
    let before = repository.state();
    assert_eq!(repository.answers("HEAD"), ["first", "first"]);
    assert_eq!(repository.state(), before);

    repository.write("part/part.rs", "\"changed\".to_owned()");
    let dirty = repository.compared(&["--baseline", "HEAD"]);
    dirty.says(&["changed in the submodules part", "a revision with what it records"]);
    assert_eq!(answers(&dirty), ["first", "changed"]);
    assert!(artifacts(&dirty)[1].2, "{dirty}");

    // What the clone has of it is enough.
    fs::rename(&part.folder, part.folder.with_extension("away")).unwrap();
    repository.write("README", "");
    repository.commit("after");
    assert_eq!(repository.answers("HEAD"), ["first", "changed"]);
    // A commit of it that the clone lacks is fetched, and said to be missing where it can't be.
    let lacking = "0123456789012345678901234567890123456789";
    repository.git(&["update-index", "--cacheinfo", &format!("160000,{lacking},part")]);
    repository.git(&["commit", "--quiet", "--message", "lacks a commit"]);
    let gone = repository.compare(&["--baseline", "HEAD"]);
    gone.exits(2).says(&["could not fill the submodule part", "git submodule update"]);
    fs::rename(part.folder.with_extension("away"), &part.folder).unwrap();
}

/// A repository whose first revision takes five minutes to build and says when it has begun.
fn slow(name: &str) -> (Repository, String) {
    let repository = Repository::with_stub(name);
    let first = repository.git(&["rev-parse", "HEAD"]);
    let begun = repository.folder.join("target/begun");
    // Without that file it gives up: where cargo-duel was killed hard, nobody else ends it.
    let script = format!(
        "fn main() {{\n    std::fs::write({begun:?}, \"\").unwrap();\n    \
         for _ in 0..30_000 {{\n        std::thread::sleep(std::time::Duration::from_millis(10));\n        \
         assert!(std::fs::exists({begun:?}).unwrap());\n    }}\n}}\n"
    );
    repository.write("build.rs", &script);
    repository.commit("builds for ever");
    repository.git(&["checkout", "--quiet", &first]);
    fs::create_dir_all(begun.parent().unwrap()).unwrap();
    (repository, first)
}

/// Compares that revision until its build has begun, then signals to all as a terminal does. In a cache
/// folder of its own, so that nobody else waits for it or clears away what it leaves.
fn broken_off(repository: &Repository, cache: &Path, signal: Signal) -> Done {
    let words = ["compare", "--baseline", "main", "--candidate", "main"];
    let mut command = bare_duel(&repository.folder, words);
    command.env("XDG_CACHE_HOME", cache);
    let mut child = command.process_group(0).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let begun = repository.folder.join("target/begun");
    let given_up = Instant::now() + Duration::from_secs(300);
    while !begun.exists() {
        assert!(Instant::now() < given_up, "cargo does not come to the build script");
        std::thread::sleep(Duration::from_millis(10));
    }
    kill_process_group(Pid::from_raw(child.id() as i32).unwrap(), signal).unwrap();
    child.wait().unwrap();
    fs::remove_file(begun).unwrap();
    Done::new("cargo-duel compare".to_owned(), child.wait_with_output().unwrap())
}

/// The names of sides that were not finished.
fn unfinished(cache: &Path) -> Vec<String> {
    let entries = fs::read_dir(cache.join("duel/sides")).unwrap().flatten();
    let names = entries.map(|entry| entry.file_name().into_string().unwrap());
    names.filter(|name| name.starts_with("fresh")).collect()
}

#[test]
fn ctrl_c_in_a_build_leaves_nothing() {
    let (repository, _) = slow("rev-interrupted");
    let cache = outside("rev-interrupted-cache");
    let before = repository.state();
    let done = broken_off(&repository, &cache, Signal::INT);
    done.exits(130).says(&["interrupted"]);
    assert!(!done.stderr.contains("could not build"), "{done}");
    assert_eq!(repository.state(), before);
    assert_eq!(unfinished(&cache), Vec::<String>::new());
}

#[test]
fn what_a_killed_call_leaves_the_next_removes() {
    let (repository, first) = slow("rev-killed");
    let cache = outside("rev-killed-cache");
    let before = repository.state();
    assert_eq!(broken_off(&repository, &cache, Signal::KILL).code, None);
    assert_eq!(repository.state(), before, "nothing of the repository's is touched");
    assert!(!unfinished(&cache).is_empty(), "a killed process cleans nothing up");
    repository.write("src/lib.rs", &answering("\"second\".to_owned()"));
    let mut command = repository.command("", &["--baseline", &first]);
    command.env("XDG_CACHE_HOME", &cache);
    assert_eq!(answers(run(command).is_measured()), ["first", "second"]);
    assert_eq!(unfinished(&cache), Vec::<String>::new());
}

#[test]
fn two_calls_at_once_wait_for_each_other() {
    let repository = Repository::with_stub("rev-two");
    let first = repository.git(&["rev-parse", "HEAD"]);
    repository.write("src/lib.rs", &answering("\"second\".to_owned()"));
    repository.commit("second");
    let before = repository.state();
    // Held by a third, so that both surely wait.
    let lock = repository.cache().join("duel/sides/lock");
    fs::create_dir_all(lock.parent().unwrap()).unwrap();
    let lock = File::create(lock).unwrap();
    lock.lock().unwrap();
    let start = |words: &[&str]| {
        let mut command = repository.command("", words);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains("waiting for another call") {
            assert!(said.read_line(&mut line).unwrap() > 0, "it does not wait: {line}");
        }
        // Read to the end, so that it can go on writing.
        std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
        child
    };
    let children = [
        start(&["--baseline", &first, "--out", "target/one"]),
        start(&["--baseline", "main", "--candidate", &first, "--out", "target/two"]),
    ];
    lock.unlock().unwrap();
    let done = children.map(|child| Done::new("compare".to_owned(), child.wait_with_output().unwrap()));
    for done in &done {
        done.is_measured();
    }
    assert_eq!(done.iter().map(answers).collect::<Vec<_>>(), [["first", "second"], ["second", "first"]]);
    assert_eq!(repository.state(), before);
}
