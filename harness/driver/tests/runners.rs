//! Runners that misbehave: each is met with a message that names it and the way out, and
//! costs nothing that was measured.

use std::{collections::BTreeSet, ffi::OsString, fs};

use crate::common::{Done, fakes::Fakes, record, text};

/// Compares an honest runner with one that does this wrong on the case `faulty`; that must
/// fail with these words, and `steady` must have all its trials.
#[track_caller]
fn loses_only_its_case(mode: &str, words: &[&str]) -> Done {
    let fakes = Fakes::new();
    let done = fakes.against_honest(mode);
    done.exits(4);
    let failed = done.of_kind("failed");
    assert_eq!(failed.len(), 1, "{mode}: {done}");
    assert_eq!(text(&failed[0], "case"), "fake/data/s/faulty@system", "{mode}: {done}");
    let reason = text(&failed[0], "reason");
    for part in words {
        assert!(reason.contains(part), "{mode}: nothing of {part:?} in {reason:?}");
    }
    let compared = done.comparisons();
    assert_eq!(compared.len(), 1, "{mode}: {done}");
    assert_eq!(
        (text(&compared[0], "case").as_str(), &compared[0]["trials"]),
        ("fake/data/s/steady@system", &3.into())
    );
    // The failure is the candidate's, and the record says so.
    let lines = record::lines(&done.run_folder());
    let failures: Vec<_> = lines.iter().filter(|line| line["kind"] == "failed").collect();
    assert_eq!(failures[0]["arm"]["artifact"], "candidate", "{mode}: {done}");
    done
}

/// A runner that can't be talked to at all ends the command with status 2.
#[track_caller]
fn is_impossible(mode: &str, words: &[&str]) {
    let fakes = Fakes::new();
    let done = fakes.against_honest(mode);
    done.exits(2).says(words).says(&["candidate", mode, "does not answer"]);
    assert_eq!(done.stdout, "", "{done}");
}

#[test]
fn an_honest_fake_is_measured_like_any_runner() {
    let fakes = Fakes::new();
    let done = fakes.against_honest("equally-honest");
    done.is_measured();
    let compared: BTreeSet<_> = done.comparisons().iter().map(|line| text(line, "case")).collect();
    assert_eq!(compared, ["faulty", "steady"].map(|variant| format!("fake/data/s/{variant}@system")).into());
}

#[test]
fn one_that_speaks_an_old_protocol_is_refused_with_both_versions() {
    is_impossible(
        "speaks-version-0",
        &["protocol version 0", "speaks 1", "rebuild it with the same version of duel"],
    );
}

#[test]
fn one_that_hangs_in_its_greeting_is_given_up() {
    is_impossible("hangs-in-hello", &["no answer in 5.0s", "--case-timeout"]);
}

#[test]
fn one_that_hangs_in_its_listing_is_given_up() {
    is_impossible("hangs-in-list", &["no answer in 5.0s", "--case-timeout"]);
}

#[test]
fn one_that_greets_or_lists_nonsense_is_quoted() {
    is_impossible(
        "greets-with-garbage",
        &["no answer of the protocol", "Hello! 😀 \\u{1b}[31mI am no runner"],
    );
    is_impossible("lists-wrong-kind", &["answered", "sampled", "to list"]);
}

#[test]
fn one_that_hangs_in_a_sample_loses_that_case_alone() {
    loses_only_its_case("hangs-in-sample", &["no answer in 5.0s", "--case-timeout"]);
}

#[test]
fn one_that_hangs_in_its_verification_loses_that_case_alone() {
    loses_only_its_case("hangs-in-verify", &["no answer in 5.0s", "--case-timeout"]);
}

#[test]
fn one_that_answers_something_else_is_quoted() {
    loses_only_its_case("samples-wrong-kind", &["answered", "listed", "to sample"]);
    loses_only_its_case("samples-garbage", &["no answer of the protocol", "take this"]);
    loses_only_its_case("samples-nothing-utf8", &["no answer of the protocol"]);
}

#[test]
fn one_whose_times_are_no_times_is_not_believed() {
    loses_only_its_case("samples-nan", &["no answer of the protocol", "NaN"]);
    loses_only_its_case("samples-negative", &["no answer of the protocol", "-5"]);
    loses_only_its_case("samples-zero", &["what can't be", "in 0 ns"]);
    loses_only_its_case("samples-for-ever", &["what can't be", "in 18446744073709551615 ns"]);
    loses_only_its_case("calibrates-to-nan", &["no answer of the protocol", "NaN"]);
    loses_only_its_case("calibrates-to-zero", &["what can't be", "0 iterations"]);
    loses_only_its_case(
        "calibrates-to-the-end-of-time",
        &["what can't be", "18446744073709551615 iterations"],
    );
}

#[test]
fn one_that_dies_within_a_trial_is_told_by_how_it_died() {
    loses_only_its_case("ends-in-sample", &["exit status 3", "I have had enough"]);
    loses_only_its_case("aborts-in-sample", &["SIGABRT"]);
    loses_only_its_case("is-killed-in-sample", &["SIGKILL"]);
}

#[test]
fn one_that_floods_stdout_is_stopped() {
    loses_only_its_case("floods-a-line", &["floods stdout"]);
    loses_only_its_case("floods-lines", &["floods stdout"]);
}

#[test]
fn one_that_answers_twice_is_not_taken_for_two_samples() {
    let reason = text(&loses_only_its_case("answers-twice", &[]).of_kind("failed")[0], "reason");
    // What comes too much is met before the next question, or as an answer that came too soon.
    assert!(reason.contains("nobody asked for") || reason.contains("what can't be"), "{reason}");
}

#[test]
fn one_that_closes_stdout_and_lives_on_is_told_as_that() {
    loses_only_its_case("closes-stdout", &["closed its stdout"]);
}

#[test]
fn what_is_no_runner_is_named_and_never_started() {
    let fakes = Fakes::new();
    let honest = fakes.runner("honest").display().to_string();
    let compare = |candidate: &str| {
        crate::common::run(crate::common::bare_duel(
            fakes.here(),
            ["compare", "--baseline", &honest, "--candidate", candidate],
        ))
    };
    compare("/bin/ls").exits(2).says(&["/bin/ls is no runner", "cargo bench --no-run"]);
    compare("/no/such/file").exits(2).says(&["/no/such/file"]);
    // The command itself knows the marker, and must not pass for a runner.
    compare(crate::common::CARGO_DUEL).exits(2).says(&["is no runner"]);
}

#[test]
fn a_kept_build_that_is_compared_again_is_not_taken_for_an_old_one() {
    let fakes = Fakes::new();
    fakes.against_honest("a-change").is_measured();
    let artifacts = fakes.here().join("out/artifacts");
    let kept: Vec<_> =
        fs::read_dir(&artifacts).unwrap().map(|entry| entry.unwrap().path().join("runner")).collect();
    assert_eq!(kept.len(), 2, "{kept:?}");
    // More builds than are kept, all of them newer.
    for build in 0..12 {
        fs::create_dir(artifacts.join(format!("newer-{build}"))).unwrap();
    }
    let again = ["compare", "--out", "out", "--trials", "3", "--quick", "--message-format", "json"]
        .map(OsString::from);
    let sides = ["--baseline".into(), kept[0].clone().into(), "--candidate".into(), kept[1].clone().into()];
    let done = crate::common::run(crate::common::bare_duel(fakes.here(), again.into_iter().chain(sides)));
    assert_eq!(done.is_measured().comparisons().len(), 2, "{done}");
    assert!(fs::read_dir(&artifacts).unwrap().count() < 14, "builds beyond the newest few are removed");
}
