//! Kernels that go wrong: each is recorded as failed with its message, and everything beside
//! it is measured all the same.

use std::{collections::BTreeSet, fs, sync::LazyLock};

use crate::common::{Done, crates::faulty, record, text};
use tempfile::{TempDir, tempdir};

/// One run over all that goes wrong, with a time limit that only hanging exceeds.
static RUN: LazyLock<(TempDir, Done)> = LazyLock::new(|| {
    let out = tempdir().unwrap();
    let words =
        ["run", "--quick", "--trials=2", "--instruments=time,memory", "--bench=faulty", "--case-timeout=5s"];
    let done = faulty().duel_json(out.path(), &words);
    (out, done)
});

/// The one reason for which a family's bad variant failed.
#[track_caller]
fn reason(family: &str) -> String {
    let failures = RUN.1.failures(&format!("{family}/numbers/s/bad@"));
    assert_eq!(failures.len(), 1, "{family} in {}", RUN.1);
    failures[0].clone()
}

const FAMILIES: [&str; 12] = [
    "panics",
    "panics late",
    "panics in preparing",
    "aborts",
    "exits",
    "reads nowhere",
    "overflows its stack",
    "asks for too much",
    "hangs",
    "is wrong",
    "is wrong later",
    "is short",
];

#[test]
fn a_run_with_failures_ends_with_status_4_and_says_so_everywhere() {
    let done = &RUN.1;
    done.exits(4);
    assert_eq!(done.of_kind("finished")[0]["status"], 4);
    // Twelve bad variants, one bad reference, and what hung on it.
    assert_eq!(done.of_kind("failed").len(), 14, "{done}");
    let record = record::lines(&done.run_folder());
    assert_eq!(record::counts(&record)["failed"], 14);
    for report in ["report.html", "report.md"] {
        let report = fs::read_to_string(done.run_folder().join(report)).unwrap();
        for part in ["SIGSEGV", "no answer in 5.0s", "tired after 20 calls", "expected 34, found 35"] {
            assert!(report.contains(part), "{part} in the report");
        }
    }
    for part in ["warning:", "SIGABRT", "failed (verify)", "failed (trial)"] {
        done.says(&[part]);
    }
}

#[test]
fn everything_beside_a_failure_is_measured() {
    let done = &RUN.1;
    let expected: BTreeSet<_> =
        FAMILIES.iter().map(|family| format!("{family}/numbers/s/good@system")).collect();
    let compared: BTreeSet<_> = done.comparisons().iter().map(|line| text(line, "case")).collect();
    assert_eq!(compared, expected, "{done}");
    assert!(done.comparisons().iter().all(|comparison| comparison["trials"] == 2), "{done}");
    let lines = record::lines(&done.run_folder());
    let memory = lines.iter().filter(|line| line["kind"] == "memory").map(|line| text(&line["arm"], "case"));
    assert_eq!(memory.filter(|case| case.ends_with("/good@system")).count(), FAMILIES.len());
}

#[test]
fn a_panic_is_told_in_its_own_words_and_place() {
    let panics = reason("panics");
    assert!(
        panics.contains("I can't go on <b> with this") && panics.contains("benches/faulty.rs"),
        "{panics}"
    );
    assert!(reason("panics in preparing").contains("not even prepared"));
    assert!(reason("panics late").contains("tired after 20 calls"));
}

#[test]
fn a_death_is_told_by_its_signal_or_status_and_last_words() {
    assert!(reason("aborts").contains("SIGABRT"));
    assert!(reason("exits").contains("exit status 7"));
    assert!(reason("reads nowhere").contains("SIGSEGV"));
    assert!(reason("overflows its stack").contains("has overflowed its stack"));
    assert!(reason("asks for too much").contains("memory allocation of 8000 bytes failed"));
}

#[test]
fn a_hang_is_told_with_its_limit_and_the_option_for_it() {
    let hangs = reason("hangs");
    assert!(hangs.contains("no answer in 5.0s") && hangs.contains("--case-timeout"), "{hangs}");
}

#[test]
fn a_wrong_answer_is_told_by_its_first_difference() {
    assert_eq!(reason("is wrong"), "wrong answer: at [17]: expected 34, found 35");
    assert_eq!(reason("is wrong later"), "wrong answer: on the second call, at [0]: expected 0, found 1");
    assert_eq!(reason("is short"), "wrong answer: at length: expected 500, found 499");
}

#[test]
fn a_broken_reference_is_blamed_and_not_those_held_against_it() {
    let failures = |part| RUN.1.failures(part);
    assert!(failures("reference panics/numbers/s/reference")[0].contains("the reference itself is broken"));
    let blamed = failures("reference panics/numbers/s/good");
    assert!(
        blamed[0].contains("its reference reference panics/numbers/s/reference@system failed"),
        "{blamed:?}"
    );
}

#[test]
fn verify_alone_finds_all_that_is_wrong_before_any_clock() {
    let out = tempdir().unwrap();
    let words = ["verify", "--quick", "--bench=faulty", "wrong/", "short/", "late/"];
    let done = faulty().duel_json(out.path(), &words);
    done.exits(4);
    assert_eq!(done.of_kind("failed").len(), 2, "{done}");
    assert_eq!(done.of_kind("verified").len(), 7, "{done}");
}

#[test]
fn what_fails_under_one_allocator_leaves_other_cases_their_comparison() {
    let out = tempdir().unwrap();
    let words = [
        "compare",
        "--by=allocator",
        "--quick",
        "--trials=2",
        "--bench=faulty",
        "--allocators=system,mimalloc",
    ];
    let all = words.iter().chain(&["--instruments=time", "is wrong/"]).copied().collect::<Vec<_>>();
    let done = faulty().duel_json(out.path(), &all);
    done.exits(4);
    let compared: BTreeSet<_> = done.comparisons().iter().map(|line| text(line, "case")).collect();
    let expected = ["good", "reference"].map(|variant| format!("is wrong/numbers/s/{variant}@mimalloc"));
    assert_eq!(compared, expected.into(), "{done}");
}

#[test]
fn printing_to_stdout_anywhere_does_not_hurt() {
    let out = tempdir().unwrap();
    let done = faulty().duel_json(out.path(), &["run", "--quick", "--trials=2", "--bench=prints", "prints/"]);
    done.exits(0);
    assert_eq!(done.comparisons().len(), 1, "{done}");
    assert_eq!(record::counts(&record::lines(&done.run_folder()))["criterion"], 2);
}

#[test]
fn reading_stdin_takes_nothing_of_the_protocol_and_a_child_hides_no_death() {
    let out = tempdir().unwrap();
    let words = ["run", "--quick", "--trials=2", "--bench=prints", "--instruments=time", "reads/"];
    let done = faulty().duel_json(out.path(), &words);
    done.exits(4);
    let compared: Vec<_> = done.comparisons().iter().map(|line| text(line, "case")).collect();
    assert_eq!(compared, ["reads/numbers/s/a line@system"], "{done}");
    let failures = done.failures("reads/numbers/s/with a child");
    assert!(failures[0].contains("SIGABRT"), "{failures:?}");
}

#[test]
fn a_data_set_that_changes_between_processes_is_found_and_its_neighbour_measured() {
    let out = tempdir().unwrap();
    let words = ["run", "--quick", "--trials=2", "--bench=drifts", "--instruments=time"];
    let done = faulty().duel_json(out.path(), &words);
    done.exits(4);
    for variant in ["fold", "loop"] {
        let failures = done.failures(&format!("drifts/clock/s/{variant}"));
        assert!(failures[0].contains("its data set changed between two processes"), "{done}");
        assert!(failures[0].contains("must depend on size and seed alone"), "{done}");
    }
    let compared = done.comparisons();
    assert_eq!((compared.len(), text(&compared[0], "case")), (1, "steady/seeded/s/fold@system".to_owned()));
}

#[test]
fn a_runner_that_can_not_list_ends_the_command_with_its_reason() {
    let no_reference = faulty().duel(&["run", "--bench=no_reference"]);
    no_reference.exits(2).says(&["no_reference", "family \"orphans\" has no reference", ".reference("]);
    let twins = faulty().duel(&["run", "--bench=twins"]);
    twins.exits(2).says(&["family \"twins\" has two variants \"twin\""]);
}
