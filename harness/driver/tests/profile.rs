//! CPU profiles: the verb, its files, and what becomes of them where a profiler is missing, refuses,
//! hangs or talks nonsense.

use std::{ffi::OsStr, fs, sync::LazyLock};

use crate::common::{Done, bare_duel, crates::counted, fakes::Fakes, install, record, run, text};
use serde_json::Value;
use tempfile::TempDir;

/// One profile against another, which the tests share.
static FIRST: LazyLock<(TempDir, Done)> = LazyLock::new(|| {
    let out = tempfile::tempdir().expect("a temporary folder");
    let words = ["profile", "/once@", "--against", "/twice@", "--quick", "--profiler=pprof"];
    let done = counted().duel_json(out.path(), &words);
    (out, done)
});

fn profiles(done: &Done) -> Vec<Value> {
    let mut lines = record::lines(&done.run_folder());
    lines.retain(|line| line["kind"] == "profile");
    lines
}

#[test]
fn a_case_is_profiled_against_another_in_every_format() {
    let done = &FIRST.1;
    done.exits(0);
    let [message] = <[Value; 1]>::try_from(done.of_kind("profile")).expect("one message");
    assert!(
        text(&message, "case").contains("/once@") && text(&message, "against").contains("/twice@"),
        "{message}"
    );
    let files: Vec<String> =
        message["files"].as_array().unwrap().iter().map(|file| file.as_str().unwrap().to_owned()).collect();
    for ending in [".folded", ".svg", ".speedscope.json", ".pb.gz", ".diff.svg"] {
        let file = files
            .iter()
            .find(|file| file.ends_with(ending))
            .unwrap_or_else(|| panic!("no {ending}: {files:?}"));
        assert!(fs::metadata(file).is_ok_and(|file| file.len() > 0), "{file}");
    }
    let lines = profiles(done);
    assert_eq!(lines.len(), 2, "{done}");
    for line in &lines {
        let summary = &line["summary"];
        let addresses = summary["addresses"].as_array().expect("addresses");
        let met: u64 = addresses.iter().map(|at| at["samples"].as_u64().unwrap()).sum();
        let samples = summary["samples"].as_u64().unwrap();
        assert!(samples > 0 && (1..=samples).contains(&met), "{met} of {samples}");
        assert!(summary["cpu_ns"].as_u64().unwrap() > 0);
    }
    let page = fs::read_to_string(done.run_folder().join("report.html")).unwrap();
    assert!(page.contains("CPU profile") && page.contains("Difference"), "the report shows both sides");
}

#[test]
fn a_filter_of_several_cases_is_refused_with_their_names() {
    let out = tempfile::tempdir().expect("a temporary folder");
    let done = counted().duel_json(out.path(), &["profile", "numbers", "--quick"]);
    done.exits(2).says(&["expected one", "/once@system", "/twice@system"]);
    let done = counted().duel_json(out.path(), &["profile", "/once@", "--against", "/once@", "--quick"]);
    done.exits(2).says(&["the same case on both sides"]);
}

const HANGS: &str = "exec /bin/sleep 3600";

/// Compares two runners whose profiles are made up, with this shell script as `perf` and nothing else
/// on `PATH`.
fn with_perf(script: Option<&str>, more: &[&str]) -> (TempDir, Done) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    if let Some(script) = script {
        install(folder.path(), "perf", script);
    }
    let fakes = Fakes::new();
    let [baseline, candidate] =
        ["can-be-profiled", "also-can-be-profiled"].map(|mode| fakes.runner(mode).display().to_string());
    let limit = if script.is_some_and(|script| script.contains(HANGS)) { "5s" } else { "120s" };
    let fixed = ["compare", "--quick", "--trials=2", "--instruments=profile", "/faulty@", "--case-timeout"];
    let sides = [limit, "--baseline", &baseline, "--candidate", &candidate, "--message-format=json", "--out"];
    let mut command = bare_duel(folder.path(), fixed.iter().chain(&sides).map(OsStr::new));
    command.arg(folder.path().join("out")).args(more).env("PATH", folder.path());
    let done = run(command);
    done.is_measured();
    assert_eq!(done.of_kind("failed"), [] as [Value; 0], "{done}");
    (folder, done)
}

#[test]
fn where_perf_is_missing_or_refuses_pprof_serves_and_the_record_says_why_once() {
    for (script, words) in [
        (None, "perf is not installed"),
        (Some("echo 'Error: perf_event_paranoid is 4' >&2; exit 255"), "perf_event_paranoid is 4"),
        (Some(HANGS), "no answer in 5"),
    ] {
        let (_folder, done) = with_perf(script, &[]);
        let missing = done.of_kind("unavailable");
        assert_eq!((missing.len(), &missing[0]["what"]), (1, &"perf".into()), "{done}");
        assert!(text(&missing[0], "reason").contains(words), "{missing:?}");
        let profiles = profiles(&done);
        assert_eq!(profiles.len(), 2, "{done}");
        assert!(profiles.iter().all(|line| line["summary"]["profiler"] == "pprof"), "{profiles:?}");
    }
}

#[test]
fn perf_itself_sees_the_kernel_and_nothing_of_the_harness() {
    let out = tempfile::tempdir().expect("a temporary folder");
    let done = counted().duel_json(out.path(), &["profile", "/once@", "--quick", "--profiler=perf"]);
    if done.of_kind("unavailable").iter().any(|line| line["what"] == "profile") {
        // A container may forbid it; what is made of perf's output is tested all the same.
        return crate::common::left_out(
            &format!("perf can't be used here, so it is not run in tests: {done}"),
            true,
        );
    }
    let [line] = <[Value; 1]>::try_from(profiles(&done)).expect("one profile");
    assert_eq!(line["summary"]["profiler"], "perf", "{line}");
    for stack in line["summary"]["stacks"].as_array().expect("stacks") {
        let frames = text(stack, "frames");
        assert!(frames.starts_with("once") && !frames.contains("duel::"), "{frames}");
    }
    assert!(line["summary"]["addresses"].as_array().is_some_and(|found| !found.is_empty()), "{line}");
}

/// The profiles of the family whose stacks are known, by both profilers as far as they are there: what
/// took each, the variant, and the summary.
static STACKS: LazyLock<Vec<(String, String, Value)>> = LazyLock::new(|| {
    let mut found = Vec::new();
    for profiler in ["pprof", "perf"] {
        let out = tempfile::tempdir().expect("a temporary folder");
        let choice = format!("--profiler={profiler}");
        let words = ["run", "stacks/", "--quick", "--instruments=profile", &choice];
        let done = counted().duel_json(out.path(), &words);
        done.exits(0);
        for line in profiles(&done) {
            let case = text(&line["arm"], "case");
            let variant = case.rsplit('/').next().and_then(|end| end.split('@').next()).expect("a variant");
            found.push((profiler.to_owned(), variant.to_owned(), line["summary"].clone()));
        }
        if profiler == "perf" && profiles(&done).is_empty() {
            crate::common::left_out(
                "perf can't be used here, so its stacks are not looked at in tests",
                true,
            );
        }
    }
    found
});

/// A profiler, its stacks as frames and samples, and its summary.
type Profiled = (&'static str, Vec<(String, u64)>, &'static Value);

/// What each profiler found of a variant.
fn stacks_of(variant: &str) -> Vec<Profiled> {
    let of_variant = STACKS.iter().filter(|(_, of, _)| of == variant);
    let found: Vec<_> = of_variant
        .map(|(profiler, _, summary)| {
            let stacks = summary["stacks"].as_array().expect("stacks");
            let read = |stack: &Value| (text(stack, "frames"), stack["samples"].as_u64().expect("samples"));
            (profiler.as_str(), stacks.iter().map(read).collect(), summary)
        })
        .collect();
    assert!(!found.is_empty(), "no profile of {variant}: {:?}", *STACKS);
    found
}

fn samples(stacks: &[(String, u64)], with: &str) -> u64 {
    stacks.iter().filter(|(frames, _)| frames.contains(with)).map(|(_, samples)| samples).sum()
}

#[test]
fn what_is_deep_outside_the_clock_is_not_the_kernels() {
    for (profiler, stacks, summary) in stacks_of("resets deep") {
        assert_eq!(samples(&stacks, "spent_before"), 0, "{profiler}: {summary}");
        assert!(samples(&stacks, "spent_under_the_clock") > 0, "{profiler}: {summary}");
    }
}

#[test]
fn a_deep_kernel_is_seen_and_its_lost_callers_are_counted() {
    for (profiler, stacks, summary) in stacks_of("runs deep") {
        let cut = summary["cut_stacks"].as_u64().unwrap_or_else(|| panic!("{profiler}: {summary}"));
        assert_eq!(cut, samples(&stacks, ";[callers lost];"), "{profiler}: {summary}");
        assert!(cut > 0 && samples(&stacks, "spent_under_the_clock") > 0, "{profiler}: {summary}");
        assert_eq!(summary["unattributed"], Value::Null, "{profiler}: the clock is known: {summary}");
    }
}

#[test]
fn an_array_type_is_one_readable_frame() {
    for (profiler, stacks, summary) in stacks_of("arrays") {
        let frame = |frame: &str| frame.contains("[u64 x 64]") && frame.contains("mix");
        let whole = stacks.iter().any(|(frames, _)| frames.split(';').any(frame));
        assert!(whole, "{profiler}: {summary}");
    }
}

#[test]
#[cfg(target_arch = "x86_64")]
fn two_names_of_one_address_are_one_function_that_says_both() {
    for (profiler, stacks, summary) in stacks_of("twins") {
        assert!(samples(&stacks, "twin_one (also twin_two)") > 0, "{profiler}: {summary}");
    }
}

#[test]
fn lost_callers_are_said_in_the_terminal() {
    let out = tempfile::tempdir().expect("a temporary folder");
    let words = ["profile", "/runs deep@", "--quick", "--profiler=pprof", "--color=never", "--out"];
    let out = out.path().to_str().expect("a path in UTF-8");
    let done = counted().duel(&words.into_iter().chain([out]).collect::<Vec<_>>());
    done.exits(0).prints(&["have stacks that end before the kernel's frame", "128 calls"]);
}

#[test]
fn where_perf_alone_is_allowed_there_is_no_profile_without_it() {
    let (_folder, done) = with_perf(None, &["--profiler=perf"]);
    done.says(&["profile unavailable: perf is not installed", "apt-get install"]);
    assert_eq!(profiles(&done).len(), 0, "{done}");
    let missing = done.of_kind("unavailable");
    assert_eq!((missing.len(), &missing[0]["what"]), (1, &"profile".into()), "{done}");
}

#[test]
fn a_perf_that_goes_wrong_on_a_case_leaves_it_to_pprof() {
    const WATCHES: &str = "read line; printf 'ack\\n'; trap 'exit 0' INT; while :; do /bin/sleep 0.05; done";
    for (watching, printing, words) in [
        ("echo 'no luck' >&2; exit 1", "", "no luck"),
        ("read line; echo take this; read line", "", "take this"),
        (HANGS, "", "no answer in 5"),
        (WATCHES, "echo take this", "1 lines"),
        (WATCHES, r"printf '\377\376\0 \n\t1c\n'", "no sample"),
        (WATCHES, "echo 'bad data' >&2; exit 1", "bad data"),
        (WATCHES, HANGS, "no answer in 5"),
    ] {
        let script = format!("case \"$1 $*\" in\nscript*) {printing};;\n*--pid*) {watching};;\nesac")
            .replace(") ;;", ") :;;");
        let (_folder, done) = with_perf(Some(&script), &[]);
        let profiles = profiles(&done);
        assert_eq!(profiles.len(), 2, "{script}: {done}");
        for line in &profiles {
            let note = text(&line["summary"], "note");
            assert!(note.contains("by pprof, since") && note.contains(words), "{script}: {note}");
            assert_eq!(line["summary"]["profiler"], "pprof");
        }
        let kept: Vec<_> = fs::read_dir(done.run_folder().join("profiles")).unwrap().flatten().collect();
        assert!(kept.iter().all(|file| !file.file_name().to_string_lossy().contains("perf")), "{kept:?}");
    }
}

#[test]
fn a_runner_that_hangs_ends_or_has_no_samples_loses_its_profile_alone() {
    let fakes = Fakes::new();
    for (mode, words) in [
        ("hangs-in-profile", "no answer in"),
        ("ends-in-profile", "exit status 3"),
        ("profiles-nothing", "no samples"),
    ] {
        let mut words_of = fakes.words(mode, "2");
        words_of.extend(["--instruments=profile,memory", "--profiler=pprof"].map(str::to_owned));
        let done = run(bare_duel(fakes.here(), words_of));
        done.is_measured();
        assert_eq!(done.of_kind("failed"), [] as [Value; 0], "{done}");
        let missing = done.of_kind("unavailable");
        let reasons: Vec<String> = missing.iter().map(|missing| text(missing, "reason")).collect();
        assert!(reasons.iter().any(|reason| reason.contains(words)), "{mode}: {done}");
        let memory =
            record::lines(&done.run_folder()).into_iter().filter(|line| line["kind"] == "memory").count();
        assert_eq!(memory, 4, "the other instruments go on: {done}");
    }
}
