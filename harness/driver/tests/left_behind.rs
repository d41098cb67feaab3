//! Processes that a runner leaves behind: in every ending of a run they end, too.

use std::{
    fs,
    path::Path,
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use crate::common::{Done, bare_duel, fakes::Fakes, text};

/// Whether a process runs. One that has ended and that nobody reaps has no command line.
fn runs(id: &str) -> bool {
    fs::read(Path::new("/proc").join(id).join("cmdline")).is_ok_and(|words| words.starts_with(b"sleep"))
}

/// The processes that runners have left so far, one for each process that took samples of `faulty`. Their
/// numbers are in files beside the copies that a run keeps of its runners.
fn left(fakes: &Fakes) -> Vec<String> {
    let kept = fs::read_dir(fakes.here().join("out/artifacts")).into_iter().flatten().flatten();
    let texts = kept.filter_map(|copy| fs::read_to_string(copy.path().join("runner.left")).ok());
    texts.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>()).collect()
}

/// The runners must have left processes, and none of them may still run.
#[track_caller]
fn are_ended(fakes: &Fakes) {
    let left = left(fakes);
    assert!(!left.is_empty(), "no process was left");
    // A process that was killed may take a moment to end.
    let given_up = Instant::now() + Duration::from_secs(60);
    while left.iter().any(|id| runs(id)) {
        assert!(Instant::now() < given_up, "of the processes {left:?} some outlive the run");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Compares an honest runner with one that ends like this and leaves a process.
#[track_caller]
fn ends_and_leaves_nothing(ending: &str, reason: &[&str]) {
    let (fakes, mode) = (Fakes::new(), format!("{ending}-and-leaves-a-process"));
    let done = fakes.against_honest(&mode);
    done.exits(4);
    let failed = text(&done.of_kind("failed")[0], "reason");
    for part in reason {
        assert!(failed.contains(part), "{mode}: nothing of {part:?} in {failed:?}");
    }
    are_ended(&fakes);
}

#[test]
fn one_that_ends_well_leaves_nothing() {
    let (fakes, mode) = (Fakes::new(), "behaves-and-leaves-a-process");
    fakes.against_honest(mode).is_measured();
    are_ended(&fakes);
}

#[test]
fn one_that_crashes_leaves_nothing_and_is_not_taken_for_hung() {
    ends_and_leaves_nothing("ends-in-sample", &["exit status 3", "I have had enough"]);
    ends_and_leaves_nothing("is-killed-in-sample", &["SIGKILL"]);
}

#[test]
fn one_that_hangs_leaves_nothing() {
    ends_and_leaves_nothing("hangs-in-sample", &["no answer in 5.0s"]);
}

#[test]
fn a_command_that_fails_leaves_nothing() {
    let (fakes, mode) = (Fakes::new(), "behaves-and-leaves-a-process");
    // The kept executables are larger than what a file may have in the second run, and are there already.
    fakes.against_honest(mode).is_measured();
    let length = fs::metadata(fakes.here().join("out/latest/record.jsonl")).unwrap().len() as usize;
    let before = left(&fakes).len();
    let done = fakes.against_honest_on_a_full_disk(mode, length * 2 / 3);
    done.exits(2).says(&["cannot write", "File too large"]);
    assert!(left(&fakes).len() > before, "{mode} left no process in the run that failed: {done}");
    are_ended(&fakes);
}

const STOPS: &str = "stops-in-its-fourth-process-and-leaves-a-process";

/// A comparison under way, whose fourth process of the candidate hangs.
fn under_way(fakes: &Fakes) -> Child {
    let mut command = bare_duel(fakes.here(), fakes.words(STOPS, "12"));
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the command starts");
    let given_up = Instant::now() + Duration::from_secs(60);
    while left(fakes).len() < 4 {
        assert!(Instant::now() < given_up, "the fourth process does not come to its samples");
        std::thread::sleep(Duration::from_millis(5));
    }
    child
}

fn interrupt(child: &Child) {
    kill_process(Pid::from_child(child), Signal::INT).expect("a signal to a child");
}

#[test]
fn ctrl_c_leaves_nothing() {
    let fakes = Fakes::new();
    let child = under_way(&fakes);
    interrupt(&child);
    let done = Done::new("cargo-duel compare".to_owned(), child.wait_with_output().unwrap());
    done.exits(130).says(&["interrupted; what was measured is kept"]);
    are_ended(&fakes);
}

#[test]
fn a_second_ctrl_c_leaves_nothing() {
    let fakes = Fakes::new();
    let mut child = under_way(&fakes);
    // As often as it takes for two of them to be met one by one.
    while child.try_wait().expect("it can be asked").is_none() {
        // It may have ended in between.
        let _ = kill_process(Pid::from_child(&child), Signal::INT);
        std::thread::sleep(Duration::from_millis(1));
    }
    let done = Done::new("cargo-duel compare".to_owned(), child.wait_with_output().unwrap());
    done.exits(130);
    are_ended(&fakes);
}
