//! Counters of processor and system: what a machine has is counted over iterations alone, and what it
//! lacks is said once.

use std::path::Path;

use crate::common::{
    Done,
    crates::{Crate, manifest},
    record::lines,
    text,
};
use serde_json::Value;
use tempfile::tempdir;

const BENCH: &str = include_str!("crates/touching.rs");

/// Of 64 fresh pages within 40 MiB, each touched once: 20 where the system hands out huge ones.
const FEWEST_FAULTS: f64 = 19.5;

fn touching() -> Crate {
    Crate::new(
        "touching",
        &[("Cargo.toml", &manifest("touching", &["touching"])), ("benches/touching.rs", BENCH)],
    )
}

fn counted(out: &Path, words: &[&str]) -> (Vec<Value>, Done) {
    let mut all = vec!["run", "--instruments=counters"];
    all.extend(words);
    let done = touching().duel_json(out, &all);
    (lines(&done.exits(0).run_folder()), done)
}

fn per_iter(lines: &[Value], variant: &str, counter: &str) -> f64 {
    let line = lines.iter().find(|line| {
        line["kind"] == "counters" && text(&line["arm"], "case").contains(&format!("/{variant}@"))
    });
    let counts = line.unwrap_or_else(|| panic!("no counters of {variant}"))["summary"]["counts"].as_array();
    let count = counts.into_iter().flatten().find(|count| count["name"] == counter);
    count.and_then(|count| count["per_iter"].as_f64()).unwrap_or_else(|| panic!("no {counter} of {variant}"))
}

#[test]
fn what_an_iteration_does_is_counted_and_what_is_done_around_it_is_not() {
    let out = tempdir().expect("a temporary folder");
    let (lines, done) = counted(out.path(), &[]);
    let faults = per_iter(&lines, "fresh_pages", "page faults");
    assert!((FEWEST_FAULTS..=66.0).contains(&faults), "{faults}: {done}");
    // Touched in the same way before each iteration, outside of the clock.
    let faults = per_iter(&lines, "pages_made_before", "page faults");
    assert!(faults < 1.0, "{faults}: {done}");
    for variant in ["fresh_pages", "pages_made_before", "two_threads"] {
        assert!(per_iter(&lines, variant, "task clock").is_finite(), "{variant}: {done}");
    }
}

/// Each thread touches pages of its own, so two have the page faults of one, and as many again.
#[test]
fn threads_that_the_kernel_starts_are_counted_too() {
    let out = tempdir().expect("a temporary folder");
    let (lines, done) = counted(out.path(), &["thread"]);
    let [one, two] = ["one_thread", "two_threads"].map(|variant| per_iter(&lines, variant, "page faults"));
    assert!(two >= one + FEWEST_FAULTS, "{two} of two threads, {one} of one: {done}");
}

#[test]
fn what_the_machine_refuses_is_said_once_in_a_run_with_the_way_out() {
    let out = tempdir().expect("a temporary folder");
    let (lines, done) = counted(out.path(), &[]);
    let cases: Vec<&Value> = lines.iter().filter(|line| line["kind"] == "counters").collect();
    assert!(cases.len() >= 4, "{done}");
    let missing: Vec<&Value> = lines
        .iter()
        .filter(|line| line["kind"] == "unavailable" && text(line, "what").starts_with("counters: "))
        .collect();
    let mut reasons: Vec<String> = missing.iter().map(|line| text(line, "reason")).collect();
    reasons.sort();
    reasons.dedup();
    assert_eq!(reasons.len(), missing.len(), "each reason once: {missing:?}");
    assert!(missing.iter().all(|line| line["case"].is_null()), "{missing:?}");
    for case in cases {
        let summary = &case["summary"];
        let names = |key: &str| -> Vec<String> {
            summary[key].as_array().into_iter().flatten().map(|one| text(one, "name")).collect()
        };
        // What is not counted is refused, and everything is one of both.
        let (counted, refused) = (names("counts"), names("refused"));
        for name in
            ["task clock", "page faults", "context switches", "cycles", "LLC misses", "package energy"]
        {
            let (in_counted, in_refused) =
                (counted.iter().any(|one| one == name), refused.iter().any(|one| one == name));
            assert!(in_counted != in_refused, "{name} in {summary}");
        }
        for name in refused {
            let said = missing
                .iter()
                .filter(|line| text(line, "what")["counters: ".len()..].split(", ").any(|one| one == name));
            assert_eq!(said.count(), 1, "{name} in {missing:?}");
        }
    }
}
