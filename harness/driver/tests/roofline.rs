//! The machine's limits: measured once, kept for the next run, and compared with the cases that state
//! their work.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::common::{
    Done, cargo_duel,
    crates::{Crate, manifest},
    record, run,
};
use serde_json::Value;

const RUN: [&str; 4] = ["run", "--quick", "--instruments=time,criterion,memory", "--trials=3"];

fn stated() -> Crate {
    let files = [
        ("Cargo.toml", &*manifest("stated", &["stated"])),
        ("src/lib.rs", ""),
        ("benches/stated.rs", include_str!("crates/stated.rs")),
    ];
    Crate::new("stated", &files)
}

/// `cargo duel run` of some families with a cache of its own.
fn measured(out: &Path, cache: &Path, words: &[&str]) -> Done {
    let mut command = cargo_duel(&stated().folder, RUN.iter().chain(words));
    command.arg("--message-format=json").arg("--out").arg(out).env("XDG_CACHE_HOME", cache);
    run(command)
}

fn calibrations(done: &Done) -> Vec<Value> {
    let mut lines = record::lines(&done.run_folder());
    lines.retain(|line| line["kind"] == "calibration");
    lines
}

/// The one file of limits that a cache holds.
fn kept(cache: &Path) -> PathBuf {
    let files = limits(cache);
    let [file] = &files[..] else { panic!("one file was expected, not {files:?}") };
    file.clone()
}

/// The files of limits in a cache, which has locks, too.
fn limits(cache: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(cache.join("duel")).into_iter().flatten();
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "json")).collect()
}

const MEASURES: &str = "measuring what this machine can do at most";

#[test]
fn limits_are_measured_once_kept_and_measured_anew_where_they_are_broken() {
    let out = tempfile::tempdir().expect("a temporary folder");
    let cache = out.path().join("cache");
    let first = measured(out.path(), &cache, &["moves"]);
    first.exits(0).says(&[MEASURES]);
    let [line] = &calibrations(&first)[..] else { panic!("one calibration was expected in {first}") };
    for (list, rate) in [("bandwidths", "bytes_per_s"), ("peaks", "flops_per_s")] {
        let rows = line[list].as_array().expect("a list");
        assert!(!rows.is_empty(), "{list} in {line}");
        assert!(rows.iter().all(|row| row[rate].as_f64().is_some_and(|rate| rate > 0.0)), "{list} in {line}");
    }
    let file = kept(&cache);
    let text = fs::read_to_string(&file).expect("the limits");

    let second = measured(out.path(), &cache, &["moves"]);
    assert!(!second.exits(0).stderr.contains(MEASURES), "{second}");
    assert_eq!(calibrations(&second), std::slice::from_ref(line), "the same limits, in a record of its own");

    fs::write(&file, &text[..text.len() / 2]).expect("half a file");
    let third = measured(out.path(), &cache, &["moves"]);
    third.exits(0).says(&["measured again", "broken", MEASURES]);
    assert_eq!(calibrations(&third).len(), 1);
    assert!(serde_json::from_str::<Value>(&fs::read_to_string(kept(&cache)).expect("the limits")).is_ok());
}

#[test]
fn a_case_is_held_against_the_limit_that_binds_it() {
    let out = tempfile::tempdir().expect("a temporary folder");
    let done = stated().duel_json(out.path(), &RUN);
    done.exits(0);
    assert_eq!(calibrations(&done).len(), 1, "{done}");
    // At a nanosecond for 16 KiB no machine is too quick for what is stated.
    record::make_up_times(&done.run_folder(), |case| if case.starts_with("boasts/") { 1 } else { 10_000 });
    stated().duel(&["report", &done.run_folder().display().to_string()]).exits(0);
    let read = |name: &str| fs::read_to_string(done.run_folder().join(name)).expect("a report");
    let (words, page) = (read("report.md"), read("report.html").replace('\u{a0}', " "));
    let section = |family: &str| {
        let from = words.find(&format!("## {family}\n")).unwrap_or_else(|| panic!("no {family} in {words}"));
        words[from + 3..].split("\n## ").next().unwrap_or_default().to_owned()
    };
    assert!(section("moves").contains("bandwidth"), "{words}");
    assert!(section("computes").contains("multiply-add peak (f64)"), "{words}");
    assert!(!section("silent").contains("at most"), "{words}");
    assert!(page.contains("More than") && page.contains("can give: not all of the stated bytes"), "boasts");
}

#[test]
fn nothing_is_measured_where_no_case_states_its_work_or_the_user_does_not_want_it() {
    let out = tempfile::tempdir().expect("a temporary folder");
    let cache = out.path().join("cache");
    for words in [&["silent"][..], &["moves", "--calibration=false"]] {
        let done = measured(out.path(), &cache, words);
        assert!(!done.exits(0).stderr.contains(MEASURES), "{done}");
        assert!(calibrations(&done).is_empty() && limits(&cache).is_empty(), "{done}");
    }
}

#[test]
fn doctor_tells_the_limits_that_it_measured() {
    let out = tempfile::tempdir().expect("a temporary folder");
    let doctor = |words: &[&str]| {
        let mut command = cargo_duel(out.path(), ["doctor", "--quick"].iter().chain(words));
        command.env("XDG_CACHE_HOME", out.path());
        run(command)
    };
    doctor(&[]).exits(0).prints(&["not measured yet"]);
    doctor(&["--calibrate"]).exits(0).prints(&["1 thread: L1 ", "1 thread: f32 ", "scalar", "kept in"]);
    doctor(&[]).exits(0).prints(&["1 thread: L1 ", "limits of"]);
    fs::write(kept(out.path()), "{}").expect("a file of limits");
    doctor(&[]).exits(0).prints(&["broken", "--calibrate"]);
}
