//! Comparisons along each factor, on kernels of every shape whose families know nothing of
//! allocators or threads beyond what they are told; and settings from everywhere.

use std::{collections::BTreeSet, fs, path::Path};

use crate::common::{Done, bare_duel, crates::everything, fakes::Fakes, record, run, text};
use serde_json::Value;
use tempfile::{TempDir, tempdir};

/// `cargo duel compare …` of the least length, as JSON, with its output elsewhere.
fn compare(words: &[&str]) -> (TempDir, Done) {
    let out = tempdir().unwrap();
    let all: Vec<_> = ["compare", "--quick", "--trials=2"].iter().chain(words).copied().collect();
    let done = everything().duel_json(out.path(), &all);
    (out, done)
}

fn levels(comparisons: &[Value], key: &str) -> BTreeSet<String> {
    comparisons.iter().map(|comparison| text(comparison, key)).collect()
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn any_family_is_compared_by_allocator() {
    let (_out, done) = compare(&["--by", "allocator", "double/", "sort/"]);
    let comparisons = done.exits(0).comparisons();
    assert_eq!(comparisons.len(), 4 * 2, "{done}");
    assert_eq!(levels(&comparisons, "factor"), set(&["allocator"]));
    assert_eq!(levels(&comparisons, "baseline"), set(&["system"]));
    assert_eq!(levels(&comparisons, "candidate"), set(&["mimalloc", "jemalloc"]));
    let lines = record::lines(&done.run_folder());
    for trial in lines.iter().filter(|line| line["kind"] == "trial") {
        for arm in trial["arms"].as_array().unwrap() {
            assert!(arm["core"].is_u64(), "single-threaded arms share a core: {trial}");
        }
    }
    // Peak memory stands beside the times, for every arm.
    assert_eq!(record::counts(&lines)["memory"], 4 * 3);
}

#[test]
fn the_first_of_the_allocators_is_the_baseline_and_dhat_is_none_of_them() {
    let words = ["--by", "allocator", "increment/*index", "--instruments", "time", "--allocators"];
    let with = |allocators| compare(&words.iter().copied().chain([allocators]).collect::<Vec<_>>());
    let (_out, done) = with("jemalloc,system");
    let comparisons = done.exits(0).comparisons();
    assert_eq!((levels(&comparisons, "baseline"), comparisons.len()), (set(&["jemalloc"]), 1));
    let (_out, done) = with("system,dhat");
    done.exits(2).says(&["dhat", "--instruments heap"]);
    let (_out, done) = with("tcmalloc");
    done.exits(2).says(&["tcmalloc", "expected system, mimalloc or jemalloc"]);
    let (_out, done) = with("mimalloc");
    done.exits(2).says(&["not two allocators"]);
}

#[test]
fn every_variant_is_compared_with_its_reference_whatever_it_does_to_its_data() {
    let (_out, done) = compare(&["--by", "variant", "sort/", "increment/", "double/"]);
    let comparisons = done.exits(0).comparisons();
    assert_eq!(levels(&comparisons, "candidate"), set(&["unstable", "index", "push"]));
    assert_eq!(levels(&comparisons, "baseline"), set(&["stable", "for", "collect"]));
}

#[test]
fn a_filter_for_one_variant_brings_its_reference_along() {
    let (_out, done) = compare(&["--by", "variant", "--instruments", "time", "double/*push"]);
    assert_eq!(levels(&done.exits(0).comparisons(), "baseline"), set(&["collect"]));
    let (_out, done) = compare(&["--by", "variant", "double/*collect"]);
    done.exits(2).says(&["no chosen case has a reference other than itself"]);
}

#[test]
fn a_parallel_variant_is_compared_by_threads_and_not_pinned() {
    let (_out, done) = compare(&["--by", "threads", "--threads", "1,2,3", "--instruments", "time"]);
    let comparisons = done.exits(0).comparisons();
    assert_eq!(levels(&comparisons, "candidate"), set(&["2 threads", "3 threads"]), "{done}");
    assert_eq!(levels(&comparisons, "baseline"), set(&["1 thread"]));
    for trial in record::lines(&done.run_folder()).iter().filter(|line| line["kind"] == "trial") {
        assert!(trial["arms"].as_array().unwrap().iter().all(|arm| arm["core"].is_null()), "{trial}");
    }
    let (_out, done) = compare(&["--by", "threads", "--threads", "1,2", "sort/"]);
    done.exits(2).says(&["no chosen case is parallel", "--threads 1,2"]);
}

#[test]
fn an_artifact_is_compared_with_itself() {
    let (_out, listed) = compare(&["--by", "variant", "--instruments", "time", "increment/*index"]);
    let started = &record::lines(&listed.run_folder())[0];
    let runner = text(&started["artifacts"][0], "executable");
    let words = ["--baseline", &runner, "--candidate", &runner, "--instruments", "time", "increment/*index"];
    let (_out, same) = compare(&words);
    let comparisons = same.exits(0).comparisons();
    assert_eq!((levels(&comparisons, "factor"), comparisons.len()), (set(&["artifact"]), 1), "{same}");
    assert_eq!(levels(&comparisons, "verdict"), set(&["identical"]), "{same}");
    let measured: Vec<_> = words.iter().copied().chain(["--measure-unchanged"]).collect();
    let (_out, measured) = compare(&measured);
    assert_eq!(measured.is_measured().comparisons()[0]["trials"], 2, "{measured}");
}

/// Of runners whose times are made up: three times the iterations are three times the time.
#[test]
fn an_injected_slowdown_is_seen() {
    let fakes = Fakes::new();
    let mut command = bare_duel(fakes.here(), fakes.words("equally-honest", "2"));
    command.args(["--instruments=time", "--inject=3", "/faulty"]);
    let slow = run(command);
    let comparisons = slow.is_measured().comparisons();
    assert_eq!(comparisons.len(), 1, "{slow}");
    assert!(comparisons[0]["ratio"].as_f64().is_some_and(|ratio| (ratio - 3.0).abs() < 1e-9), "{slow}");
    let (_out, misused) = compare(&["--by", "variant", "--inject", "1.03"]);
    misused.exits(2).says(&["--inject works", "--baseline and --candidate"]);
    let (_out, misused) = compare(&["--by", "variant", "--measure-unchanged"]);
    misused.exits(2).says(&["--measure-unchanged works", "--baseline and --candidate"]);
}

#[test]
fn a_bench_target_that_is_no_runner_is_never_run() {
    let trace = everything().folder.join("bystander-ran");
    everything().duel(&["list", "-v"]).exits(0).says(&["bystander", "is no runner"]);
    assert!(!trace.exists(), "someone ran a bench target without the marker");
    everything().duel(&["list", "--bench", "bystander"]).exits(2).says(&["no runner", "cargo duel init"]);
    assert!(!trace.exists(), "someone ran a bench target without the marker");
    everything().duel(&["list", "--bench", "nowhere"]).exits(2).says(&["nowhere", "bystander, everything"]);
}

/// A crate with one case, quickly built.
const SMALL: &str = r#"//! One case.
fn small() -> duel::Family<u64, u64> {
    duel::Family::new("small", "Who sets what?", duel::exact())
        .workload("number", &[("s", 1)], |_, seed| seed)
        .reference("same", |data| move || *data)
}

duel::main!(small());
"#;

/// The settings that a run's record has.
fn settings(folder: &Path, words: &[&str], environment: &[(&str, &str)]) -> Value {
    let mut command = crate::common::cargo_duel(folder, ["verify", "--message-format=json"]);
    command.args(words).envs(environment.iter().copied());
    let done = run(command);
    done.exits(0);
    record::lines(&done.run_folder()).swap_remove(0)["settings"].take()
}

#[test]
fn a_flag_wins_over_the_environment_over_the_file_over_the_default() {
    let everything = everything();
    let settled = crate::common::crates::Crate::new(
        "settled",
        &[
            ("Cargo.toml", &crate::common::crates::manifest("settled", &["small"])),
            ("src/lib.rs", ""),
            ("benches/small.rs", SMALL),
            (
                "duel.toml",
                "out = \"from-file\"\nseed = 5\ntrials = 7\nthreads = [3]\ncase-timeout = \"30s\"\nquick = true\n",
            ),
        ],
    );
    // What an earlier test run left.
    let _ = fs::remove_dir_all(settled.folder.join("from-file"));
    let by_default = settings(&everything.folder, &["--out", "target/default", "increment/"], &[]);
    assert_eq!((&by_default["seed"], &by_default["quick"]), (&1.into(), &false.into()));
    assert_ne!(by_default["trials"], 7, "or the file's number would say nothing");
    let of_file = settings(&settled.folder, &[], &[]);
    assert_eq!(
        (&of_file["seed"], &of_file["trials"], &of_file["quick"]),
        (&5.into(), &7.into(), &true.into())
    );
    assert_eq!(of_file["threads"], serde_json::json!([3]));
    // The file's folder counts from the crate, wherever in it one stands.
    settings(&settled.folder.join("src"), &[], &[]);
    assert_eq!(fs::read_dir(settled.folder.join("from-file/runs")).unwrap().count(), 2);
    let environment = [("DUEL_SEED", "6"), ("DUEL_QUICK", "0"), ("DUEL_THREADS", "1,2")];
    let of_environment = settings(&settled.folder, &["--sizes", "s"], &environment);
    assert_eq!((&of_environment["seed"], &of_environment["trials"]), (&6.into(), &7.into()));
    assert_eq!(
        (&of_environment["quick"], &of_environment["threads"]),
        (&false.into(), &serde_json::json!([1, 2]))
    );
    let of_flag = settings(&settled.folder, &["--seed", "8", "--quick", "--threads=4"], &environment);
    assert_eq!(
        (&of_flag["seed"], &of_flag["quick"], &of_flag["threads"]),
        (&8.into(), &true.into(), &serde_json::json!([4]))
    );
}
