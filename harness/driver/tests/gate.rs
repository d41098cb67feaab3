//! The gate, between runners whose truth is known: what it says, where it says it, how it ends,
//! and that what goes wrong with one case takes nothing from the others.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use crate::common::{
    Done, bare_duel, cargo_duel, fakes::Fakes, left_out, record, repository::Repository, run,
    stub::answering, text,
};
use serde_json::Value;
use tempfile::tempdir;

fn gate(baseline: &str, candidate: &str, more: &[&str]) -> (Fakes, Done) {
    let fakes = Fakes::new();
    let done = run(bare_duel(fakes.here(), fakes.gate_words(baseline, candidate, more)));
    (fakes, done)
}

fn number(line: &Value, key: &str) -> f64 {
    line[key].as_f64().unwrap_or_else(|| panic!("no number {key} in {line}"))
}

/// The verdict of the case of this variant; `None` where it has none.
fn verdict(done: &Done, variant: &str) -> Option<String> {
    let comparisons = done.comparisons();
    let wanted = format!("/{variant}@");
    let found = comparisons.iter().find(|line| text(line, "case").contains(&wanted))?;
    Some(text(found, "verdict"))
}

fn summary(done: &Done) -> Value {
    done.messages()
        .into_iter()
        .find(|line| line["kind"] == "gate")
        .unwrap_or_else(|| panic!("no gate in {done}"))
}

#[test]
fn a_slower_candidate_is_found_confirmed_and_told_everywhere() {
    let fakes = Fakes::new();
    let mut command =
        bare_duel(fakes.here(), fakes.gate_words("honest", "twice-as-slow", &["--junit", "tests.xml"]));
    command.env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", "summary.md");
    fs::write(fakes.here().join("summary.md"), "before\n").unwrap();
    let done = run(command);
    done.exits(1).says(&["::error title=", "fake/data/s/faulty@system"]);
    assert_eq!(verdict(&done, "faulty").as_deref(), Some("regressed"), "{done}");
    assert_ne!(verdict(&done, "steady").as_deref(), Some("regressed"), "{done}");
    let gate = summary(&done);
    assert_eq!((&gate["regressed"], &gate["contaminated"]), (&1.into(), &Value::Null), "{done}");
    let found = &done.comparisons()[1];
    assert!((number(found, "ratio") - 2.0).abs() < 1e-9, "{found}");
    assert!(text(found, "reason").contains("confirmed by"), "{found}");
    // Without any noise the margin itself.
    assert!((number(found, "smallest_detectable_ratio") - 1.01).abs() < 1e-9, "{found}");

    let tests = fs::read_to_string(fakes.here().join("tests.xml")).unwrap();
    assert!(tests.contains("<failure") && tests.contains("faulty@system"), "{tests}");
    let markdown = fs::read_to_string(fakes.here().join("summary.md")).unwrap();
    assert!(markdown.starts_with("before\n") && markdown.contains("regressed"), "{markdown}");
    let html = fs::read_to_string(done.run_folder().join("report.html")).unwrap();
    assert!(html.contains("regressed"), "the report has it");

    // Confirmed on trials that had no part in finding it; and the controls took turns, too.
    let lines = record::lines(&done.run_folder());
    let of = |purpose: &str| lines.iter().filter(|line| line["purpose"] == purpose).count();
    assert!(of("confirm") >= 8 && of("control") >= 8, "{} {}", of("confirm"), of("control"));
    for trial in lines.iter().filter(|line| line["kind"] == "trial") {
        // Its samples are within it, on whatever clock.
        let times =
            trial["arms"].as_array().unwrap().iter().flat_map(|arm| arm["time_ns"].as_array().unwrap());
        let sum: u64 = times.map(|time_ns| time_ns.as_u64().unwrap()).sum();
        assert!(sum > 0 && number(trial, "elapsed_ns") >= sum as f64, "{trial}");
    }

    // The record alone says the same.
    let again =
        run(bare_duel(fakes.here(), ["report", "latest", "--out", "out", "--message-format", "json"]));
    assert_eq!(again.exits(0).comparisons(), done.comparisons());
}

#[test]
fn the_same_runner_passes_and_a_faster_one_is_improved() {
    let (_fakes, done) = gate("honest", "honest", &["--measure-unchanged"]);
    done.exits(0);
    let gate_of_same = summary(&done);
    assert_eq!((&gate_of_same["regressed"], &gate_of_same["improved"]), (&0.into(), &0.into()), "{done}");
    let (_fakes, done) = gate("honest", "half-as-slow", &[]);
    done.exits(0);
    assert_eq!(verdict(&done, "faulty").as_deref(), Some("improved"), "{done}");
}

#[test]
fn what_cannot_be_told_is_inconclusive_and_a_fault_only_where_a_verdict_is_demanded() {
    // Half as slow again is neither within 10 % nor beyond 90 %, however often it is measured.
    let words = ["--margin", "90%", "--equivalent", "10%", "--time-budget", "10s", "/faulty"];
    let (_fakes, done) = gate("honest", "half-as-slow-again", &words);
    done.exits(0);
    assert_eq!(verdict(&done, "faulty").as_deref(), Some("inconclusive"), "{done}");
    let strict: Vec<&str> = words.iter().copied().chain(["--strict"]).collect();
    let (_fakes, done) = gate("honest", "half-as-slow-again", &strict);
    done.exits(3);
}

#[test]
fn a_case_whose_arm_goes_wrong_in_a_trial_has_failed_and_the_rest_is_told() {
    for (mode, words) in [
        ("ends-in-sample", "exit status 3"),
        ("aborts-in-sample", "SIGABRT"),
        ("hangs-in-sample", "no answer in"),
        ("samples-zero", "answered what can't be"),
        // A clock that goes backwards.
        ("samples-negative", "no answer of the protocol"),
        ("samples-for-ever", "answered what can't be"),
    ] {
        let (_fakes, done) = gate("honest", mode, &[]);
        done.exits(4).says(&["fake/data/s/faulty@system failed (trial)", words]);
        assert_eq!(verdict(&done, "faulty"), None, "{mode}: {done}");
        assert!(verdict(&done, "steady").is_some(), "{mode}: {done}");
        assert_eq!(summary(&done)["failed"], 1, "{mode}: {done}");
    }
}

#[test]
fn a_case_whose_data_differ_is_not_comparable_by_name() {
    let (_fakes, done) = gate("honest", "has-other-data", &[]);
    done.exits(0);
    assert_eq!(summary(&done)["not_comparable"], 1, "{done}");
    assert!(verdict(&done, "steady").is_some() && verdict(&done, "faulty").is_none(), "{done}");
    let (_fakes, done) = gate("honest", "has-other-data", &["--strict"]);
    done.exits(3);
    // Nothing at all to compare is no pass.
    let (_fakes, done) = gate("honest", "has-other-data", &["/faulty"]);
    done.exits(2);
}

#[test]
fn a_renamed_case_is_removed_and_added_and_none_in_common_is_no_pass() {
    let (_fakes, done) = gate("honest", "is-renamed", &[]);
    let gate_of_both = summary(done.exits(0));
    assert_eq!((&gate_of_both["added"], &gate_of_both["removed"]), (&1.into(), &1.into()), "{done}");
    let markdown = fs::read_to_string(done.run_folder().join("report.md")).unwrap();
    assert!(markdown.contains("Added: fake/data/s/renamed"), "{markdown}");
    let (_fakes, done) = gate("honest", "is-renamed", &["/renamed", "/faulty"]);
    done.exits(2).says(&["no case in common"]);
}

#[test]
fn a_time_budget_too_small_for_any_verdict_is_refused_with_one_that_would_do() {
    let (_fakes, done) = gate("honest", "honest", &["--measure-unchanged", "--time-budget", "100ms"]);
    done.exits(2).says(&["the time budget of 0.1s is too small", "--time-budget", "would do"]);
    // Known only when a trial of it was taken.
    let (_fakes, done) = gate("slow", "slow", &["--measure-unchanged", "--time-budget", "5s", "/faulty"]);
    done.exits(2).says(&["the time budget of 5.0s is too small", "would do"]);
}

#[test]
fn a_kernel_slower_than_the_budget_is_left_out_by_name_and_the_rest_goes_on() {
    let (_fakes, done) = gate("slow", "slow", &["--measure-unchanged", "--time-budget", "15s"]);
    done.exits(0);
    assert!(verdict(&done, "steady").is_some(), "{done}");
    let missing = done.messages().into_iter().find(|line| line["kind"] == "unavailable");
    let reason = text(&missing.unwrap_or_else(|| panic!("nothing unavailable in {done}")), "reason");
    assert!(reason.contains("too slow for this gate"), "{reason}");
}

#[test]
fn a_slowdown_that_is_put_in_and_not_found_contaminates_the_run() {
    let (_fakes, done) = gate("constant", "constant", &["/faulty", "--measure-unchanged"]);
    done.exits(0);
    let said = text(&summary(&done), "contaminated");
    assert!(said.contains("a slowdown of 5\u{a0}% was put in and not found"), "{said}");
    let (_fakes, done) = gate("constant", "constant", &["/faulty", "--measure-unchanged", "--strict"]);
    done.exits(3);
}

#[test]
fn a_base_that_speaks_another_protocol_is_refused_with_both_versions() {
    let (_fakes, done) = gate("speaks-version-0", "honest", &[]);
    done.exits(2).says(&["protocol version 0", "this command speaks 1"]);
}

/// The same command, as what another one starts: `taskset -c 0 COMMAND`.
fn started_by(program: &Path, words: &[&str], duel: &Command) -> Done {
    let mut command = Command::new(program);
    command.args(words).arg(duel.get_program()).args(duel.get_args());
    command.current_dir(duel.get_current_dir().expect("a folder")).stdin(Stdio::null());
    for (name, value) in duel.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    run(command)
}

#[test]
fn one_core_is_enough() {
    let fakes = Fakes::new();
    let duel = bare_duel(fakes.here(), fakes.gate_words("honest", "twice-as-slow", &[]));
    if Command::new("taskset").arg("--version").output().is_err() {
        return left_out("a gate on one core: taskset is missing (apt-get install util-linux)", false);
    }
    let done = started_by(Path::new("taskset"), &["-c", "0"], &duel);
    done.exits(1);
    assert_eq!(verdict(&done, "faulty").as_deref(), Some("regressed"), "{done}");
}

#[test]
fn a_system_that_forbids_pinning_is_told_and_a_large_slowdown_is_found_all_the_same() {
    let fakes = Fakes::new();
    let duel = bare_duel(fakes.here(), fakes.gate_words("honest", "twice-as-slow", &["/faulty"]));
    let no_pinning = Path::new(crate::common::CARGO_DUEL).with_file_name("examples").join("no_pinning");
    let done = started_by(&no_pinning, &[], &duel);
    done.exits(1);
    assert_eq!(verdict(&done, "faulty").as_deref(), Some("regressed"), "{done}");
    let missing = done.of_kind("unavailable");
    assert!(missing.iter().any(|line| text(line, "what") == "pinning"), "{done}");
    let lines = record::lines(&done.run_folder());
    let trials = lines.iter().filter(|line| line["kind"] == "trial");
    assert!(trials.flat_map(|trial| trial["arms"].as_array().unwrap()).all(|arm| arm["core"].is_null()));
}

#[test]
fn margins_come_from_the_flag_and_from_duel_toml() {
    // Twice as slow is within a margin of 150 %... which is no share; 90 % is refused by it.
    let (_fakes, done) = gate("honest", "honest", &["--margin", "150%"]);
    done.exits(2).says(&["is no share"]);
    let (_fakes, done) =
        gate("half-as-slow", "honest", &["/faulty", "--margin", "90%", "--equivalent", "95%"]);
    let changed = verdict(done.exits(1), "faulty");
    assert_eq!(changed.as_deref(), Some("regressed"), "twice is more than 90 %: {done}");
    let (_fakes, done) = gate("honest", "honest", &["--measure-unchanged", "--margin", "5%"]);
    let lines = record::lines(&done.exits(0).run_folder());
    let declared = lines.iter().find(|line| line["kind"] == "gate").unwrap();
    assert!(declared["cases"].as_array().unwrap().iter().all(|case| number(case, "change_margin") == 0.05));
}

#[test]
fn instructions_that_nobody_can_count_are_no_pass() {
    let fakes = Fakes::new();
    let mut command = bare_duel(
        fakes.here(),
        fakes.gate_words("honest", "honest", &["--measure-unchanged", "--metric", "instructions"]),
    );
    let empty = tempdir().unwrap();
    command.env("PATH", empty.path());
    run(command).exits(2).says(&["valgrind"]);
}

#[test]
fn recorded_trials_are_replayed_as_gates() {
    let fakes = Fakes::new();
    let mut command = bare_duel(fakes.here(), fakes.words("twice-as-slow", "6"));
    command.args(["--instruments", "time"]);
    // A slow machine takes no more than 6 in one run, and a gate needs more.
    record::repeat_trials(&run(command).exits(1).run_folder(), 4);
    let rescore = |words: &[&str]| {
        let all: Vec<&str> = ["rescore", "out", "--gates", "50"].iter().chain(words).copied().collect();
        run(bare_duel(fakes.here(), all))
    };
    let done = rescore(&["--message-format", "json"]);
    let line = done.exits(0).messages().remove(0);
    assert_eq!(text(&line, "kind"), "rescored", "{done}");
    assert_eq!(["pools", "gates", "cases"].map(|key| number(&line, key)), [2.0, 50.0, 100.0], "{done}");
    assert_eq!(line["regressed"], 50, "the slow case is found in every gate: {done}");
    rescore(&[]).exits(0).prints(&["gates with", "| out |"]);
    let empty = tempdir().unwrap();
    let none = run(bare_duel(fakes.here(), [Path::new("rescore"), empty.path()]));
    none.exits(2).says(&["no record.jsonl under"]);
}

#[test]
fn a_gate_of_the_work_tree_finds_what_was_changed_since_the_base() {
    let repository = Repository::with_stub("gate-tree");
    let before = repository.state();
    let start = |words: &[&str]| {
        let all = ["gate", "--base", "main", "--instruments", "time", "--message-format", "json"];
        let mut command = cargo_duel(&repository.folder, all.iter().chain(words));
        command.env("XDG_CACHE_HOME", repository.cache());
        run(command)
    };
    let same = start(&["--time-budget", "10s"]);
    same.exits(0).says(&["baseline: revision main"]);
    assert_eq!(
        (&summary(&same)["regressed"], &summary(&same)["identical"]),
        (&0.into(), &1.into()),
        "{same}"
    );
    repository.write("src/lib.rs", &answering("\"ns:800\".to_owned()"));
    let slower = start(&[]);
    slower.exits(1);
    assert_eq!(summary(&slower)["regressed"], 1, "{slower}");
    repository.git(&["checkout", "--quiet", "src/lib.rs"]);
    assert_eq!(repository.state(), before);
    let unknown = run(cargo_duel(&repository.folder, ["gate", "--base", "no-such-revision"]));
    unknown.exits(2).says(&["no-such-revision"]);
}
