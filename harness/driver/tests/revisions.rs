//! Comparisons of git revisions: the same source gives the same executable, the user's repository
//! is left as it was, and what can't be done is told with the way out.

mod common;

use std::{
    fs,
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::Path,
    process::Stdio,
    time::{Duration, Instant, SystemTime},
};

use common::{
    Done, bare_duel,
    crates::outside,
    repository::{LIBRARY, Repository, WORKSPACE, artifacts},
    run,
};
use rustix::process::{Pid, Signal, kill_process_group};

/// Another source with other code.
const OTHER_LIBRARY: &str = "//! A kernel.\n/// Sums.\npub fn sum(data: &[u64]) -> u64 {\n    \
    data.iter().rev().fold(0, |sum, x| sum ^ 1 + x)\n}\n";

#[test]
fn the_same_source_gives_the_same_executable_as_revision_and_as_work_tree() {
    // In a folder below the top, beside a crate of no common workspace, its lock file ignored.
    let repository = Repository::new("rev-same");
    repository.write(
        "aside/Cargo.toml",
        "[package]\nname = \"rev-aside\"\nversion = \"0.1.0\"\nedition = \"2024\"\n",
    );
    repository.write("aside/src/lib.rs", LIBRARY);
    repository.write_crate(
        "deep/krate",
        "rev-same",
        &format!("{WORKSPACE}[dependencies]\nrev-aside = {{ path = \"../../aside\" }}\n"),
    );
    repository.write("deep/krate/src/lib.rs", "//! A kernel.\npub use rev_aside::sum;\n");
    repository.write("deep/krate/.gitignore", "target\nCargo.lock\n");
    let commit = repository.commit("first");
    repository.lock("deep/krate");
    let before = repository.state();

    let first = repository.compare_in("deep/krate", &["--baseline", "main"]);
    first.is_measured().says(&[
        "Compiling rev-same",
        "Cargo.lock is not committed",
        "baseline: revision main",
    ]);
    let sides = artifacts(&first);
    assert_eq!(sides[0], (sides[1].0.clone(), Some(commit.clone()), false), "{first}");
    assert_eq!(sides[0], sides[1], "the same code on both sides: {first}");
    assert_eq!(first.comparisons().len(), 1, "{first}");
    assert_eq!(repository.state(), before, "{first}");

    let second = repository.compare_in("deep/krate", &["-v", "--baseline", &commit, "--candidate", "HEAD"]);
    second.is_measured().says(&["is built already"]);
    assert!(!second.stderr.contains("Compiling"), "all is there already: {second}");
    assert_eq!(artifacts(&second), sides);

    // What a cache gives back is not believed.
    let cache = repository.folder.join("deep/krate/target/duel/git/cache");
    let entry = fs::read_dir(&cache).unwrap().next().unwrap().unwrap().path();
    fs::write(entry.join("0-rev-same"), "damaged").unwrap();
    let third = repository.compare_in("deep/krate", &["--baseline", "main"]);
    third.is_measured().says(&["Compiling rev-same"]);
    assert_eq!(artifacts(&third), sides);
    fs::remove_file(entry.join("0-rev-same")).unwrap();
    let fourth = repository.compare_in("deep/krate", &["--baseline", "main", "--candidate", "main"]);
    assert_eq!(artifacts(fourth.is_measured()), sides);
    assert_eq!(repository.state(), before, "{fourth}");
}

#[test]
fn each_side_has_its_own_source_however_old_its_files_are() {
    let repository = Repository::with_crate("rev-other");
    let first = repository.git(&["rev-parse", "HEAD"]);
    repository.write("src/lib.rs", OTHER_LIBRARY);
    let old = SystemTime::now() - Duration::from_secs(3600);
    fs::File::options()
        .write(true)
        .open(repository.folder.join("src/lib.rs"))
        .unwrap()
        .set_modified(old)
        .unwrap();
    let changed = repository.compare(&["--baseline", "HEAD"]);
    changed.is_measured().says(&["candidate: the work tree", "with uncommitted changes in 1 file"]);
    let sides = artifacts(&changed);
    assert_ne!(sides[0].0, sides[1].0, "{changed}");
    assert_eq!((sides[0].2, sides[1].2), (false, true));

    // The same the other way round, and as revisions.
    let second = repository.commit("second");
    let back = repository.compare(&["--baseline", "main", "--candidate", &first]);
    let [baseline, candidate] = &artifacts(back.is_measured())[..] else { panic!("two sides: {back}") };
    assert_eq!((&baseline.0, &candidate.0), (&sides[1].0, &sides[0].0), "{back}");
    assert_eq!(baseline.1.as_ref(), Some(&second));

    // An executable that is named by its path, on either side.
    let kept = repository.folder.join("target/duel/artifacts").join(&sides[0].0).join("rev-other");
    for words in [
        ["--baseline", kept.to_str().unwrap(), "--candidate", "main"],
        ["--baseline", "main", "--candidate", kept.to_str().unwrap()],
    ] {
        let mixed = repository.compare(&words);
        assert_eq!(mixed.is_measured().comparisons().len(), 1, "{mixed}");
        assert_eq!(artifacts(&mixed).iter().filter(|side| side.1.is_none()).count(), 1, "{mixed}");
    }
}

#[test]
fn runners_of_a_workspace_are_compared_each_with_its_own() {
    let repository = Repository::new("rev-workspace");
    repository.write(
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"one\", \"two\"]\n[profile.bench]\ndebug = 1\n",
    );
    repository.write_crate("one", "rev-one", "");
    repository.write_crate("two", "rev-two", "");
    repository.write(".gitignore", "target\n");
    repository.lock("");
    repository.commit("first");
    let done = repository.compare(&["--baseline", "HEAD"]);
    assert_eq!(done.is_measured().comparisons().len(), 2, "one for each member: {done}");
    let sides = artifacts(&done);
    assert_eq!((sides.len(), &sides[..2]), (4, &sides[2..]), "{done}");
    let one = repository.compare_in("two", &["--baseline", "HEAD"]);
    assert_eq!(one.is_measured().comparisons().len(), 1, "{one}");
}

#[test]
fn the_users_configuration_and_wrapper_count_for_both_sides() {
    let repository = Repository::with_crate("rev-config");
    repository.write("src/lib.rs", &format!("{LIBRARY}/// Set.\npub const TOLD: &str = env!(\"TOLD\");\n"));
    let wrapper = "#!/bin/sh\necho \"$@\" >> \"$(dirname \"$0\")/target/wrapped\"\nexec \"$@\"\n";
    repository.write("wrap", wrapper);
    fs::set_permissions(repository.folder.join("wrap"), fs::Permissions::from_mode(0o755)).unwrap();
    repository.commit("must be told");
    // Not committed, and yet for both.
    repository.write(
        ".cargo/config.toml",
        "[build]\nrustc-wrapper = \"./wrap\"\n[env]\nTOLD = \"by the configuration\"\n",
    );
    fs::create_dir_all(repository.folder.join("target")).unwrap();
    let mut command = repository.command("", &["--baseline", "HEAD"]);
    command.env_remove("RUSTC_WRAPPER").env_remove("CARGO_BUILD_RUSTC_WRAPPER");
    let done = run(command);
    let sides = artifacts(done.is_measured());
    assert_eq!(sides[0].0, sides[1].0, "{done}");
    let wrapped = fs::read_to_string(repository.folder.join("target/wrapped")).unwrap();
    let of_library = |line: &&str| line.contains("--crate-name rev_config") && line.contains(" src/lib.rs ");
    assert_eq!(wrapped.lines().filter(of_library).count(), 2, "once for each side: {wrapped}");
}

#[test]
fn what_can_not_be_had_is_told_with_the_way_out() {
    let repository = Repository::with_crate("rev-errors");
    let first = repository.git(&["rev-parse", "HEAD"]);
    let refused = |words: &[&str], says: &[&str]| {
        let before = repository.state();
        let done = repository.compare(words);
        done.exits(2).says(says);
        assert_eq!(repository.state(), before, "{done}");
        assert!(!repository.folder.join("target/duel/git/revision").exists(), "{done}");
    };
    refused(&["--baseline", "nope"], &["no baseline", "no revision \"nope\"", "git fetch"]);
    refused(&["--baseline", "HEAD", "--candidate=--all"], &["no candidate", "no revision \"--all\""]);

    repository.write("src/lib.rs", "this is no Rust\n");
    repository.commit("does not build");
    refused(
        &["--baseline", "HEAD", "--candidate", &first],
        &["no baseline from revision HEAD", "src/lib.rs:1", "cargo could not build", "stands above"],
    );

    repository.write("src/lib.rs", LIBRARY);
    repository.write("benches/rev-errors.rs", "fn main() {}\n");
    repository.commit("has no runner");
    refused(
        &["--baseline", "HEAD", "--candidate", &first],
        &["no baseline", "no runner in rev-errors", "duel::main!"],
    );

    repository.git(&["rm", "--quiet", "-r", "Cargo.toml"]);
    repository.git(&["commit", "--quiet", "--message", "no crate"]);
    repository.git(&["checkout", "--quiet", &first]);
    refused(&["--baseline", "main"], &["no baseline", "there is no Cargo.toml in it", "at this place"]);

    // A dependency beside the repository, and so not beside its checkout.
    let beside = format!("../{}", repository.folder.file_name().unwrap().display()) + "-beside";
    let away = repository.folder.join(&beside);
    fs::create_dir_all(away.join("src")).unwrap();
    fs::write(away.join("src/lib.rs"), "").unwrap();
    fs::write(away.join("Cargo.toml"), "[package]\nname = \"rev-beside\"\nversion = \"0.1.0\"\n").unwrap();
    let manifest = fs::read_to_string(repository.folder.join("Cargo.toml")).unwrap();
    let dependency = format!("[dependencies]\nrev-beside = {{ path = {beside:?} }}\n");
    repository.write("Cargo.toml", &(manifest.clone() + &dependency));
    repository.git(&["commit", "--quiet", "--all", "--message", "needs a neighbour"]);
    refused(&["--baseline", "HEAD"], &["rev-beside", "outside of the repository", "absolute path"]);
    fs::remove_dir_all(away).unwrap();
    repository.git(&["checkout", "--quiet", "--force", &first]);

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
}

#[test]
fn without_git_or_a_repository_a_revision_is_refused() {
    let repository = Repository::with_crate("rev-no-git");
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
        "cannot build revision \"HEAD\"",
        "git finds no repository",
        "not a git repository",
        "by their paths",
    ]);
}

#[test]
fn a_revision_has_the_submodule_that_it_records_and_the_work_tree_its_own() {
    let part = Repository::new("rev-part");
    part.write("sum.rs", &LIBRARY.replace("//! A kernel.\n", ""));
    part.commit("first");
    let repository = Repository::with_crate("rev-modules");
    repository.write("src/lib.rs", "//! A kernel.\ninclude!(\"../part/sum.rs\");\n");
    repository.git(&["submodule", "--quiet", "add", part.folder.to_str().unwrap(), "part"]);
    repository.commit("with a submodule");
    // As in a clone that has not begun with it: building a revision must not begin with it either.
    repository.git(&["config", "--remove-section", "submodule.part"]);
    let before = repository.state();
    let same = repository.compare(&["--baseline", "HEAD"]);
    let sides = artifacts(same.is_measured());
    assert_eq!((&sides[0].0, &repository.state()), (&sides[1].0, &before), "{same}");

    repository.write("part/sum.rs", &OTHER_LIBRARY.replace("//! A kernel.\n", ""));
    let dirty = repository.compare(&["--baseline", "HEAD"]);
    dirty.is_measured().says(&["changed in the submodules part", "a revision with what it records"]);
    let now = artifacts(&dirty);
    assert_eq!(now[0], sides[0], "{dirty}");
    assert!(now[1].0 != sides[1].0 && now[1].2, "{dirty}");

    fs::remove_dir_all(&part.folder).unwrap();
    fs::remove_dir_all(repository.folder.join("target/duel/git/cache")).unwrap();
    let gone = repository.compare(&["--baseline", "HEAD"]);
    gone.exits(2).says(&["could not fill the submodules", "rev-part", "fresh clone"]);
    assert!(!repository.folder.join("target/duel/git/revision").exists());
}

/// A repository whose first revision takes five minutes to build and says when it has begun.
fn slow(name: &str) -> (Repository, String) {
    let repository = Repository::with_crate(name);
    let first = repository.git(&["rev-parse", "HEAD"]);
    let begun = repository.folder.join("target/begun");
    let script = format!(
        "fn main() {{\n    std::fs::write({begun:?}, \"\").unwrap();\n    \
         std::thread::sleep(std::time::Duration::from_secs(300));\n}}\n"
    );
    repository.write("build.rs", &script);
    repository.commit("builds for ever");
    repository.git(&["checkout", "--quiet", &first]);
    fs::create_dir_all(begun.parent().unwrap()).unwrap();
    (repository, first)
}

/// Compares that revision until its build has begun, then signals to all as a terminal does.
fn broken_off(repository: &Repository, signal: Signal) -> Done {
    let words = ["compare", "--baseline", "main", "--candidate", "main"];
    let mut command = bare_duel(&repository.folder, words);
    let child = command.process_group(0).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let begun = repository.folder.join("target/begun");
    let given_up = Instant::now() + Duration::from_secs(300);
    while !begun.exists() {
        assert!(Instant::now() < given_up, "cargo does not come to the build script");
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(repository.git(&["worktree", "list"]).contains("target/duel/git/revision"));
    kill_process_group(Pid::from_raw(child.id() as i32).unwrap(), signal).unwrap();
    fs::remove_file(begun).unwrap();
    Done::new("cargo-duel compare".to_owned(), child.wait_with_output().unwrap())
}

#[test]
fn ctrl_c_in_a_build_leaves_no_checkout() {
    let (repository, _) = slow("rev-interrupted");
    let before = repository.state();
    let done = broken_off(&repository, Signal::INT);
    done.exits(130).says(&["interrupted"]);
    assert!(!done.stderr.contains("could not build"), "{done}");
    assert_eq!(repository.state(), before);
    assert!(!repository.folder.join("target/duel/git/revision").exists());
}

#[test]
fn what_a_killed_call_leaves_the_next_removes_and_nothing_of_the_users() {
    let (repository, first) = slow("rev-killed");
    // One of the user's own on a disk that is there, and one on a disk that is not.
    let disks = outside("rev-disks");
    for name in ["own", "away"] {
        let folder = disks.join(name).display().to_string();
        repository.git(&["worktree", "add", "--quiet", "--detach", &folder, &first]);
    }
    fs::rename(disks.join("away"), disks.join("unmounted")).unwrap();
    let before = repository.state();
    assert_eq!(broken_off(&repository, Signal::KILL).code, None);
    assert_ne!(repository.state(), before, "a killed process cleans nothing up");
    repository.compare(&["--baseline", &first]).is_measured();
    assert_eq!(repository.state(), before);
    fs::rename(disks.join("unmounted"), disks.join("away")).unwrap();
    for name in ["own", "away"] {
        assert!(disks.join(name).join("src/lib.rs").is_file(), "{name} is as it was");
    }
}

#[test]
fn an_output_folder_that_two_repositories_share_is_cleared_for_both() {
    let (killed, first) = slow("rev-sharing");
    let before = killed.state();
    broken_off(&killed, Signal::KILL);
    let other = Repository::with_crate("rev-shared");
    let out = killed.folder.join("target/duel").display().to_string();
    other.compare(&["--baseline", "HEAD", "--out", &out]).is_measured();
    assert_eq!(killed.state(), before);
    killed.compare(&["--baseline", &first]).is_measured();
}

#[test]
fn two_calls_at_once_wait_for_each_other() {
    let repository = Repository::with_crate("rev-two");
    let first = repository.git(&["rev-parse", "HEAD"]);
    repository.write("src/lib.rs", OTHER_LIBRARY);
    repository.commit("second");
    let before = repository.state();
    let start = |words: &[&str]| {
        let mut command = repository.command("", words);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    // Held by a third, so that both surely wait.
    let lock = repository.folder.join("target/duel/git/lock");
    fs::create_dir_all(lock.parent().unwrap_or(Path::new(""))).unwrap();
    let lock = fs::File::create(lock).unwrap();
    lock.lock().unwrap();
    let children = [start(&["--baseline", &first]), start(&["--baseline", "main", "--candidate", &first])];
    std::thread::sleep(Duration::from_millis(300));
    lock.unlock().unwrap();
    let done = children.map(|child| Done::new("compare".to_owned(), child.wait_with_output().unwrap()));
    for done in &done {
        done.is_measured();
    }
    assert!(done.iter().any(|done| done.stderr.contains("waiting for another call")), "{}", done[0]);
    let (one, other) = (artifacts(&done[0]), artifacts(&done[1]));
    assert_eq!((&one[0].0, &one[1].0), (&other[1].0, &other[0].0), "{}", done[1]);
    assert_eq!(repository.state(), before);
}
