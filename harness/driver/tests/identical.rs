//! One executable on both sides: nothing is measured, and that is what is said; unless it is asked for.

use std::fs;

use crate::common::{Done, bare_duel, fakes::Fakes, record, run, text};
use serde_json::Value;

fn gate(fakes: &Fakes, mode: &str, more: &[&str]) -> Done {
    run(bare_duel(fakes.here(), fakes.gate_words(mode, mode, more)))
}

fn compare(fakes: &Fakes, mode: &str, more: &[&str]) -> Done {
    let runner = fakes.runner(mode).display().to_string();
    let words = ["compare", "--baseline", &runner, "--candidate", &runner, "--trials", "2", "--out", "out"];
    let rest = ["--quick", "--instruments=time,memory", "--message-format", "json"];
    run(bare_duel(fakes.here(), words.iter().chain(&rest).chain(more)))
}

/// How many lines of the record are of this kind.
fn lines(done: &Done, kind: &str) -> usize {
    record::counts(&record::lines(&done.run_folder())).get(kind).copied().unwrap_or(0)
}

fn verdicts(done: &Done) -> Vec<String> {
    done.comparisons().iter().map(|comparison| text(comparison, "verdict")).collect()
}

fn summary(done: &Done) -> Value {
    done.of_kind("gate").pop().unwrap_or_else(|| panic!("no gate in {done}"))
}

#[test]
fn a_gate_of_one_executable_measures_nothing_and_passes() {
    let fakes = Fakes::new();
    for more in [&[][..], &["--strict"], &["--metric", "instructions"], &["--time-budget", "1ms"]] {
        let done = gate(&fakes, "honest", more);
        done.exits(0).says(&["both sides are the same executable", "--measure-unchanged"]);
        assert_eq!(verdicts(&done), ["identical", "identical"], "{done}");
        for comparison in done.comparisons() {
            let reason = text(&comparison, "reason");
            assert!(reason.starts_with("both sides are the same executable ("), "{reason}");
            assert!(reason.ends_with("and made the same data"), "{reason}");
        }
        let counts = summary(&done);
        assert_eq!((&counts["identical"], &counts["equivalent"]), (&2.into(), &0.into()), "{done}");
        assert_eq!(counts["contaminated"], Value::Null, "{done}");
        assert_eq!((lines(&done, "trial"), lines(&done, "instructions")), (0, 0), "{done}");
        assert_eq!((lines(&done, "identical"), lines(&done, "verified")), (2, 4), "{done}");
        assert_eq!(done.of_kind("unavailable"), [] as [Value; 0], "{done}");
    }
}

#[test]
fn what_is_known_of_both_sides_is_recorded_before_the_gate_and_told() {
    let fakes = Fakes::new();
    let done = gate(&fakes, "honest", &["--junit", "tests.xml"]);
    let kinds: Vec<String> =
        record::lines(&done.run_folder()).iter().map(|line| text(line, "kind")).collect();
    let at = |kind: &str| kinds.iter().position(|one| one == kind).unwrap_or_else(|| panic!("no {kind}"));
    assert!(at("sides") < at("identical") && at("identical") < at("gate"), "{kinds:?}");
    let sides = done.of_kind("sides");
    assert_eq!(sides.len(), 1, "{done}");
    assert_eq!(sides[0]["identical"], serde_json::json!(["runner"]), "{done}");
    let read = |name: &str| fs::read_to_string(done.run_folder().join(name)).unwrap();
    let sentence = "both sides are the same executable and made the same data, so nothing was measured";
    for name in ["report.md", "report.html"] {
        assert!(read(name).contains(sentence), "{name}: {}", read(name));
    }
    assert!(read("report.csv").contains(",identical,"), "{}", read("report.csv"));
    let tests = fs::read_to_string(fakes.here().join("tests.xml")).unwrap();
    assert!(tests.contains("failures=\"0\"") && tests.contains("skipped=\"0\""), "{tests}");

    // The record alone says the same, to programs and to people.
    let again = |words: &[&str]| {
        let all = ["report", "latest", "--out", "out"];
        run(bare_duel(fakes.here(), all.iter().chain(words)))
    };
    let json = again(&["--message-format", "json"]);
    assert_eq!(json.exits(0).comparisons(), done.comparisons());
    assert_eq!(json.of_kind("sides"), sides);
    again(&[]).exits(0).prints(&["candidate", "identical: both sides are", sentence]);
    run(bare_duel(fakes.here(), ["rescore", "out"])).exits(2).says(&["--measure-unchanged"]);
}

#[test]
fn a_comparison_of_one_executable_measures_nothing_either() {
    let fakes = Fakes::new();
    let done = compare(&fakes, "honest", &[]);
    done.exits(0);
    assert_eq!(verdicts(&done), ["identical", "identical"], "{done}");
    let all = ["trial", "memory", "calibration"].map(|kind| lines(&done, kind));
    assert_eq!((all, lines(&done, "identical")), ([0; 3], 2), "{done}");
}

#[test]
fn everything_is_measured_if_asked_for_or_if_a_slowdown_is_put_in() {
    let fakes = Fakes::new();
    for more in [&["--measure-unchanged"][..], &["--inject", "1.5"]] {
        let words: Vec<&str> = more.iter().copied().chain(["/faulty"]).collect();
        for done in [gate(&fakes, "honest", &words), compare(&fakes, "honest", &words)] {
            done.is_measured();
            assert!(lines(&done, "trial") > 0, "{done}");
            assert_eq!((lines(&done, "identical"), lines(&done, "sides")), (0, 1), "{done}");
            assert_ne!(verdicts(&done), ["identical"], "{done}");
        }
    }
}

#[test]
fn one_executable_that_makes_other_data_each_time_is_not_comparable() {
    let fakes = Fakes::new();
    let done = gate(&fakes, "changes-its-data", &[]);
    let counts = summary(done.exits(0));
    assert_eq!((&counts["identical"], &counts["not_comparable"]), (&1.into(), &1.into()), "{done}");
    assert_eq!(lines(&done, "trial"), 0, "{done}");
    gate(&fakes, "changes-its-data", &["--strict"]).exits(3);
    // Nothing at all to compare is no pass.
    gate(&fakes, "changes-its-data", &["/faulty"]).exits(2);
    let done = compare(&fakes, "changes-its-data", &[]);
    let failures = done.exits(4).failures("/faulty@");
    assert!(failures[0].contains("not comparable: its data set"), "{done}");
    assert_eq!(verdicts(&done), ["identical"], "{done}");
}
