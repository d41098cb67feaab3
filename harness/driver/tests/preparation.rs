//! The time that preparing takes: shown where it is asked for by name, and nowhere else.

use std::fs;

use crate::common::{crates::everything, record};
use tempfile::tempdir;

#[test]
fn preparing_is_timed_in_three_processes_where_it_is_named() {
    let out = tempdir().unwrap();
    let done = everything().duel_json(out.path(), &["run", "--quick", "--instruments=preparation", "sort/"]);
    let folder = done.exits(0).run_folder();
    let lines = record::lines(&folder);
    let found: Vec<_> = lines.iter().filter(|line| line["kind"] == "preparation").collect();
    assert_eq!(found.len(), record::counts(&lines)["verified"], "{done}");
    for line in found {
        let times = line["summary"]["time_ns"].as_array().unwrap();
        assert!(times.len() == 3 && times.iter().all(|time| time.as_u64() > Some(0)), "{line}");
    }
    let html = fs::read_to_string(folder.join("report.html")).unwrap();
    assert!(html.contains("Until it is prepared, in a fresh process"));
    assert!(fs::read_to_string(folder.join("report.md")).unwrap().contains("Prepared in:"));
}

#[test]
fn a_run_that_names_no_instruments_does_not_time_it() {
    let out = tempdir().unwrap();
    let done = everything().duel_json(out.path(), &["run", "--quick", "--trials=2", "sort/*stable@system"]);
    let lines = record::lines(&done.exits(0).run_folder());
    assert!(lines.iter().all(|line| line["kind"] != "preparation"), "{done}");
    assert!(record::counts(&lines).contains_key("memory"), "{done}");
}
