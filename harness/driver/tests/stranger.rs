//! A stranger's first minutes: a fresh crate, `cargo duel init`, `cargo duel run --quick`, and
//! every other thing that the page about one's own crate promises.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
};

use crate::common::{Done, cargo, cargo_duel, crates, record, run, text};
use serde_json::Value;

/// A fresh crate after `init` and a first quick run.
struct Stranger {
    folder: PathBuf,
    init: Done,
    first: Done,
}

static STRANGER: LazyLock<Stranger> = LazyLock::new(|| {
    // A folder as people have them.
    let above = crates::outside("stranger").join("Søren's (new) crates");
    fs::create_dir(&above).expect("a folder");
    let mut new = cargo(&above);
    new.args(["new", "--lib", "--vcs", "none", "first-steps"]);
    run(new).exits(0);
    let folder = above.join("first-steps");
    let init = run(cargo_duel(&folder, ["init"]));
    // As in a crate that depends on more than this.
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).expect("a manifest");
    fs::write(folder.join("Cargo.toml"), manifest + &crates::AS_IN_THE_WORKSPACE).expect("a manifest");
    fs::write(folder.join("Cargo.lock"), crates::lock_file()).expect("a lock file");
    let first = run(cargo_duel(&folder, ["run", "--quick", "--message-format", "json"]));
    Stranger { folder, init, first }
});

fn in_stranger(words: &[&str]) -> Done {
    run(cargo_duel(&STRANGER.folder, words))
}

fn cargo_in_stranger(words: &[&str]) -> Done {
    let mut command = cargo(&STRANGER.folder);
    // Outside the run's folder, and only what cargo itself says.
    command.args(words).env("CARGO_TERM_COLOR", "never");
    run(command)
}

fn run_folder() -> PathBuf {
    STRANGER.first.run_folder()
}

const CASES: [&str; 3] =
    ["vowels/letters/l1/chars@system", "vowels/letters/l1/bytes@system", "vowels/letters/l1/table@system"];

#[test]
fn init_writes_a_bench_target_and_says_what_comes_next() {
    STRANGER.init.exits(0).prints(&["benches/duel.rs", "Cargo.toml"]).says(&["cargo duel run --quick"]);
    let manifest = fs::read_to_string(STRANGER.folder.join("Cargo.toml")).unwrap();
    for part in ["[dev-dependencies]", "duel = ", "[[bench]]", "harness = false", "[profile.bench]"] {
        assert!(manifest.contains(part), "{part} in {manifest}");
    }
}

#[test]
fn a_second_init_is_refused_and_changes_nothing() {
    let before = fs::read_to_string(STRANGER.folder.join("Cargo.toml")).unwrap();
    in_stranger(&["init"]).exits(2).says(&["is there already", "--name"]);
    assert_eq!(fs::read_to_string(STRANGER.folder.join("Cargo.toml")).unwrap(), before);
}

#[test]
fn the_first_quick_run_ends_well_and_prints_json_alone_on_stdout() {
    let first = &STRANGER.first;
    first.exits(0);
    let kinds: Vec<_> = first.messages().iter().map(|message| text(message, "kind")).collect();
    assert_eq!(kinds.first().map(String::as_str), Some("started"), "{first}");
    assert_eq!(kinds.last().map(String::as_str), Some("finished"), "{first}");
    assert_eq!(first.of_kind("finished")[0]["status"], 0);
    let verified: Vec<_> = first.of_kind("verified").iter().map(|message| text(message, "case")).collect();
    assert_eq!(verified, CASES);
    let compared: Vec<_> = first.comparisons().iter().map(|message| text(message, "case")).collect();
    assert_eq!(compared, CASES[1..]);
    for comparison in first.comparisons() {
        assert_eq!((&comparison["factor"], &comparison["baseline"]), (&"variant".into(), &"chars".into()));
    }
}

#[test]
fn a_runs_folder_holds_record_reports_profiles_and_heaps() {
    let folder = run_folder();
    assert!(folder.starts_with(STRANGER.folder.join("target/duel/runs")), "{}", folder.display());
    for file in ["record.jsonl", "report.html", "report.md", "report.csv"] {
        assert!(fs::metadata(folder.join(file)).unwrap().len() > 100, "{file}");
    }
    for case in CASES {
        let stem = format!("work-tree.first-steps.duel.{}", case.replace(['/', '@'], "."));
        let folded = fs::read_to_string(folder.join(format!("profiles/{stem}.folded"))).unwrap();
        for line in folded.lines() {
            let (stack, count) = line.rsplit_once(' ').expect("a stack and its count");
            assert!(!stack.is_empty() && count.parse::<u64>().is_ok(), "{line}");
        }
        let svg = fs::read_to_string(folder.join(format!("profiles/{stem}.svg"))).unwrap();
        assert!(svg.contains("<svg") && svg.trim_end().ends_with("</svg>"), "{stem}.svg");
        let heap: Value = read_json(&folder.join(format!("heap/{stem}.json")));
        assert_eq!(heap["dhatFileVersion"], 2, "what dhat's own viewer reads");
    }
    let latest = STRANGER.folder.join("target/duel/latest");
    assert!(fs::symlink_metadata(&latest).unwrap().is_symlink());
    assert!(latest.join("record.jsonl").is_file());
}

#[test]
fn the_record_starts_with_where_and_how_and_ends_finished() {
    let lines = record::lines(&run_folder());
    let started = &lines[0];
    assert_eq!((&started["kind"], &started["format"]), (&"started".into(), &2.into()));
    assert_eq!(started["run"], run_folder().file_name().unwrap().to_str().unwrap());
    assert_eq!((&started["settings"]["quick"], &started["settings"]["trials"]), (&true.into(), &8.into()));
    assert!(started["machine"]["cores"].as_u64() > Some(0) && started["machine"]["rustc"].is_string());
    assert_eq!(started["artifacts"][0]["runner"], "first-steps/duel");
    let counts = record::counts(&lines);
    // A slow machine takes fewer than 8, but not fewer than an interval needs.
    assert!((6..=8).contains(&counts["trial"]), "{counts:?}");
    for (kind, count) in [("verified", 3), ("criterion", 3), ("memory", 3), ("heap", 3), ("profile", 3)] {
        assert_eq!(counts.get(kind), Some(&count), "{kind} in {counts:?}");
    }
    assert_eq!(lines.last().unwrap()["kind"], "finished");
    record::nothing_twice(&lines);
}

#[test]
fn criterions_folder_is_what_its_other_tools_read() {
    for case in CASES {
        let (data_set, variant) = case.rsplit_once('/').unwrap();
        let folder =
            run_folder().join("criterion").join(data_set.replace('/', "_")).join(variant).join("new");
        let benchmark = read_json(&folder.join("benchmark.json"));
        assert_eq!(benchmark["full_id"], case);
        assert!(benchmark["group_id"].is_string() && benchmark["directory_name"].is_string(), "{benchmark}");
        let estimates = read_json(&folder.join("estimates.json"));
        for estimate in ["mean", "median", "std_dev", "median_abs_dev"] {
            assert!(estimates[estimate]["point_estimate"].as_f64() >= Some(0.0), "{estimate} in {estimates}");
            let interval = &estimates[estimate]["confidence_interval"];
            assert!(interval["lower_bound"].is_f64() && interval["upper_bound"].is_f64(), "{estimates}");
        }
        let sample = read_json(&folder.join("sample.json"));
        let length = |key: &str| sample[key].as_array().map(Vec::len);
        assert!(length("iters") >= Some(10) && length("iters") == length("times"), "{sample}");
    }
}

#[test]
fn the_report_comes_again_from_the_record_alone() {
    let html = fs::read(run_folder().join("report.html")).unwrap();
    let markdown = fs::read(run_folder().join("report.md")).unwrap();
    fs::remove_file(run_folder().join("report.md")).unwrap();
    let again = in_stranger(&["report", "latest", "--message-format=json"]);
    assert_eq!(again.exits(0).comparisons(), STRANGER.first.comparisons());
    assert_eq!(fs::read(run_folder().join("report.html")).unwrap(), html);
    assert_eq!(fs::read(run_folder().join("report.md")).unwrap(), markdown);
}

#[test]
fn a_report_needs_no_crate_and_takes_two_runs_side_by_side() {
    let elsewhere = tempfile::tempdir().unwrap();
    let out = elsewhere.path().join("out");
    let out = out.to_str().unwrap();
    in_stranger(&["run", "--quick", "--trials=2", "--instruments=time", "--out", out, "table"]).exits(0);
    let both = [run_folder(), elsewhere.path().join("out/latest")].map(|folder| folder.display().to_string());
    let done = run(cargo_duel(elsewhere.path(), ["report", &both[0], &both[1]]));
    done.exits(0).prints(&["vowels/letters/l1"]);
    for file in ["side-by-side.html", "side-by-side.md"] {
        assert!(fs::metadata(run_folder().join(file)).unwrap().len() > 100, "{file}");
    }
    run(cargo_duel(elsewhere.path(), ["report", &both[0], &both[1], &both[0]]))
        .exits(2)
        .says(&["side by side"]);
    run(cargo_duel(elsewhere.path(), ["report", "no-such-run"]))
        .exits(2)
        .says(&["no run \"no-such-run\"", "--out"]);
}

#[test]
fn list_names_every_case_for_people_and_for_programs() {
    let people = in_stranger(&["list"]);
    let ids: Vec<_> =
        people.exits(0).stdout.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(ids.len(), 6, "{people}");
    let programs = in_stranger(&["list", "--quick", "--message-format=json"]);
    let cases: Vec<_> = programs.exits(0).of_kind("case").iter().map(|case| text(case, "case")).collect();
    assert_eq!(cases, CASES);
    assert_eq!(programs.of_kind("case")[0]["reference"], true);
}

#[test]
fn verify_tells_of_every_variant_that_its_answer_is_right() {
    let done = in_stranger(&["verify"]);
    assert_eq!(done.exits(0).stdout.lines().filter(|line| line.starts_with("right")).count(), 6, "{done}");
}

#[test]
fn without_the_driver_cargo_bench_tests_and_lists_the_cases() {
    let tested = cargo_in_stranger(&["bench", "--", "--test"]);
    tested.exits(0);
    for variant in ["chars", "bytes", "table"] {
        tested.prints(&[&format!("Testing vowels/letters/l1/{variant}\nSuccess")]);
    }
    let listed = cargo_in_stranger(&["bench", "--bench", "duel", "--", "--list", "--format", "terse"]);
    let names: Vec<_> = listed.exits(0).stdout.lines().collect();
    assert_eq!(names.len(), 6, "{listed}");
    for name in names {
        assert!(name.starts_with("vowels/letters/l") && name.ends_with(": benchmark"), "{listed}");
    }
}

#[test]
fn cargo_test_runs_the_benches_once_as_tests() {
    // With the profile that everything is built with already.
    cargo_in_stranger(&["test", "--profile", "bench", "--benches"])
        .exits(0)
        .prints(&["Testing vowels/letters/l1/table\nSuccess"]);
}

#[test]
fn cargo_nextest_lists_and_runs_the_cases() {
    if !Command::new("cargo-nextest").arg("--version").output().is_ok_and(|output| output.status.success()) {
        crate::common::left_out(
            "cargo-nextest is not installed, so how it lists and runs the cases is not tested",
            true,
        );
        return;
    }
    let listed = cargo_in_stranger(&["nextest", "list", "--cargo-profile", "bench", "--benches"]);
    listed.exits(0).prints(&["vowels/letters/l1/chars", "vowels/letters/l1/table"]);
    // The smallest size of each variant, and the test that `cargo new` writes.
    let ran =
        cargo_in_stranger(&["nextest", "run", "--cargo-profile", "bench", "--benches", "--no-fail-fast"]);
    ran.exits(0).says(&["4 passed"]);
}

fn read_json(path: &Path) -> Value {
    let text =
        fs::read_to_string(path).unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{} is no JSON: {error}", path.display()))
}
