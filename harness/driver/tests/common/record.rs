//! Records, read back as any tool would: line by line, as JSON.

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::Value;

/// All whole lines of a run's record.
pub fn lines(run_folder: &Path) -> Vec<Value> {
    let path = run_folder.join("record.jsonl");
    let text =
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()));
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line:?} is no JSON: {error}")))
        .collect()
}

/// How often each kind of line comes.
pub fn counts(lines: &[Value]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for line in lines {
        *counts.entry(super::text(line, "kind")).or_default() += 1;
    }
    counts
}

/// What each line measured: the same piece must never come twice.
pub fn pieces(lines: &[Value]) -> Vec<String> {
    lines
        .iter()
        .filter_map(|line| {
            let kind = super::text(line, "kind");
            let what = match kind.as_str() {
                "trial" => {
                    let arms = line["arms"].as_array().expect("a trial has arms");
                    let arms: Vec<_> =
                        arms.iter().map(|arm| format!("{}{}", arm["artifact"], arm["case"])).collect();
                    format!("{} {} {}", line["factor"], line["index"], arms.join(" "))
                }
                "failed" => format!("{} {}", line["arm"], line["stage"]),
                // Verifications, and what instruments found.
                _ if line["arm"].is_object() => line["arm"].to_string(),
                _ => return None,
            };
            Some(format!("{kind} {what}"))
        })
        .collect()
}

/// Panics where a piece of work was done twice.
#[track_caller]
pub fn nothing_twice(lines: &[Value]) {
    let mut pieces = pieces(lines);
    pieces.sort();
    for pair in pieces.windows(2) {
        assert_ne!(pair[0], pair[1], "measured twice");
    }
}

/// Replaces the times of all trials in a record: each iteration of a case takes as many nanoseconds as
/// it is given.
pub fn make_up_times(run_folder: &Path, ns_per_iter: impl Fn(&str) -> u64) {
    let mut lines = lines(run_folder);
    for line in lines.iter_mut().filter(|line| line["kind"] == "trial") {
        for arm in line["arms"].as_array_mut().expect("a trial has arms") {
            let iters = arm["iters"].as_u64().expect("a number of iterations");
            let time_ns = iters * ns_per_iter(&super::text(arm, "case"));
            for sample in arm["time_ns"].as_array_mut().expect("samples") {
                *sample = time_ns.into();
            }
        }
    }
    rewrite(run_folder, &lines);
}

/// Repeats each trial in a record this many times, under indices of their own.
pub fn repeat_trials(run_folder: &Path, times: u64) {
    let mut all = Vec::new();
    for line in lines(run_folder) {
        let copies = if line["kind"] == "trial" { times } else { 1 };
        for copy in 0..copies {
            let mut line = line.clone();
            if let Some(index) = line["index"].as_u64() {
                line["index"] = (index * times + copy).into();
            }
            all.push(line);
        }
    }
    rewrite(run_folder, &all);
}

fn rewrite(run_folder: &Path, lines: &[Value]) {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    fs::write(run_folder.join("record.jsonl"), text).expect("the record is written anew");
}
