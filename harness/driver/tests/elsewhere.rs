//! Kernels that end the process, or work in other threads and processes: neither a green test nor a smaller number may
//! come of it, with the driver or without. And what a list names can be run by its name.

use tempfile::tempdir;

use crate::common::{Done, cargo, crates::elsewhere, run};

/// `cargo WORDS` in the crate, without the driver.
fn cargo_in_crate(words: &[&str]) -> Done {
    let mut command = cargo(&elsewhere().folder);
    command.args(words).env("CARGO_TERM_COLOR", "never");
    run(command)
}

#[test]
fn a_kernel_that_exits_fails_in_every_mode() {
    for words in [
        &["test", "--profile=bench", "--bench=elsewhere", "--", "leaves/"][..],
        &["bench", "--bench=elsewhere", "--", "--warm-up-time=0.01", "--measurement-time=0.01", "leaves/"],
    ] {
        let done = cargo_in_crate(words);
        assert_ne!(done.code, Some(0), "{done}");
        done.says(&["FAILED leaves/w/s/exits", "ended the process"]);
    }
    let out = tempdir().unwrap();
    for words in [&["verify", "leaves/"][..], &["run", "--quick", "--instruments=time", "leaves/"]] {
        let done = elsewhere().duel_json(out.path(), words);
        done.exits(4);
        assert!(done.failures("leaves/w/s/exits@")[0].contains("exit status 0"), "{done}");
    }
}

#[test]
fn every_listed_name_runs_and_another_is_an_error() {
    let list =
        cargo_in_crate(&["test", "--profile=bench", "--bench=elsewhere", "--", "--list", "--format=terse"]);
    let names: Vec<&str> = list.stdout.lines().filter_map(|line| line.strip_suffix(": benchmark")).collect();
    assert_eq!(names.len(), 11, "{list}");
    let long = names.iter().find(|name| name.starts_with("long/") && name.contains("wrong")).expect("it");
    let exact =
        |name: &str| cargo_in_crate(&["test", "--profile=bench", "--bench=elsewhere", "--", "--exact", name]);
    let wrong = exact(long);
    assert_ne!(wrong.code, Some(0), "{wrong}");
    wrong.says(&["wrong answer: expected 10, found 11"]);
    exact("works/w/s/here").exits(0);
    for mode in ["test", "bench"] {
        let with = |more: &[&str]| {
            let words =
                [&[mode, "--profile=bench", "--bench=elsewhere", "--", "no such case"], more].concat();
            cargo_in_crate(&words)
        };
        let name = with(&["--exact"]);
        assert_ne!(name.code, Some(0), "{name}");
        name.says(&["error: no case of this bench target matches \"no such case\""]);
        // It may be for another target.
        with(&[]).exits(0).says(&["warning: no case of this bench target matches \"no such case\""]);
    }
    let chosen =
        cargo_in_crate(&["test", "--profile=bench", "--bench=elsewhere", "--", "--list", "^works/.*thread"]);
    assert_eq!(chosen.stdout.matches(": benchmark").count(), 2, "{chosen}");
}

#[test]
fn the_last_words_of_a_case_are_its_own() {
    let out = tempdir().unwrap();
    let done = elsewhere().duel_json(out.path(), &["verify", "writes/"]);
    done.exits(4);
    let reasons = done.failures("writes/w/s/aborts@");
    assert!(reasons[0].contains("LAST-WORDS") && !reasons[0].contains("OF-ANOTHER"), "{reasons:?}");
}

#[test]
fn work_elsewhere_is_named_in_trials_and_not_counted() {
    let out = tempdir().unwrap();
    let done = elsewhere().duel_json(
        out.path(),
        &["run", "--quick", "--trials=2", "--instruments=time,instructions", "works/"],
    );
    done.exits(0);
    let about = |variant: &str, what: &str| {
        let missing = done.of_kind("unavailable");
        missing.iter().any(|line| {
            line["what"] == what && line["case"].as_str().is_some_and(|case| case.contains(variant))
        })
    };
    for variant in ["a thread each time", "a thread that waits", "a process"] {
        assert!(about(variant, "one thread"), "{variant}: {done}");
        done.says(&[&format!("warning: works/w/s/{variant}@system: it ")]);
        if std::process::Command::new("valgrind").arg("--version").output().is_ok() {
            assert!(about(variant, "instructions"), "{variant}: {done}");
        }
    }
    assert!(!about("/here@", "one thread") && !about("/here@", "instructions"), "{done}");
}
