//! Summaries of a user's own iai-callgrind benchmarks, beside what is measured here.

use std::fs;

use crate::common::{crates::everything, record, text};

/// As iai-callgrind 0.16.1 wrote it.
const SUMMARY: &str = include_str!("summaries/v6.json");

#[test]
fn summaries_are_shown_and_those_that_can_not_be_read_cost_nothing_else() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, content) in [
        ("good", SUMMARY.to_owned()),
        ("newer", SUMMARY.replace("\"version\":\"6\"", "\"version\":\"8\"")),
        ("cut", SUMMARY[..SUMMARY.len() / 2].to_owned()),
    ] {
        fs::create_dir(folder.path().join(name)).expect("a folder");
        fs::write(folder.path().join(name).join("summary.json"), content).expect("a summary");
    }
    let out = tempfile::tempdir().expect("a temporary folder");
    let summaries = folder.path().display().to_string();
    let done = everything()
        .duel_json(out.path(), &["run", "--quick", "--instruments=memory", "--summaries", &summaries]);
    done.is_measured();
    done.says(&["newer/summary.json", "expected 6 or 7, found 8", "cut/summary.json", "no JSON"]);
    assert_eq!(done.of_kind("unavailable").iter().filter(|m| text(m, "what").contains("summary")).count(), 2);
    let lines = record::lines(&done.run_folder());
    let foreign: Vec<_> = lines.iter().filter(|line| line["kind"] == "foreign").collect();
    assert_eq!(foreign.len(), 1, "{done}");
    assert_eq!((text(foreign[0], "tool"), text(foreign[0], "schema")), ("Callgrind".into(), "6".into()));
    assert!(lines.iter().any(|line| line["kind"] == "memory"), "the run goes on: {done}");
    let benchmark = text(foreign[0], "benchmark");
    for report in ["report.html", "report.md"] {
        let report = fs::read_to_string(done.run_folder().join(report)).unwrap();
        assert!(report.contains("Counts of your own iai-callgrind benchmarks"));
        assert!(report.replace('\\', "").contains(&benchmark), "{benchmark} in {report}");
    }
}

#[test]
fn a_folder_that_is_not_there_is_refused_before_anything_is_measured() {
    let out = tempfile::tempdir().expect("a temporary folder");
    let done = everything().duel_json(out.path(), &["run", "--quick", "--summaries", "/nowhere/at/all"]);
    done.exits(2).says(&["/nowhere/at/all", "no such folder"]);
}
