//! Runs that end before their plan is done, in whatever way: the record is readable, nothing
//! measured is lost, and `run --resume` does the rest and nothing twice.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use crate::common::{
    Done, bare_duel,
    crates::{Crate, everything, faulty, manifest},
    fakes::Fakes,
    record, text,
};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::tempdir;

/// As many as every comparison gets, however long each takes.
const TRIALS: usize = 6;
const WORDS: [&str; 6] = ["run", "--quick", "--trials=6", "--instruments=time,memory", "sort/", "increment/"];

/// What [`WORDS`] come to.
const PIECES: usize = 4 + 2 * TRIALS + 4;

/// A run under way, and the folder that it writes to.
struct UnderWay {
    child: Option<Child>,
    out: PathBuf,
}

impl UnderWay {
    /// Starts a run that stops in its trials: `sort` waits when it has had a few.
    fn start(out: &Path) -> Self {
        let mut command = bare_duel(&everything().folder, WORDS);
        fs::create_dir_all(out).expect("a folder");
        command.args(["--message-format=json", "--case-timeout=300s", "--out"]).arg(out).env("HELD_IN", out);
        let child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the command starts");
        Self { child: Some(child), out: out.to_owned() }
    }

    /// Waits until this many trials are in the record.
    fn wait_for_trials(&mut self, trials: usize) {
        let given_up = Instant::now() + Duration::from_secs(300);
        while Instant::now() < given_up {
            if self.out.join("latest/record.jsonl").is_file() {
                let lines = record::lines(&self.out.join("latest"));
                if record::counts(&lines).get("trial").is_some_and(|count| *count >= trials) {
                    return;
                }
            }
            let ended = self.child.as_mut().and_then(|child| child.try_wait().expect("it can be asked"));
            assert!(ended.is_none(), "it ended before {trials} trials: {ended:?}");
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("no {trials} trials within five minutes");
    }

    fn send(&self, signal: Signal) {
        let id =
            self.child.as_ref().and_then(|child| Pid::from_raw(child.id() as i32)).expect("it has an id");
        kill_process(id, signal).expect("a signal to a child");
    }

    fn end(mut self) -> Done {
        let child = self.child.take().expect("it ends once");
        Done::new(
            format!("cargo-duel in {}", self.out.display()),
            child.wait_with_output().expect("its output"),
        )
    }
}

/// Resumes the newest run, which must then have every piece once.
fn resume(krate: &Crate, out: &Path, pieces: usize) -> Vec<Value> {
    let done = krate.duel_json(out, &["run", "--resume"]);
    done.exits(0);
    let lines = record::lines(&out.join("latest"));
    record::nothing_twice(&lines);
    assert_eq!(record::pieces(&lines).len(), pieces, "{:?} by {done}", record::counts(&lines));
    assert_eq!(record::counts(&lines)["started"], 1);
    assert_eq!(lines.last().unwrap()["interrupted"], Value::Null);
    assert!(out.join("latest/report.html").is_file());
    lines
}

#[test]
fn ctrl_c_keeps_what_is_done_and_resume_does_the_rest() {
    let temporary = tempdir().unwrap();
    let out = temporary.path().join("out");
    everything().duel(&["list"]).exits(0);
    let mut under_way = UnderWay::start(&out);
    under_way.wait_for_trials(3);
    under_way.send(Signal::INT);
    let done = under_way.end();
    done.exits(130).says(&["interrupted; what was measured is kept", "cargo duel run --resume"]);
    assert_eq!(done.of_kind("finished")[0]["status"], 130);
    let before = record::lines(&out.join("latest"));
    assert_eq!(before.last().unwrap()["interrupted"], "user");
    assert!(record::pieces(&before).len() < PIECES, "it was interrupted");
    for report in ["report.html", "report.md"] {
        assert!(out.join("latest").join(report).is_file(), "{report}");
    }
    let after = resume(&everything(), &out, PIECES);
    assert_eq!(&after[..before.len()], &before[..], "nothing that was there has changed");
    assert_eq!(record::counts(&after)["resumed"], 1);
    let mut indices: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for trial in after.iter().filter(|line| line["kind"] == "trial") {
        indices.entry(text(&trial["arms"][0], "case")).or_default().push(trial["index"].as_u64().unwrap());
    }
    for (baseline, mut indices) in indices {
        indices.sort_unstable();
        assert_eq!(indices, (0..TRIALS as u64).collect::<Vec<_>>(), "{baseline}");
    }
}

#[test]
fn a_killed_run_leaves_no_process_and_resumes() {
    let temporary = tempdir().unwrap();
    let out = temporary.path().join("out");
    everything().duel(&["list"]).exits(0);
    let mut under_way = UnderWay::start(&out);
    under_way.wait_for_trials(2);
    under_way.send(Signal::KILL);
    assert_eq!(under_way.end().code, None);
    // A kernel that is under way is not broken off.
    fs::write(out.join("released"), "").unwrap();
    let given_up = Instant::now() + Duration::from_secs(300);
    while runners_from(&out) > 0 {
        assert!(Instant::now() < given_up, "runners outlive their driver");
        std::thread::sleep(Duration::from_millis(10));
    }
    let before = record::lines(&out.join("latest"));
    assert!(before.iter().all(|line| line["kind"] != "finished"));
    everything().duel_json(&out, &["report", "latest"]).exits(0);
    resume(&everything(), &out, PIECES);
}

/// Processes whose executable lies in this folder.
fn runners_from(out: &Path) -> usize {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    processes
        .filter(|process| fs::read_link(process.path().join("exe")).is_ok_and(|exe| exe.starts_with(out)))
        .count()
}

#[test]
fn a_used_up_time_budget_is_told_and_resume_does_the_rest() {
    let temporary = tempdir().unwrap();
    let out = temporary.path().join("out");
    let words: Vec<_> = WORDS.into_iter().chain(["--time-budget", "1ms"]).collect();
    let done = everything().duel_json(&out, &words);
    done.says(&["the time budget is used up", "cargo duel run --resume"]);
    assert_eq!(record::lines(&out.join("latest")).last().unwrap()["interrupted"], "time_budget");
    resume(&everything(), &out, PIECES);
}

#[test]
fn a_comparison_that_is_interrupted_promises_no_resuming() {
    let fakes = Fakes::new();
    let mut command = bare_duel(fakes.here(), fakes.words("stops-in-its-fourth-process", "12"));
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut under_way = UnderWay { child: Some(command.spawn().unwrap()), out: fakes.here().join("out") };
    under_way.wait_for_trials(2);
    under_way.send(Signal::INT);
    let done = under_way.end();
    done.exits(130).says(&["interrupted; what was measured is kept"]);
    assert!(!done.stderr.contains("--resume"), "only a `run` can be resumed: {done}");
}

#[test]
fn a_gate_that_is_interrupted_says_what_it_knows_by_then() {
    let fakes = Fakes::new();
    let out = fakes.here().join("out");
    let mut command = bare_duel(fakes.here(), fakes.gate_words("honest", "stops-in-its-fourth-process", &[]));
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the command starts");
    let mut gate = UnderWay { child: Some(child), out: out.clone() };
    gate.wait_for_trials(6);
    gate.send(Signal::INT);
    let done = gate.end();
    done.exits(130).says(&["interrupted; what was measured is kept"]);
    let told = done.of_kind("gate").remove(0);
    assert_eq!((&told["inconclusive"], &told["failed"]), (&2.into(), &0.into()), "{done}");
    let lines = record::lines(&done.run_folder());
    assert!(record::counts(&lines)["trial"] >= 6 && text(lines.last().unwrap(), "kind") == "finished");
}

#[test]
fn ctrl_c_while_cargo_builds_is_an_interruption_and_no_failed_build() {
    let slow = Crate::new(
        "slow",
        &[
            ("Cargo.toml", &manifest("slow", &["bells"])),
            ("src/lib.rs", ""),
            ("benches/bells.rs", include_str!("crates/bells.rs")),
            (
                "build.rs",
                "fn main() {\n    std::fs::write(\"draft\", std::process::id().to_string()).unwrap();\n    \
                 std::fs::rename(\"draft\", \"building\").unwrap();\n    \
                 std::thread::sleep(std::time::Duration::from_secs(300));\n}\n",
            ),
        ],
    );
    let building = slow.folder.join("building");
    let _ = fs::remove_file(&building);
    let mut command = bare_duel(&slow.folder, ["run"]);
    // As a terminal does it: the signal goes to the whole group.
    let child = command.process_group(0).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let given_up = Instant::now() + Duration::from_secs(300);
    while !building.exists() {
        assert!(Instant::now() < given_up, "cargo does not come to the build script");
        std::thread::sleep(Duration::from_millis(10));
    }
    let group = Pid::from_raw(child.id() as i32).unwrap();
    rustix::process::kill_process_group(group, Signal::INT).unwrap();
    let done = Done::new("cargo-duel run".to_owned(), child.wait_with_output().unwrap());
    done.exits(130).says(&["interrupted"]);
    assert!(!done.stderr.contains("could not build"), "{done}");
    let script = Path::new("/proc").join(fs::read_to_string(building).unwrap()).join("cmdline");
    // One that has ended and that nobody reaps has no command line.
    while fs::read(&script).is_ok_and(|words| String::from_utf8_lossy(&words).contains("build-script-build"))
    {
        assert!(Instant::now() < given_up, "the build script outlives the command");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn two_runs_at_once_in_one_folder_keep_apart() {
    let fakes = Fakes::new();
    let start = |mode| {
        let mut command = bare_duel(fakes.here(), fakes.words(mode, "3"));
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let children = [start("one"), start("another"), start("one")];
    let runs = children.map(|child| Done::new("compare".to_owned(), child.wait_with_output().unwrap()));
    for done in &runs {
        assert_eq!(done.is_measured().comparisons().len(), 2, "{done}");
    }
    assert_eq!(fs::read_dir(fakes.here().join("out/runs")).unwrap().count(), 3);
}

/// A whole run of families with failures in them, cut after this many bytes of its record.
fn cut_and_resume(whole: &Path, record: &[u8], length: usize) -> Vec<Value> {
    let temporary = tempdir().unwrap();
    let out = temporary.path();
    let folder = out.join("runs").join(whole.file_name().unwrap());
    fs::create_dir_all(folder.join("profiles")).unwrap();
    fs::create_dir_all(folder.join("heap")).unwrap();
    fs::write(folder.join("record.jsonl"), &record[..length]).unwrap();
    std::os::unix::fs::symlink(&folder, out.join("latest")).unwrap();
    let reported = faulty().duel_json(out, &["report", "latest"]);
    reported.exits(0);
    if record[length - 1] != b'\n' {
        reported.says(&["was cut in the middle of its last line", "left out"]);
    }
    let resumed = faulty().duel_json(out, &["run", "--resume", "--bench=faulty"]);
    resumed.exits(4);
    record::lines(&folder)
}

#[test]
fn a_record_cut_anywhere_is_reported_and_resumed_and_nothing_measured_twice() {
    let temporary = tempdir().unwrap();
    let words =
        ["run", "--quick", "--trials=4", "--instruments=time", "--bench=faulty", "is wrong/", "panics late/"];
    let whole = faulty().duel_json(temporary.path(), &words);
    whole.exits(4);
    let folder = whole.run_folder();
    let lines = record::lines(&folder);
    let expected = {
        let mut pieces = record::pieces(&lines);
        pieces.sort();
        pieces
    };
    let record = fs::read(folder.join("record.jsonl")).unwrap();
    let ends: Vec<_> =
        record.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(end, _)| end + 1).collect();
    let after = |kind: &str, number: usize| {
        let found = lines.iter().enumerate().filter(|(_, line)| line["kind"] == kind).nth(number);
        ends[found.unwrap_or_else(|| panic!("no line {number} of {kind}")).0]
    };
    let cuts = [
        // Right after the first line, within the verifications, and within and between trials.
        ends[0],
        after("verified", 1) - 7,
        after("trial", 1) - 100,
        after("trial", 4),
        // All measured, and the end not told.
        record.len() - 3,
    ];
    for cut in cuts {
        let lines = cut_and_resume(&folder, &record, cut);
        record::nothing_twice(&lines);
        let mut pieces = record::pieces(&lines);
        pieces.sort();
        assert_eq!(pieces, expected, "after a cut at {cut} of {}", record.len());
    }
}

#[test]
fn a_run_of_another_build_or_verb_is_not_gone_on_with() {
    let temporary = tempdir().unwrap();
    let out = temporary.path();
    faulty()
        .duel_json(out, &["run", "--quick", "--trials=2", "--instruments=time", "--bench=prints", "prints/"])
        .exits(0);
    let other = everything().duel_json(out, &["run", "--resume"]);
    other.exits(2).says(&["was measured with another build of faulty/prints", "start a new run"]);
    faulty()
        .duel_json(out, &["compare", "--by=variant", "--quick", "--trials=2", "--bench=prints", "prints/"])
        .exits(0);
    let compared = faulty().duel_json(out, &["run", "--resume", "--bench=prints"]);
    compared.exits(2).says(&["is a `compare`, not a `run`"]);
}

#[test]
fn a_full_disk_ends_the_run_with_what_was_recorded_before() {
    let fakes = Fakes::new();
    // What the whole record and the largest report need.
    fakes.against_honest("equally-honest").is_measured();
    let whole = fakes.here().join("out/latest");
    let length = fs::metadata(whole.join("record.jsonl")).unwrap().len() as usize;
    let largest = fs::metadata(whole.join("report.html")).unwrap().len() as usize;
    // The kept executables are larger than any of these, and are there already.
    let done = fakes.against_honest_on_a_full_disk("equally-honest", length * 2 / 3);
    done.exits(2).says(&[
        "cannot write",
        "record.jsonl",
        "what was measured before is kept",
        "File too large",
    ]);
    let lines = record::lines(&done.run_folder());
    assert!(record::counts(&lines)["trial"] >= 1 && lines.iter().all(|line| line["kind"] != "finished"));
    let id = done.run_folder().display().to_string();
    crate::common::run(bare_duel(fakes.here(), ["report", &id])).exits(0);
    // With room for the record alone, whose times may have more digits than the other's, the report is
    // what fails, and can be made later.
    let room = length + length / 10 + 512;
    assert!(room < largest, "{room} {largest}");
    let done = fakes.against_honest_on_a_full_disk("equally-honest", room);
    done.exits(2).says(&["cannot write", "report.html", "File too large"]);
    let id = done.run_folder().display().to_string();
    assert_eq!(record::lines(&done.run_folder()).last().unwrap()["kind"], "finished");
    crate::common::run(bare_duel(fakes.here(), ["report", &id])).exits(0);
}
