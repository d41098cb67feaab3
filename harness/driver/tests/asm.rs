//! Machine code: of a small crate whose loops are known, from the command and in a run's record,
//! and what becomes of it where the executable says less or nothing can weigh it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
};

use crate::common::{Done, bare_duel, crates::assembled, record, run, text};
use serde_json::Value;
use tempfile::TempDir;

/// A run that keeps the code of all variants, which the tests share.
static KEPT: LazyLock<(TempDir, Done)> =
    LazyLock::new(|| duel(&["run", "--sizes=few", "--instruments=instructions,code"]));

fn duel(words: &[&str]) -> (TempDir, Done) {
    let out = tempfile::tempdir().expect("a temporary folder");
    let done = assembled().duel_json(out.path(), words);
    done.exits(0);
    (out, done)
}

/// Where there is no valgrind, what needs it is left out, loudly; a CI must have it.
fn has_valgrind() -> bool {
    let there = Command::new("valgrind").arg("--version").output().is_ok();
    if !there {
        crate::common::left_out(
            "valgrind is not installed, so no code is weighed by executions in tests",
            false,
        );
    }
    there
}

/// The only code that a command printed.
#[track_caller]
fn printed(done: &Done) -> Value {
    let all = done.of_kind("code");
    assert_eq!(all.len(), 1, "{done}");
    all[0]["summary"].clone()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

fn list<'a>(value: &'a Value, key: &str) -> &'a Vec<Value> {
    value[key].as_array().unwrap_or_else(|| panic!("{key} is no list in {value}"))
}

fn weight(code: &Value) -> f64 {
    list(code, "instructions").iter().map(|one| number(&one["weight"])).sum()
}

/// What callgrind counted of one iteration in the run that a command made.
fn counted(done: &Done) -> f64 {
    let lines = record::lines(&done.run_folder());
    let line = lines.iter().find(|line| line["kind"] == "instructions").expect("a count");
    number(&line["summary"]["instructions_per_iter"][0])
}

#[test]
fn the_hot_loop_is_listed_with_weights_that_sum_to_the_count() {
    if !has_valgrind() {
        return;
    }
    let (_out, done) = duel(&["asm", "few/packed"]);
    let code = printed(&done);
    assert_eq!(code["weighed_by"], "executed", "{code}");
    let (sum, count) = (weight(&code), counted(&done));
    assert!((sum - count).abs() < 0.02 * count + 30.0, "{sum} of {count}");
    assert!(number(&code["weight_share"]) > 0.85, "{code}");
    let inner = &list(&code, "loops")[0];
    assert!(number(&inner["weight_share"]) > 0.8, "{inner}");
    assert!(number(&inner["vectors"]["packed_128"]) > 0.3, "{inner}");
    let hottest = list(&code, "instructions")
        .iter()
        .max_by(|a, b| number(&a["weight"]).total_cmp(&number(&b["weight"])))
        .expect("instructions");
    assert!(number(&hottest["weight"]) > 100.0, "{hottest}");
    let sources: Vec<String> =
        list(&code, "instructions").iter().map(|one| one["source"].to_string()).collect();
    assert!(
        sources.iter().any(|place| place.contains("assembled.rs") && place.contains("fold")),
        "{sources:?}"
    );
    let inlined: Vec<_> = list(&code, "inlined").iter().map(|one| text(one, "name")).collect();
    assert!(inlined.iter().any(|name| name.contains("several_at_once")), "{inlined:?}");
}

#[test]
fn instructions_follow_each_other_without_a_gap() {
    if !has_valgrind() {
        return;
    }
    let (_out, done) = duel(&["asm", "few/scalar"]);
    let code = printed(&done);
    let mut next = code["address"].as_u64().expect("an address");
    let end = next + code["size_bytes"].as_u64().expect("a size");
    for one in list(&code, "instructions") {
        assert_eq!(one["address"].as_u64(), Some(next), "{one}");
        next += one["size_bytes"].as_u64().expect("a length");
    }
    assert_eq!(next, end);
    let inner = &list(&code, "loops")[0];
    assert_eq!(number(&inner["vectors"]["packed_128"]), 0.0, "one number at a time: {inner}");
}

#[test]
fn a_call_that_is_not_inlined_is_told_with_how_often_it_is_made() {
    if !has_valgrind() {
        return;
    }
    let (_out, done) = duel(&["asm", "few/called", "--function=called_for_each"]);
    let code = printed(&done);
    assert!(text(&code, "function").ends_with("called_for_each"), "{code}");
    let call = &list(&code, "calls")[0];
    assert!(text(call, "target").ends_with("added"), "{call}");
    assert_eq!(number(&call["weight"]), 1000.0);
    assert!(code["reached_bytes"].as_u64() > code["size_bytes"].as_u64(), "{code}");
    let (_out, done) = duel(&["asm", "few/called", "--function=added"]);
    assert!(text(&printed(&done), "function").ends_with("added"));
}

#[test]
fn people_see_shares_loops_source_and_what_it_comes_to() {
    let done = assembled().duel(&["asm", "few/packed", "--color=never"]);
    done.exits(0).prints(&[
        "sum/numbers/few/packed@system",
        " %",
        "┌",
        "└",
        "assembled.rs:",
        "inner loop 128-bit wide",
        "inlined",
    ]);
}

#[test]
fn two_cases_are_held_against_each_other_as_a_diff() {
    let done = assembled().duel(&["asm", "few/packed", "--against", "few/scalar", "--color=never"]);
    done.exits(0).prints(&[
        "- sum/numbers/few/scalar@system",
        "+ sum/numbers/few/packed@system",
        "instructions are the same",
        "inner loop without vectors",
    ]);
    let marks = |mark: &str| done.stdout.lines().filter(|line| line.starts_with(mark)).count();
    assert!(marks("- ") > 2 && marks("+ ") > 2 && marks("  ") > 2, "{done}");
}

#[test]
fn exactly_one_case_must_be_meant() {
    let crate_ = assembled();
    crate_.duel(&["asm", "packed"]).exits(2).says(&[
        "is part of 2 cases",
        "sum/numbers/few/packed@system",
        "sum/numbers/many/packed@system",
    ]);
    crate_.duel(&["asm", "nowhere"]).exits(2).says(&["no case matches \"nowhere\"", "cargo duel list"]);
    crate_.duel(&["asm", "few/packed", "--against=nowhere"]).exits(2).says(&["no case matches \"nowhere\""]);
}

#[test]
fn a_function_without_code_says_where_it_went() {
    let crate_ = assembled();
    crate_.duel(&["asm", "few/scalar", "--function=one_by_one"]).exits(2).says(&[
        "\"one_by_one\" has no code of its own",
        "inlined into",
        "#[inline(never)]",
    ]);
    crate_
        .duel(&["asm", "few/scalar", "--function=no_such_function"])
        .exits(2)
        .says(&["no function of the executable has \"no_such_function\" in its name"]);
}

#[test]
fn a_run_keeps_the_code_of_every_variant_and_reports_it() {
    if !has_valgrind() {
        return;
    }
    let folder = KEPT.1.run_folder();
    let lines = record::lines(&folder);
    let kept: Vec<_> = lines.iter().filter(|line| line["kind"] == "code").collect();
    assert_eq!(kept.len(), 3, "{}", KEPT.1);
    for line in kept {
        let instructions = list(&line["summary"], "instructions").len();
        assert!((5..=600).contains(&instructions), "{line}");
    }
    let read = |name: &str| fs::read_to_string(folder.join(name)).expect("a report");
    assert!(read("report.html").contains("class=\"asm\""));
    assert!(read("report.md").contains("inner loop 128-bit wide"));
}

/// A copy of the runner without these parts, made by binutils, which a linker needs as well.
fn stripped(folder: &Path, part: &str) -> PathBuf {
    let started = &record::lines(&KEPT.1.run_folder())[0];
    let runner = text(&started["artifacts"][0], "executable");
    let copy = folder.join(format!("runner{part}"));
    let done = Command::new("strip").arg(part).arg("-o").arg(&copy).arg(&runner).status();
    assert!(done.is_ok_and(|status| status.success()), "strip {part} {runner}");
    copy
}

/// Compares two runners by their paths, with this on `PATH`.
fn compare(sides: [&Path; 2], instruments: &str, path: &std::ffi::OsStr) -> (TempDir, Done) {
    let out = tempfile::tempdir().expect("a temporary folder");
    let mut command = bare_duel(
        out.path(),
        ["compare", "few/packed", "--quick", "--trials=2", "--sizes=few", "--measure-unchanged"],
    );
    command.arg("--baseline").arg(sides[0]).arg("--candidate").arg(sides[1]);
    command.arg(format!("--instruments={instruments}")).arg("--message-format=json");
    command.arg("--out").arg(out.path().join("out")).env("PATH", path);
    let done = run(command);
    done.is_measured();
    (out, done)
}

#[test]
fn a_runner_without_symbols_says_how_to_keep_them_and_one_without_debug_information_has_no_source() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (bare, lean) = (stripped(folder.path(), "--strip-all"), stripped(folder.path(), "--strip-debug"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let (_out, done) = compare([&bare, &lean], "time,profile,code", &path);
    let missing = done.of_kind("unavailable");
    let of_code: Vec<_> = missing.iter().filter(|line| line["what"] == "code").collect();
    assert_eq!(of_code.len(), 1, "{done}");
    assert!(text(of_code[0], "reason").contains("no symbols"), "{done}");
    let lines = record::lines(&done.run_folder());
    let remedy = lines.iter().find(|line| line["kind"] == "unavailable" && line["what"] == "code");
    assert!(remedy.is_some_and(|line| text(line, "remedy").contains("strip")), "{remedy:?}");
    let kept: Vec<_> = lines.iter().filter(|line| line["kind"] == "code").collect();
    assert_eq!(kept.len(), 1, "{done}");
    let instructions = list(&kept[0]["summary"], "instructions");
    assert!(instructions.len() > 5 && instructions.iter().all(|one| one["source"].is_null()), "{kept:?}");
}

#[test]
fn without_valgrind_the_profile_weighs() {
    let started = &record::lines(&KEPT.1.run_folder())[0];
    let runner = PathBuf::from(text(&started["artifacts"][0], "executable"));
    let nothing = tempfile::tempdir().expect("a temporary folder");
    let all = "time,instructions,profile,code";
    let (_out, done) = compare([&runner, &runner], all, nothing.path().as_os_str());
    let lines = record::lines(&done.run_folder());
    let kept: Vec<_> = lines.iter().filter(|line| line["kind"] == "code").collect();
    assert_eq!(kept.len(), 2, "{done}");
    for line in kept {
        assert_eq!(line["summary"]["weighed_by"], "samples", "{line}");
        assert!(weight(&line["summary"]) > 0.0, "{line}");
    }
}

#[test]
fn without_anything_that_weighs_that_is_said_with_the_way_out() {
    let (_out, done) = duel(&["run", "few/packed", "--sizes=few", "--instruments=code"]);
    let missing = done.of_kind("unavailable");
    assert_eq!(missing.len(), 1, "{done}");
    assert!(text(&missing[0], "reason").contains("not known which function is hot"), "{done}");
}
