//! A runner that misbehaves: carries the marker, speaks the protocol by hand, and does wrong
//! what the last line of its own executable says. A copy to which the line `hangs-in-sample` is
//! appended hangs in its samples, wherever it is copied to and under whatever name.
//!
//! It lists one family with two cases. `steady` is always well behaved, so the tests see that
//! nothing else is lost when `faulty` goes wrong.
//!
//! The times that it reports are made up: [`NS_PER_ITER`], or what the mode says instead. It waits at least that long, since the driver believes no sample that is longer than its wait, but
//! whatever the machine adds is not reported. So no verdict depends on the machine.

use std::{
    io::{self, BufRead, Write},
    time::{Duration, Instant},
};

use duel_record::protocol;
use serde_json::{Value, json};

/// As `duel::main!` puts it into every runner.
#[used]
static MARKER: [u8; 32] = protocol::marker(protocol::MASKED_MARKER);

/// An honest iteration.
const NS_PER_ITER: u64 = 400;
/// An honest batch: of 4 ms, so that a trial has a few of them, on a coarse clock as well.
const ITERS: u64 = 10_000;

fn main() -> io::Result<()> {
    std::hint::black_box(&MARKER);
    let mode = mode()?;
    // What it leaves behind is beside what else it does.
    let wrong = mode.strip_suffix("-and-leaves-a-process").unwrap_or(&mode);
    let mut on_faulty = false;
    let mut samples = 0_u64;
    let mut turn = None;
    for line in io::stdin().lock().lines() {
        let request: Value = serde_json::from_str(&line?)?;
        let kind = request["request"].as_str().unwrap_or_default();
        if let Some(case) = request["case"].as_str() {
            on_faulty = case.contains("/faulty@");
        }
        samples += u64::from(kind == "sample");
        let step = match kind {
            "hello" | "list" => kind,
            _ if on_faulty => kind,
            // On the steady case nothing goes wrong.
            _ => "steady",
        };
        if step == "sample" && turn.is_none() {
            turn = Some(next_turn()?);
            if wrong != mode {
                leave_a_process()?;
            }
        }
        let turn = turn.unwrap_or_default();
        let answer = misbehave(wrong, step, samples, turn, &request)?;
        let answer = answer.unwrap_or_else(|| honest(kind, &request));
        say(&format!("{answer}\n"))?;
        if mode == "answers-twice" && step == "sample" {
            say(&format!("{answer}\n"))?;
        }
    }
    Ok(())
}

/// The last line of this executable.
fn mode() -> io::Result<String> {
    let content = std::fs::read(std::env::current_exe()?)?;
    let end = content.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    Ok(String::from_utf8_lossy(end).into_owned())
}

/// The number of this process among those of the same executable that take samples of `faulty`, from 1:
/// counted in a file beside the executable.
fn next_turn() -> io::Result<u64> {
    let path = std::env::current_exe()?.with_extension("turns");
    let mut turns = std::fs::File::options().create(true).append(true).open(path)?;
    turns.write_all(b".")?;
    Ok(turns.metadata()?.len())
}

/// Starts a process that would live for an hour. It holds stdout and stderr open, as a shell's `&` has
/// it. The file beside the executable gets a line with its number.
fn leave_a_process() -> io::Result<()> {
    let left = std::process::Command::new("sleep").arg("3600").stdin(std::process::Stdio::null()).spawn()?;
    let path = std::env::current_exe()?.with_extension("left");
    std::fs::File::options()
        .create(true)
        .append(true)
        .open(path)?
        .write_all(format!("{}\n", left.id()).as_bytes())
}

/// What the mode does at this step; `None` where it behaves.
fn misbehave(mode: &str, step: &str, samples: u64, turn: u64, request: &Value) -> io::Result<Option<String>> {
    let answer = match (mode, step) {
        ("twice-as-slow", "sample") => wait(request, 2 * NS_PER_ITER),
        ("half-as-slow", "sample") => wait(request, NS_PER_ITER / 2),
        ("half-as-slow-again", "sample") => wait(request, 3 * NS_PER_ITER / 2),
        ("stops-in-its-fourth-process", "sample") if turn > 3 => hang(),
        // However many iterations: a slowdown that is put in makes no difference.
        ("constant", "sample") => wait(&json!({"iters": ITERS}), NS_PER_ITER),
        ("slow", "calibrate") => {
            json!({"response": "calibrated", "iters": 1, "ns_per_iter": 1e9}).to_string()
        }
        ("slow", "sample") => wait(request, 1_000_000_000),
        ("has-other-data", "verify") => honest("verify", request).replace("\"00\"", "\"11\""),
        ("has-other-data", "prepare") => honest("prepare", request).replace("\"00\"", "\"11\""),
        // Of all processes the first alone, which leaves a file beside its executable.
        ("slow-at-first", "prepare") => {
            let first = std::env::current_exe()?.with_extension("started");
            if std::fs::File::create_new(first).is_ok() {
                std::thread::sleep(Duration::from_secs(2));
            }
            honest("prepare", request)
        }
        // Another data set in each process.
        ("changes-its-data", "verify" | "prepare") => {
            honest(step, request).replace("\"00\"", &format!("\"{}\"", std::process::id()))
        }
        ("speaks-in-commands", "verify") => honest("verify", request)
            .replace("null", "\"wrong\\n::stop-commands::y\\r\\u001b[2J\\u009b31m\\n##[group]z\""),
        ("is-renamed", "list") => honest("list", request).replace("faulty", "renamed"),
        ("hangs-in-hello", "hello")
        | ("hangs-in-list", "list")
        | ("hangs-in-verify", "verify")
        | ("hangs-in-sample", "sample")
        | ("hangs-in-profile", "profile") => hang(),
        (mode, "profile") if mode.ends_with("can-be-profiled") => json!({
            "response": "profile", "stacks": [{"frames": "own::function", "samples": 3}], "samples": 3,
            "duration_ns": request["duration_ns"], "iters": 1, "profiler": "pprof",
        })
        .to_string(),
        (mode, "run") if mode.ends_with("can-be-profiled") => json!({
            "response": "ran", "iters": 1, "duration_ns": request["duration_ns"], "cpu_ns": 1,
        })
        .to_string(),
        ("ends-in-profile", "profile") => std::process::exit(3),
        ("profiles-nothing", "profile") => json!({
            "response": "profile", "stacks": [], "samples": 0, "duration_ns": 1, "iters": 1, "profiler": "pprof",
        })
        .to_string(),
        ("speaks-version-0", "hello") => {
            json!({"response": "hello", "version": 0, "allocators": []}).to_string()
        }
        ("greets-with-garbage", "hello") => "Hello! \u{1F600} \u{1b}[31mI am no runner".to_owned(),
        ("lists-wrong-kind", "list") => json!({"response": "sampled", "time_ns": 1}).to_string(),
        ("samples-wrong-kind", "sample") => json!({"response": "listed", "families": []}).to_string(),
        ("samples-garbage", "sample") => "take this".to_owned(),
        ("samples-nothing-utf8", "sample") => {
            io::stdout().write_all(b"\xff\xfe\x00\n")?;
            hang()
        }
        ("samples-nan", "sample") => r#"{"response":"sampled","time_ns":NaN}"#.to_owned(),
        ("samples-negative", "sample") => r#"{"response":"sampled","time_ns":-5}"#.to_owned(),
        ("samples-zero", "sample") => json!({"response": "sampled", "time_ns": 0}).to_string(),
        ("samples-for-ever", "sample") => json!({"response": "sampled", "time_ns": u64::MAX}).to_string(),
        ("calibrates-to-zero", "calibrate") => {
            json!({"response": "calibrated", "iters": 0, "ns_per_iter": 0.0}).to_string()
        }
        ("calibrates-to-nan", "calibrate") => {
            r#"{"response":"calibrated","iters":1,"ns_per_iter":NaN}"#.to_owned()
        }
        ("calibrates-to-the-end-of-time", "calibrate") => {
            json!({"response": "calibrated", "iters": u64::MAX, "ns_per_iter": 1e308}).to_string()
        }
        ("ends-in-sample", "sample") if samples > 1 => {
            eprintln!("I have had enough");
            std::process::exit(3)
        }
        ("aborts-in-sample", "sample") if samples > 1 => std::process::abort(),
        ("is-killed-in-sample", "sample") if samples > 1 => {
            let own = rustix::process::getpid();
            rustix::process::kill_process(own, rustix::process::Signal::KILL)?;
            hang()
        }
        ("floods-a-line", "sample") => loop {
            say(&"x".repeat(1 << 16))?;
        },
        ("floods-lines", "sample") => loop {
            say("{\"response\":\"sampled\",\"time_ns\":1}\n")?;
        },
        ("closes-stdout", "sample") => {
            rustix::stdio::dup2_stdout(std::fs::File::open("/dev/null")?)?;
            hang()
        }
        (mode, "heap") if mode.starts_with("heap-") => heap(mode, request)?,
        _ => return Ok(None),
    };
    Ok(Some(answer))
}

/// The answer of a library that knew only totals, and what dhat left for its file.
fn heap(mode: &str, request: &Value) -> io::Result<String> {
    let whole = json!({
        "dhatFileVersion": if mode == "heap-of-another-version" { 3 } else { 2 }, "te": 100,
        "pps": [{"tb": 96, "tbk": 2, "tl": 100, "gb": 48, "gbk": 1, "eb": 0, "ebk": 0, "fs": [1]}],
        "zftbl": ["[root]", "0x1: own::function (src/own.rs:7:1)"],
    });
    // Names come after what they name, though json! puts fields in order.
    let whole = whole.to_string().replace("zftbl", "ftbl");
    let file = request["file"].as_str().unwrap_or_default();
    match mode {
        "heap-without-a-file" => {}
        "heap-cut-short" => std::fs::write(file, &whole[..whole.len() / 2])?,
        _ => std::fs::write(file, whole)?,
    }
    Ok(json!({
        "response": "heap", "iters": 1, "total_bytes": 96, "total_blocks": 2, "peak_bytes": 48,
        "peak_blocks": 1, "end_bytes": 0, "end_blocks": 0,
    })
    .to_string())
}

/// What a good runner answers; its kernel is a wait.
fn honest(kind: &str, request: &Value) -> String {
    let answer = match kind {
        "hello" => json!({
            "response": "hello", "version": protocol::VERSION, "library": "0.0.0", "allocator": "system",
            "allocators": ["system"], "debug_assertions": false, "cpu_features": [],
            "clock_step_ns": 1, "clock_cost_ns": 20,
        }),
        "list" => json!({"response": "listed", "families": [{
            "name": "fake", "question": "Does the driver notice?", "check": "exact",
            "workloads": [{"name": "data", "sizes": [{"name": "s", "elements": 1}]}],
            "variants": [
                {"name": "steady", "reference": true, "parallel": false, "unavailable": null},
                {"name": "faulty", "reference": false, "parallel": false, "unavailable": null},
            ],
            "compare_allocators": false,
        }]}),
        "verify" => json!({
            "response": "verified", "difference": null, "data_hash": "00",
            "work": {"elements": 1, "bytes": 8, "flops": 0}, "peak_resident_bytes": 1 << 20,
        }),
        "prepare" => {
            let hash = request["hash"].as_bool().unwrap_or_default().then_some("00");
            json!({"response": "prepared", "data_hash": hash})
        }
        "calibrate" => json!({"response": "calibrated", "iters": ITERS, "ns_per_iter": NS_PER_ITER as f64}),
        "sample" => return wait(request, NS_PER_ITER),
        "memory" => json!({
            "response": "memory", "iters": 1, "peak_resident_bytes": 3 << 20, "start_resident_bytes": 1 << 20,
            "prepared_resident_bytes": 2 << 20, "minor_faults": 0, "major_faults": 0, "involuntary_switches": 0,
        }),
        "done" => json!({"response": "bye"}),
        // As a runner answers whose library is older than a request.
        other => json!({"response": "failed", "reason": format!("not a request: unknown variant `{other}`")}),
    };
    answer.to_string()
}

/// The answer to a sample whose iterations take so long: never earlier than that, and with exactly
/// that time.
fn wait(request: &Value, ns_per_iter: u64) -> String {
    let time_ns = ns_per_iter * request["iters"].as_u64().unwrap_or_default();
    let start = Instant::now();
    while let Some(left) =
        Duration::from_nanos(time_ns).checked_sub(start.elapsed()).filter(|left| !left.is_zero())
    {
        std::thread::sleep(left);
    }
    json!({"response": "sampled", "time_ns": time_ns}).to_string()
}

fn say(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

fn hang() -> ! {
    loop {
        std::thread::sleep(Duration::from_secs(3600));
    }
}
