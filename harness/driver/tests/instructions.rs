//! Instructions, counted by the valgrind of this machine over a small crate, and what becomes of
//! them where valgrind is missing or broken.

use std::{collections::BTreeMap, ffi::OsStr, fs, path::Path, process::Command, sync::LazyLock};

use crate::common::{Done, bare_duel, crates::counted, fakes::Fakes, install, record, run, text};
use serde_json::Value;
use tempfile::TempDir;

const COUNT: [&str; 3] = ["run", "--quick", "--instruments=instructions"];

/// One count of all that can be counted and of what ends at once, which the tests share.
static FIRST: LazyLock<(TempDir, Done)> =
    LazyLock::new(|| count(&["once", "twice", "clone", "random", "illegal", "two threads", "bubble"]));

fn count(filters: &[&str]) -> (TempDir, Done) {
    let out = tempfile::tempdir().expect("a temporary folder");
    let words: Vec<&str> = COUNT.iter().chain(filters).copied().collect();
    let done = counted().duel_json(out.path(), &words);
    done.exits(0);
    (out, done)
}

/// Where there is no valgrind, what needs it is left out, loudly; a CI must have it.
fn has_valgrind() -> bool {
    let there = Command::new("valgrind").arg("--version").output().is_ok();
    if !there {
        crate::common::left_out("valgrind is not installed, so no instructions are counted in tests", false);
    }
    there
}

/// The lines of counted arms, by variant.
fn counts(done: &Done) -> BTreeMap<String, Value> {
    let lines = record::lines(&done.run_folder()).into_iter();
    lines
        .filter(|line| line["kind"] == "instructions")
        .map(|line| {
            let case = text(&line["arm"], "case");
            let variant = case.rsplit('/').next().and_then(|end| end.split('@').next());
            (variant.expect("a variant").to_owned(), line)
        })
        .collect()
}

fn numbers(line: &Value) -> Vec<f64> {
    let counts = line["summary"]["instructions_per_iter"].as_array().expect("counts");
    counts.iter().map(|count| count.as_f64().expect("a number")).collect()
}

/// The reason why the instructions of a variant are unavailable.
#[track_caller]
fn reason(done: &Done, variant: &str) -> String {
    let missing = done.of_kind("unavailable");
    let about =
        |line: &&Value| line["case"].as_str().is_some_and(|case| case.contains(&format!("/{variant}@")));
    let line = missing.iter().find(about).unwrap_or_else(|| panic!("{variant} was counted by {done}"));
    assert_eq!(line["what"], "instructions");
    text(line, "reason")
}

#[test]
fn counts_repeat_exactly_in_every_process_and_every_run() {
    if !has_valgrind() {
        return;
    }
    let (_out, again) = count(&["once", "twice", "clone", "bubble"]);
    let (first, again) = (counts(&FIRST.1), counts(&again));
    for variant in ["once", "twice", "clone", "bubble"] {
        let expected = numbers(&first[variant]);
        assert_eq!(expected.len(), 4, "{variant}");
        assert!(expected[0] > 1000.0 && expected.iter().all(|count| *count == expected[0]), "{expected:?}");
        assert_eq!(numbers(&again[variant]), expected, "{variant}");
    }
}

#[test]
fn what_a_kernel_does_more_is_counted() {
    if !has_valgrind() {
        return;
    }
    let counts = counts(&FIRST.1);
    let of = |variant: &str| numbers(&counts[variant])[0];
    assert!(of("twice") > 1.9 * of("once") && of("twice") < 2.1 * of("once"), "{counts:?}");
    assert!(of("clone") > of("once"), "{counts:?}");
    // 500 rounds over 500 numbers: a second repetition over what the first sorted has one.
    assert!(of("bubble") > 250_000.0, "{counts:?}");
}

#[test]
fn functions_are_told_with_what_they_took_and_without_the_harness() {
    if !has_valgrind() {
        return;
    }
    let counts = counts(&FIRST.1);
    let functions = counts["clone"]["summary"]["functions"].as_array().expect("functions");
    let names: Vec<_> = functions.iter().map(|function| text(function, "name")).collect();
    assert_eq!(names[0], "clone", "the measured loop comes first");
    assert!(names.iter().any(|name| name.contains("malloc")), "{names:?}");
    assert!(names.iter().all(|name| !name.contains("duel::")), "{names:?}");
    assert_eq!(functions[0]["inclusive_per_iter"].as_f64(), Some(numbers(&counts["clone"])[0]));
}

/// Start and end of every function of an executable, and its name, as `nm` prints them.
fn symbols(executable: &str) -> Vec<(u64, u64, String)> {
    let listed =
        Command::new("nm").args(["-S", "--defined-only", executable]).output().expect("nm (binutils)");
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    let symbol = |line: &str| {
        let mut words = line.split_whitespace();
        let hex = |word: Option<&str>| u64::from_str_radix(word?, 16).ok();
        let (start, size) = (hex(words.next())?, hex(words.next())?);
        let (kind, name) = (words.next()?, words.next()?);
        matches!(kind, "t" | "T").then(|| (start, start + size, name.to_owned()))
    };
    listed.lines().filter_map(symbol).collect()
}

#[test]
fn executions_are_told_by_the_addresses_that_nm_prints() {
    if !has_valgrind() {
        return;
    }
    let started = &record::lines(&FIRST.1.run_folder())[0];
    let symbols = symbols(&text(&started["artifacts"][0], "executable"));
    let counts = counts(&FIRST.1);
    let addresses = counts["once"]["summary"]["addresses"].as_array().expect("addresses");
    let addresses: Vec<(u64, f64)> = addresses
        .iter()
        .map(|found| (found["address"].as_u64().unwrap(), found["executed_per_iter"].as_f64().unwrap()))
        .collect();
    assert!(addresses.is_sorted_by_key(|(address, _)| *address), "{addresses:?}");
    let mut in_loop = 0.0;
    for (address, executed) in &addresses {
        let within = symbols.iter().find(|(start, end, _)| (start..end).contains(&address));
        let (_, _, name) = within.unwrap_or_else(|| panic!("{address:x} lies in no function"));
        if name.contains("clocked") {
            in_loop += executed;
        }
    }
    // The loop over 1,000 numbers was inlined into the measured function, or is called from it.
    assert!(in_loop > 0.0, "{addresses:?}");
    assert_eq!(addresses.iter().map(|(_, executed)| *executed as u64).max(), Some(1_000), "{addresses:?}");
    let sum: f64 = addresses.iter().map(|(_, executed)| executed).sum();
    let total = numbers(&counts["once"])[0];
    // An empty kernel's own few instructions lie at other addresses, so they are left in this sum.
    assert!((sum - total) >= 0.0 && (sum - total) < 16.0, "{sum} by address, {total} in all");
}

#[test]
fn the_costliest_source_lines_are_told() {
    if !has_valgrind() {
        return;
    }
    let counts = counts(&FIRST.1);
    let lines = counts["bubble"]["summary"]["lines"].as_array().expect("lines");
    let own: Vec<f64> = lines.iter().map(|line| line["own_per_iter"].as_f64().unwrap()).collect();
    assert!(own.is_sorted_by(|a, b| a >= b), "{own:?}");
    assert!(own.iter().sum::<f64>() <= numbers(&counts["bubble"])[0] + 16.0, "{own:?}");
    let source = include_str!("crates/counted.rs");
    let swap =
        1 + source.lines().position(|line| line.contains("if state[i - 1] > state[i]")).unwrap() as u64;
    let found = lines.iter().find(|line| line["line"].as_u64() == Some(swap));
    let found = found.unwrap_or_else(|| panic!("line {swap} is not among {lines:?}"));
    assert!(text(found, "file").ends_with("benches/counted.rs"), "{found}");
    assert!(found["own_per_iter"].as_f64().unwrap() > 100_000.0, "{found}");
}

/// A simulating count of one case, from a shell whose environment has so many bytes more.
fn simulated(bytes: usize) -> Value {
    let out = tempfile::tempdir().expect("a temporary folder");
    let mut command = crate::common::cargo_duel(&counted().folder, COUNT);
    command.args(["--simulate=cache,branches", "--message-format=json", "/clone@", "--out"]).arg(out.path());
    command.env("A_LONG_VARIABLE", "x".repeat(bytes));
    let done = run(command);
    done.exits(0);
    let report = fs::read_to_string(done.run_folder().join("report.html")).unwrap();
    assert!(report.contains("conditional branches mispredicted"), "{done}");
    counts(&done).remove("clone").expect("a count")
}

#[test]
fn simulated_misses_do_not_move_with_the_shells_environment() {
    if !has_valgrind() {
        return;
    }
    let (small, large) = (simulated(1), simulated(9_973));
    let events: BTreeMap<String, f64> = small["summary"]["simulated"]
        .as_array()
        .expect("simulated events")
        .iter()
        .map(|event| (text(event, "event"), event["per_iter"].as_f64().expect("a number")))
        .collect();
    for event in ["I1mr", "D1mr", "D1mw", "ILmr", "DLmr", "DLmw", "Bc", "Bcm", "Bi", "Bim"] {
        assert!(events.contains_key(event), "{events:?}");
    }
    assert!(events["Bc"] > 0.0 && events["Dr"] >= 1_000.0, "{events:?}");
    assert_eq!(small["summary"]["simulated"], large["summary"]["simulated"]);
    let plain = &counts(&FIRST.1)["clone"];
    assert_eq!(numbers(&small), numbers(plain), "a simulation does not change the count");
    assert_eq!(plain["summary"]["simulated"], serde_json::json!([]), "nothing is simulated unasked");
}

#[test]
fn a_count_that_varies_is_kept_as_it_came() {
    if !has_valgrind() {
        return;
    }
    let random = numbers(&counts(&FIRST.1)["random"]);
    assert!(random.iter().any(|count| *count != random[0]), "random keys, yet {random:?}");
    let report = fs::read_to_string(FIRST.1.run_folder().join("report.md")).unwrap();
    assert!(report.contains("Instructions per iteration") && report.contains("varies by"), "{report}");
}

#[test]
fn callgrinds_own_file_is_kept_and_nothing_else() {
    if !has_valgrind() {
        return;
    }
    let folder = FIRST.1.run_folder();
    let counts = counts(&FIRST.1);
    for line in counts.values() {
        let kept = fs::read_to_string(folder.join(text(line, "file"))).unwrap();
        assert!(kept.starts_with("# callgrind format") && kept.contains("\ntotals: "), "{line}");
    }
    assert_eq!(fs::read_dir(folder.join("instructions")).unwrap().count(), counts.len());
}

#[test]
fn what_cannot_be_counted_says_why_and_fails_nothing() {
    if !has_valgrind() {
        return;
    }
    let done = &FIRST.1;
    assert!(reason(done, "two threads").contains("threads"));
    let illegal = reason(done, "illegal");
    assert!(illegal.contains("no count available: valgrind-") && illegal.contains("AVX-512"), "{illegal}");
    assert_eq!(done.of_kind("failed"), [] as [Value; 0]);
}

#[test]
fn a_count_that_never_ends_says_how_long_it_was_waited_for() {
    if !has_valgrind() {
        return;
    }
    // Under valgrind this kernel never ends; without it, it has to be verified within the limit.
    let (_out, done) = count(&["/slow", "--case-timeout=10s"]);
    let slow = reason(&done, "slow");
    assert!(slow.contains("no count within 10") && slow.contains("--case-timeout"), "{slow}");
    assert_eq!(done.of_kind("failed"), [] as [Value; 0]);
}

#[test]
fn two_builds_of_a_case_are_both_counted() {
    if !has_valgrind() {
        return;
    }
    let (_out, done) = compare(std::env::var_os("PATH").unwrap_or_default(), &["/once"]);
    let lines = record::lines(&done.run_folder());
    let counted: Vec<_> = lines
        .iter()
        .filter(|line| line["kind"] == "instructions")
        .map(|line| (text(&line["arm"], "artifact"), numbers(line)[0]))
        .collect();
    assert_eq!(counted.len(), 2, "{done}");
    assert_ne!(counted[0].0, counted[1].0);
    assert_eq!(counted[0].1, counted[1].1, "the same executable");
    assert!(
        fs::read_to_string(done.run_folder().join("report.csv")).unwrap().contains("instructions_per_iter")
    );
}

#[test]
fn a_gate_by_instructions_is_not_green_where_the_candidate_moved_its_work_to_threads() {
    if !has_valgrind() {
        return;
    }
    let started = &record::lines(&FIRST.1.run_folder())[0];
    let runner = text(&started["artifacts"][0], "executable");
    let out = tempfile::tempdir().expect("a temporary folder");
    let moved = out.path().join("moved");
    fs::copy(&runner, &moved).expect("a copy");
    let mut file = fs::File::options().append(true).open(&moved).expect("the copy");
    std::io::Write::write_all(&mut file, b"moved").expect("room");
    drop(file);
    let moved = moved.display().to_string();
    let words = ["gate", "--metric", "instructions", "--base", &runner, "--head", &moved, "/moves", "--out"];
    let mut command = bare_duel(out.path(), words);
    command.arg(out.path().join("out"));
    run(command).exits(3).prints(&["could not be judged", "on the candidate's side alone", "threads"]);
}

/// Compares the shared run's runner with itself, with this as `PATH`.
fn compare(path: impl AsRef<OsStr>, words: &[&str]) -> (TempDir, Done) {
    let started = &record::lines(&FIRST.1.run_folder())[0];
    let runner = text(&started["artifacts"][0], "executable");
    let out = tempfile::tempdir().expect("a temporary folder");
    let fixed = ["compare", "--quick", "--trials=2", "--instruments=instructions", "--measure-unchanged"];
    let sides = ["--baseline", &runner, "--candidate", &runner, "--message-format=json", "--out"];
    let mut command = bare_duel(out.path(), fixed.iter().chain(&sides));
    command.arg(out.path().join("out")).args(words).env("PATH", path);
    let done = run(command);
    done.is_measured();
    (out, done)
}

const HANGS: &str = "exec /bin/sleep 3600";

/// Compares with this shell script as `valgrind`, and nothing else on `PATH`; all its counts must
/// be unavailable for one reason, and the comparison be made all the same.
#[track_caller]
fn without_counts(script: Option<&str>) -> (Vec<Value>, Done) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    if let Some(script) = script {
        install(folder.path(), "valgrind", script);
    }
    let limit = if script.is_some_and(|script| script.contains(HANGS)) { "5s" } else { "120s" };
    let (out, done) = compare(folder.path(), &["/once", "/twice", "--case-timeout", limit]);
    assert_eq!(done.comparisons().len(), 2, "{done}");
    assert_eq!(done.of_kind("failed"), [] as [Value; 0], "{done}");
    assert_eq!(counts(&done).len(), 0, "{done}");
    drop(out);
    (done.of_kind("unavailable"), done)
}

#[test]
fn without_valgrind_that_is_said_once_with_the_way_to_get_it() {
    if !has_valgrind() {
        return;
    }
    let (missing, done) = without_counts(None);
    done.says(&["valgrind is not installed", "apt-get install valgrind"]);
    assert_eq!(done.stderr.matches("apt-get install valgrind").count(), 1, "{done}");
    assert_eq!(missing.len(), 1, "{done}");
    assert_eq!((&missing[0]["what"], &missing[0]["case"]), (&"instructions".into(), &Value::Null));
    let doctor = |path: &Path| {
        let mut command = bare_duel(path, ["doctor", "--quick"]);
        command.env("PATH", path);
        run(command)
    };
    let nowhere = tempfile::tempdir().expect("a temporary folder");
    doctor(nowhere.path())
        .exits(0)
        .prints(&["valgrind is not installed; install it: apt-get install valgrind"]);
    install(nowhere.path(), "valgrind", "echo valgrind-3.19.0");
    let doctor = doctor(nowhere.path());
    assert!(!doctor.stdout.contains("apt-get install valgrind"), "{doctor}");
}

#[test]
fn a_valgrind_that_does_not_work_is_told_once_with_its_words() {
    if !has_valgrind() {
        return;
    }
    for (script, words) in [
        ("echo 'I am out of order' >&2; exit 1", "I am out of order"),
        ("echo take this", "take this"),
        (r"printf '\377\376\n'", "--version printed"),
        (HANGS, "no answer in 10"),
    ] {
        let (missing, done) = without_counts(Some(script));
        assert_eq!((missing.len(), &missing[0]["case"]), (1, &Value::Null), "{script}: {done}");
        assert!(text(&missing[0], "reason").contains(words), "{script}: {missing:?}");
    }
}

/// Answers as a runner under callgrind would, by a script that leaves `$WRITE` as every dump, or none.
const AS_A_RUNNER_THAT_WRITES: &str = r#"
for word; do case $word in --callgrind-out-file=*) out=${word#*=} ;; *) before=$last; last=$word ;; esac; done
read -r hello
printf '%s\n' "$hello" | "$before" "$last"
read -r prepare
echo '{"response":"prepared","data_hash":null}'
read -r count
if [ -n "$WRITE" ]; then for dump in 1 2 3; do printf "$WRITE\n" > "$out.$dump"; done; fi
echo '{"response":"instructions","iters":1,"repetitions":2}'
read -r line
"#;

#[test]
fn a_valgrind_that_fails_to_count_costs_the_counts_alone() {
    if !has_valgrind() {
        return;
    }
    for (script, words) in [
        ("echo 'no such tool: callgrind' >&2; exit 1", "no such tool: callgrind"),
        ("read line; echo take this; read line", "take this"),
        (AS_A_RUNNER_THAT_WRITES, "callgrind left no file out.1 behind"),
        (&format!("WRITE='# callgrind format'; {AS_A_RUNNER_THAT_WRITES}"), "cut short"),
        (&format!("WRITE='events: Ir\nfn=f\n1 2\ntotals: 3'; {AS_A_RUNNER_THAT_WRITES}"), "does not add up"),
        (HANGS, "no count within 5"),
        // Runs the runner as it is, without valgrind.
        (
            r#"for last; do :; done; exec "$(eval echo \${$(($# - 1))})" "$last""#,
            "does not run under valgrind",
        ),
    ] {
        let script = format!("if [ \"$1\" = --version ]; then echo valgrind-9.9.9; exit; fi\n{script}");
        let (missing, done) = without_counts(Some(&script));
        assert_eq!(missing.len(), 2, "{script}: {done}");
        for missing in &missing {
            assert!(text(missing, "reason").contains(words), "{script}: {missing}");
        }
    }
}

#[test]
fn a_runner_of_an_older_library_says_that_it_is_older() {
    if !has_valgrind() {
        return;
    }
    let fakes = Fakes::new();
    let mut words = fakes.words("equally-honest", "2");
    words.push("--instruments=instructions".to_owned());
    let done = run(bare_duel(fakes.here(), words));
    done.is_measured();
    assert!(reason(&done, "steady").contains("library is older"), "{done}");
}
