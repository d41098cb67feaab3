//! `doctor`: one screen that tells what a machine can measure, how to get the rest, and how small a
//! change it shows.

use std::{path::Path, sync::LazyLock};

use crate::common::{Done, bare_duel, run, text};
use serde_json::Value;
use tempfile::tempdir;

const LINES: usize = 45;
const COLUMNS: usize = 100;

/// `cargo-duel doctor --quick WORDS` in an empty folder, where no program is installed.
fn without_programs(words: &[&str]) -> Done {
    let here = tempdir().expect("a temporary folder");
    let mut command = bare_duel(here.path(), ["doctor", "--quick"].iter().chain(words));
    command.env("PATH", here.path());
    run(command)
}

/// What it prints for people and for programs, which the tests share.
static PRINTED: LazyLock<Done> = LazyLock::new(|| without_programs(&[]));
static FOUND: LazyLock<Value> = LazyLock::new(|| diagnosis(&without_programs(&["--message-format=json"])));

fn diagnosis(done: &Done) -> Value {
    let found = done.exits(0).of_kind("doctor");
    assert_eq!((found.len(), done.messages().len()), (1, 1), "{done}");
    found[0].clone()
}

fn of<'a>(all: &'a Value, name: &str) -> Vec<&'a Value> {
    all.as_array().expect("a list").iter().filter(|one| one["name"] == name).collect()
}

#[test]
fn what_is_not_installed_has_the_command_that_installs_it() {
    PRINTED.exits(0).prints(&[
        "valgrind is not installed; install it: apt-get install valgrind",
        "perf is not installed; install it: apt-get install linux-perf",
        "rustc not found; install Rust from https://rustup.rs",
    ]);
    let found = &*FOUND;
    for (name, remedy) in [("instructions", "valgrind"), ("profile: perf", "linux-perf")] {
        let checks = of(&found["instruments"], name);
        assert_eq!(checks.len(), 1, "{name} in {found}");
        assert_eq!(checks[0]["available"], false, "{found}");
        assert!(text(checks[0], "remedy").contains(remedy), "{found}");
    }
}

#[test]
fn everything_fits_on_one_screen() {
    let done = &*PRINTED;
    let lines: Vec<&str> = done.exits(0).stdout.lines().collect();
    assert!((20..=LINES).contains(&lines.len()), "{} lines: {done}", lines.len());
    for line in lines {
        assert!(line.chars().count() <= COLUMNS, "{} columns: {line}", line.chars().count());
    }
    for name in ["time", "criterion", "memory", "heap", "profile: pprof", "counters", "energy", "code"] {
        assert!(
            done.stdout.lines().any(|line| line.trim_start().starts_with(&format!("{name}  "))),
            "{name}: {done}"
        );
    }
}

#[test]
fn programs_read_one_line_that_has_all_of_it() {
    let found = &*FOUND;
    for name in [
        "CPU",
        "cores",
        "CPU features",
        "governor",
        "turbo",
        "address space",
        "huge pages",
        "pinning",
        "clock",
    ] {
        let facts = of(&found["facts"], name);
        assert_eq!(facts.len(), 1, "{name} in {found}");
        assert!(!text(facts[0], "found").is_empty(), "{found}");
    }
    for check in found["instruments"].as_array().expect("instruments") {
        let reason = text(check, "found");
        assert!(!reason.is_empty(), "{check}");
    }
    assert!(!of(&found["instruments"], "counters").is_empty(), "{found}");
}

/// What is made of the trials is compared with made-up ones beside the code.
#[test]
fn every_kernel_is_held_against_itself() {
    let found = &*FOUND;
    let kernels = found["noise"]["kernels"].as_array().expect("kernels");
    assert_eq!(kernels.len(), 4, "{found}");
    for kernel in kernels {
        let number = |key: &str| kernel[key].as_f64().unwrap_or_else(|| panic!("{key} in {kernel}"));
        let (low, ratio, high) = (number("low"), number("ratio"), number("high"));
        assert!(low <= ratio && ratio <= high, "{kernel}");
        assert!(number("trials") >= 2.0 && number("spread") >= 0.0, "{kernel}");
    }
    assert!(found["noise"]["half_width"].is_number(), "{found}");
}

#[test]
fn the_null_comparison_leaves_nothing_behind() {
    let temporary = tempdir().expect("a temporary folder");
    let mut command = bare_duel(temporary.path(), ["doctor", "--quick"]);
    command.env("TMPDIR", temporary.path());
    run(command).exits(0).prints(&["noise floor", "a gate of 3 minutes"]);
    let left: Vec<_> = std::fs::read_dir(temporary.path()).expect("the folder").collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_temporary_folder_that_can_not_be_written_is_named() {
    let here = tempdir().expect("a temporary folder");
    let mut command = bare_duel(here.path(), ["doctor", "--quick"]);
    command.env("TMPDIR", Path::new("/proc/no/such/folder"));
    run(command).exits(2).says(&["/proc/no/such/folder"]);
}
