//! Pairs of kernels with one known cause each: the sentence must name it, in every format.

use std::{fs, path::PathBuf, sync::LazyLock};

use crate::common::{Done, crates::causes, record, text};
use serde_json::Value;
use tempfile::TempDir;

/// One comparison of all pairs, reported with times that are made up, since a sentence must not depend
/// on the machine. What was counted is as it was.
struct Compared {
    _out: TempDir,
    folder: PathBuf,
    reported: Done,
}

static COMPARED: LazyLock<Compared> = LazyLock::new(|| {
    let out = tempfile::tempdir().expect("a temporary folder");
    let done = causes().duel_json(out.path(), &["compare", "--by", "variant", "--quick"]);
    done.exits(0);
    let folder = done.run_folder();
    record::make_up_times(&folder, |case| match case.rsplit('/').next() {
        Some("four times@system") => 4_000,
        Some("fresh@system" | "few@system") => 2_000,
        _ => 1_000,
    });
    let reported = causes().duel(&["report", &folder.display().to_string(), "--message-format=json"]);
    reported.exits(0);
    Compared { _out: out, folder, reported }
});

#[track_caller]
fn comparison(family: &str) -> Value {
    let all = COMPARED.reported.comparisons();
    let found = all.iter().find(|line| text(line, "case").starts_with(family));
    (*found.unwrap_or_else(|| panic!("no comparison of {family} in {all:?}"))).clone()
}

fn plain(words: &str) -> String {
    words.replace(['\u{a0}', '\u{202f}'], " ")
}

/// Where there is no valgrind, what needs it is left out, loudly; a CI must have it.
fn has_valgrind() -> bool {
    let there = std::process::Command::new("valgrind").arg("--version").output().is_ok();
    if !there {
        crate::common::left_out("valgrind is not installed, so causes are told without instructions", false);
    }
    there
}

#[test]
fn less_work_is_told_as_fewer_instructions() {
    let line = comparison("work/");
    if has_valgrind() {
        let cause = plain(&text(&line, "cause"));
        assert!(
            cause.starts_with("4.00 times faster: ") && cause.contains("fewer instructions ("),
            "{cause}"
        );
        assert_eq!(line["contradiction"], Value::Null);
    }
}

#[test]
fn allocations_that_went_are_told_with_their_numbers() {
    let cause = plain(&text(&comparison("memory/"), "cause"));
    assert!(cause.contains("allocations 64 → 0 per iteration (32.0 KiB → 0 B)"), "{cause}");
}

#[test]
fn fewer_instructions_that_take_longer_are_flagged() {
    let line = comparison("waiting/");
    if has_valgrind() {
        let words = plain(&text(&line, "contradiction"));
        assert!(words.starts_with("fewer instructions, yet slower: each takes "), "{words}");
    }
}

#[test]
fn page_and_text_tell_what_the_terminal_tells() {
    let cause = text(&comparison("memory/"), "cause");
    let folder = &COMPARED.folder;
    for file in ["report.html", "report.md"] {
        let report = fs::read_to_string(folder.join(file)).expect("a report");
        let told = plain(&cause);
        // Markdown takes `_` for emphasis.
        assert!(plain(&report).replace('\\', "").contains(&told), "{told} in {file}");
    }
    let again = causes().duel(&["report", &folder.display().to_string()]);
    again.exits(0);
    assert!(plain(&again.stdout).contains("allocations 64 → 0"), "{}", again.stdout);
}
