//! How a gate comes into a pull request: what CI sees of a gate that could not be done, how the base
//! is found in a CI's clone, the first benchmarks, and two gates at a time.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use crate::common::{
    Done, bare_duel, cargo_duel, fakes::Fakes, record, repository::Repository, run, stub::answering, text,
};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::tempdir;

/// A gate as GitHub runs it, which finds the JUnit file and the summary of an earlier one.
fn on_github(mut command: Command, folder: &Path) -> Command {
    fs::write(folder.join("tests.xml"), "<old/>").unwrap();
    fs::write(folder.join("summary.md"), "before\n").unwrap();
    command.env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", folder.join("summary.md"));
    command.arg("--junit").arg(folder.join("tests.xml"));
    command
}

/// Holds when all three places say that the gate could not be done, and why.
#[track_caller]
fn says_everywhere(done: &Done, folder: &Path, why: &str) {
    done.says(&["::error title=duel%3A the gate could not be done::"]);
    let command =
        done.stderr.lines().find(|line| line.starts_with("::error title=duel%3A the gate")).unwrap();
    let tests = fs::read_to_string(folder.join("tests.xml")).unwrap();
    let summary = fs::read_to_string(folder.join("summary.md")).unwrap();
    assert!(tests.contains("errors=\"1\"") && !tests.contains("<old/>"), "{tests}");
    assert!(summary.starts_with("before\n") && summary.contains("The gate could not be done"), "{summary}");
    for text in [command, &tests, &summary] {
        assert!(text.contains(why), "{why:?} in {text}");
    }
}

#[test]
fn whatever_keeps_a_gate_from_a_result_is_said_where_a_ci_looks() {
    let fakes = Fakes::new();
    for (base, head, more, why) in [
        ("speaks-version-0", "honest", vec![], "protocol version 0"),
        (
            "honest",
            "honest",
            vec!["--measure-unchanged", "--time-budget", "100ms"],
            "time budget of 0.1s is too small",
        ),
        ("honest", "has-other-data", vec!["/faulty"], "could be compared"),
        ("honest", "honest", vec!["no-such-case"], "no-such-case"),
    ] {
        let words = fakes.gate_words(base, head, &more);
        let done = run(on_github(bare_duel(fakes.here(), words), fakes.here()));
        done.exits(2);
        says_everywhere(&done, fakes.here(), why);
    }
    // What can't be read, before the sides are looked at.
    let krate = tempdir().unwrap();
    let manifest = "[package]\nname = \"k\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n";
    fs::create_dir(krate.path().join("src")).unwrap();
    for (path, text) in [("Cargo.toml", manifest), ("src/lib.rs", ""), ("duel.toml", "trails = 3\n")] {
        fs::write(krate.path().join(path), text).unwrap();
    }
    let words = ["gate", "--base", "main", "--message-format", "json"];
    let done = run(on_github(bare_duel(krate.path(), words), krate.path()));
    done.exits(2);
    says_everywhere(&done, krate.path(), "trails");
}

#[test]
fn a_junit_file_that_cannot_be_written_is_refused_before_anything_else() {
    let fakes = Fakes::new();
    fs::create_dir(fakes.here().join("folder")).unwrap();
    for path in ["folder", "no/such/folder/tests.xml"] {
        let done = run(bare_duel(fakes.here(), fakes.gate_words("honest", "honest", &["--junit", path])));
        done.exits(2).says(&["--junit", path]);
        assert!(!fakes.here().join("out").exists(), "nothing was begun: {done}");
    }
}

#[test]
fn a_gate_that_is_broken_off_is_an_error_in_junit() {
    let fakes = Fakes::new();
    let words = fakes.gate_words(
        "honest",
        "half-as-slow-again",
        &["--margin", "90%", "--equivalent", "10%", "--time-budget", "10m"],
    );
    let mut command = on_github(bare_duel(fakes.here(), words), fakes.here());
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let latest = fakes.here().join("out/latest");
    let given_up = Instant::now() + Duration::from_secs(300);
    let trials = || {
        let there = latest.join("record.jsonl").is_file();
        there && record::counts(&record::lines(&latest)).contains_key("trial")
    };
    while !trials() {
        assert!(Instant::now() < given_up, "no trial within five minutes");
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(!fakes.here().join("tests.xml").exists(), "a gate that is killed leaves no older file");
    kill_process(Pid::from_raw(child.id() as i32).unwrap(), Signal::INT).unwrap();
    let done = Done::new("a gate".to_owned(), child.wait_with_output().unwrap());
    done.exits(130);
    says_everywhere(&done, fakes.here(), "interrupted");
}

#[test]
fn a_trial_that_is_slow_once_leaves_nothing_out() {
    let fakes = Fakes::new();
    for filter in [&["/faulty"][..], &[]] {
        let more = [&["--measure-unchanged", "--time-budget", "12s"], filter].concat();
        let done = run(bare_duel(fakes.here(), fakes.gate_words("slow-at-first", "slow-at-first", &more)));
        done.exits(0);
        let comparisons = done.comparisons();
        let faulty = comparisons.iter().find(|line| text(line, "case").contains("/faulty@"));
        let trials = faulty.unwrap_or_else(|| panic!("no ratio in {done}"))["trials"].as_u64();
        assert!(trials >= Some(7), "{done}");
        assert!(done.of_kind("unavailable").is_empty(), "{done}");
    }
}

#[test]
fn a_failure_has_its_side_and_is_shown_once_for_both() {
    let failed = |baseline: &str, candidate: &str| {
        let fakes = Fakes::new();
        let done = run(bare_duel(fakes.here(), fakes.gate_words(baseline, candidate, &[])));
        done.exits(4);
        let lines = done.stderr.lines().filter(|line| line.contains("failed (verify)"));
        let lines: Vec<String> = lines.map(str::to_owned).collect();
        (lines, done)
    };
    let (lines, done) = failed("honest", "hangs-in-verify");
    assert!(matches!(&lines[..], [one] if one.contains("on the candidate's side")), "{done}");
    assert_eq!(done.of_kind("failed")[0]["side"], "candidate", "{done}");
    let (lines, done) = failed("hangs-in-verify", "hangs-in-verify");
    assert!(matches!(&lines[..], [one] if one.contains("on both sides")), "{done}");
}

/// Takes a lock as another command would.
fn hold(folder: &Path) -> File {
    fs::create_dir_all(folder).unwrap();
    let file = File::create(folder.join("measuring.lock")).unwrap();
    file.lock().unwrap();
    fs::write(folder.join("measuring.lock"), "process 4242 (cargo-duel run)").unwrap();
    file
}

#[test]
fn a_second_command_waits_in_one_output_folder_and_is_warned_elsewhere() {
    let fakes = Fakes::new();
    let lock = hold(&fakes.here().join("out"));
    let words = fakes.gate_words("honest", "honest", &["--measure-unchanged", "/steady"]);
    let mut child =
        bare_duel(fakes.here(), &words).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut said = String::new();
    while !said.contains("waiting for another cargo duel") {
        assert!(stderr.read_line(&mut said).unwrap() > 0, "it did not wait: {said}");
    }
    assert!(said.contains("process 4242"), "{said}");
    assert!(!fakes.here().join("out/latest").exists(), "nothing was begun");
    drop(lock);
    stderr.read_to_string(&mut said).unwrap();
    assert!(child.wait().unwrap().success(), "{said}");

    let cache = tempdir().unwrap();
    let _lock = hold(&cache.path().join("duel"));
    let mut command = bare_duel(fakes.here(), &words);
    command.env("XDG_CACHE_HOME", cache.path());
    run(command).exits(0).says(&["another cargo duel is measuring on this machine: process 4242"]);
}

/// A gate of a repository without a crate: it ends as soon as both sides are found.
fn only_finds(repository: &Repository, words: &[&str]) -> Done {
    let done = run(cargo_duel(&repository.folder, ["gate"].iter().chain(words)));
    done.exits(2);
    done
}

/// A clone that has only what its remotes have.
fn clone(name: &str, of: &Repository, words: &[&str]) -> Repository {
    let clone = Repository::new(name);
    fs::remove_dir_all(&clone.folder).unwrap();
    let (from, to) = (format!("file://{}", of.folder.display()), clone.folder.display().to_string());
    of.git(&[&["clone", "--quiet"], words, &[&from, &to]].concat());
    clone
}

#[test]
fn the_branch_of_a_remote_stands_in_for_a_local_one() {
    let upstream = Repository::new("entry-upstream");
    upstream.write("a", "1");
    upstream.commit("first");
    upstream.git(&["branch", "feature/x"]);
    upstream.git(&["tag", "v1"]);
    upstream.git(&["checkout", "--quiet", "-b", "pr"]);
    upstream.write("a", "2");
    upstream.commit("second");

    let ci = clone("entry-ci", &upstream, &["--branch", "pr"]);
    only_finds(&ci, &["--base", "main"]).says(&["main is not a local branch: using origin/main"]);
    only_finds(&ci, &["--base", "feature/x"]).says(&["using origin/feature/x"]);
    only_finds(&ci, &["--base", "main", "--head", "main~0"]).says(&["using origin/main"]);
    let tag = only_finds(&ci, &["--base", "v1"]);
    assert!(!tag.stderr.contains("no revision") && !tag.stderr.contains("using"), "{tag}");
    only_finds(&ci, &["--base", "mainn"]).says(&["no revision \"mainn\"", "did you mean origin/main?"]);

    let from = format!("file://{}", upstream.folder.display());
    ci.git(&["remote", "rename", "origin", "company/fork"]);
    only_finds(&ci, &["--base", "main"]).says(&["using company/fork/main"]);
    ci.git(&["remote", "add", "other", &from]);
    ci.git(&["fetch", "--quiet", "other"]);
    only_finds(&ci, &["--base", "main"]).says(&["2 remotes have one", "company/fork/main, other/main"]);
    ci.git(&["remote", "rename", "other", "origin"]);
    only_finds(&ci, &["--base", "main"]).says(&["using origin/main (company/fork has one, too)"]);

    let shallow = clone("entry-shallow", &upstream, &["--branch", "pr", "--depth", "1"]);
    only_finds(&shallow, &["--base", "HEAD~1"]).says(&["shallow clone", "--unshallow", "fetch-depth: 0"]);
    only_finds(&shallow, &["--base", "main"])
        .says(&["--unshallow", "git fetch origin main:refs/remotes/origin/main"]);
}

#[test]
fn a_base_that_is_ahead_is_said_and_the_merge_base_avoids_it() {
    let repository = Repository::new("entry-ahead");
    repository.write("a", "1");
    let parted = repository.commit("first");
    repository.git(&["checkout", "--quiet", "-b", "pr"]);
    repository.write("b", "1");
    repository.commit("of the pull request");
    let level = only_finds(&repository, &["--base", "main"]);
    assert!(!level.stderr.contains("is ahead"), "{level}");
    repository.git(&["checkout", "--quiet", "main"]);
    for n in ["2", "3"] {
        repository.write("a", n);
        repository.commit(n);
    }
    repository.git(&["checkout", "--quiet", "pr"]);
    only_finds(&repository, &["--base", "main"]).says(&["main is ahead: it has 2 commits", "--merge-base"]);
    let merged = only_finds(&repository, &["--base", "main", "--merge-base"]);
    merged.says(&[&format!("is {}", &parted[..12])]);
    assert!(!merged.stderr.contains("is ahead"), "{merged}");
    let other_way = only_finds(&repository, &["--base", "pr", "--head", "main", "--merge-base"]);
    other_way.says(&[&parted[..12]]);

    repository.git(&["checkout", "--quiet", "--orphan", "alone"]);
    repository.commit("without history");
    only_finds(&repository, &["--base", "main", "--merge-base"])
        .says(&["no merge base", "no commit in common"]);
    let shallow =
        clone("entry-ahead-shallow", &repository, &["--branch", "pr", "--depth", "1", "--no-single-branch"]);
    only_finds(&shallow, &["--base", "main", "--merge-base"]).says(&["no merge base", "--unshallow"]);
}

#[test]
fn a_bench_target_without_its_harness_line_is_named_with_the_line() {
    let repository = Repository::new("entry-harness");
    let manifest = |benches: &str| {
        let library = crate::common::crates::library();
        format!(
            "[package]\nname = \"entry-harness\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
             [dev-dependencies]\nduel = {{ path = {library:?} }}\n\n{benches}\n[workspace]\n"
        )
    };
    repository.write("src/lib.rs", "");
    repository.write("benches/found.rs", "use duel::{Family, main};\nmain!(a());\n");
    let list = || run(cargo_duel(&repository.folder, ["list"]));
    repository.write("Cargo.toml", &manifest(""));
    list().exits(2).says(&[
        "\"found\"",
        "calls duel::main!",
        "[[bench]]\n  name = \"found\"\n  harness = false",
    ]);
    repository.write("Cargo.toml", &manifest("[[bench]]\nname = \"other\"\npath = \"benches/found.rs\"\n"));
    list().exits(2).says(&["\"other\"", "add the line `harness = false`", "name = \"other\"", "Cargo.toml"]);
    // As a member, seen from the workspace.
    repository.write("member/src/lib.rs", "");
    repository.write("member/benches/found.rs", "duel::main!(a());\n");
    repository.write("member/Cargo.toml", &manifest("").replace("[workspace]\n", ""));
    fs::remove_dir_all(repository.folder.join("src")).unwrap();
    repository.write("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"member\"]\n");
    list().exits(2).says(&["add these lines to member/Cargo.toml"]);
}

#[test]
fn the_first_benchmarks_pass_where_that_is_wished_and_only_if_they_are_right() {
    let repository = Repository::new("entry-first");
    repository.write("README", "no crate yet");
    let nothing = repository.commit("nothing");
    repository.write_stub("");
    let with_bench = fs::read_to_string(repository.folder.join("Cargo.toml")).unwrap();
    let start = with_bench.find("[dev-dependencies]").unwrap();
    repository.write("Cargo.toml", &with_bench[..start]);
    repository.commit("a crate");
    // Another target lacks the line that this one has.
    repository.write("Cargo.toml", &with_bench);
    repository.write("benches/entry_forgotten.rs", "duel::main!(a());\n");

    let gate = |words: &[&str]| {
        let mut command =
            cargo_duel(&repository.folder, ["gate", "--message-format", "json"].iter().chain(words));
        command.env("XDG_CACHE_HOME", repository.cache());
        run(on_github(command, &repository.folder))
    };
    for base in ["main", &nothing] {
        let refused = gate(&["--base", base]);
        refused.exits(2).says(&["has no benchmarks yet", "--missing-base pass"]);
        assert!(!refused.stderr.contains("duel init"), "{refused}");
        says_everywhere(&refused, &repository.folder, "has no benchmarks yet");
    }
    gate(&["--base", "no-such", "--missing-base", "pass"]).exits(2);

    repository.write("duel.toml", "missing-base = \"pass\"\n");
    let passed = gate(&["--base", "main"]);
    passed.exits(0).says(&[
        "::notice title=duel%3A nothing to compare with::",
        "\"entry_forgotten\"",
        "harness = false",
    ]);
    let read = |path| fs::read_to_string(repository.folder.join(path)).unwrap();
    let tests = read("tests.xml");
    assert!(tests.contains("skipped=\"1\"") && tests.contains("errors=\"0\""), "{tests}");
    assert!(read("summary.md").contains("has no benchmarks yet"));

    repository.write("src/lib.rs", &answering("\"wrong\".to_owned()"));
    gate(&["--base", "main"]).exits(4);
    assert!(read("tests.xml").contains("errors=\"1\""), "{}", read("tests.xml"));
}
