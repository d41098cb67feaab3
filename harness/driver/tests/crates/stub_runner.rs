//! A runner that needs nothing but the standard library, so that it is built within a moment. As the question
//! of its family it says what its crate answers: what it was built from, or what it finds where it runs. The
//! answer `ns:800` is its time as well, and `wrong` makes it so.
use duel as _;
use std::{
    io::{BufRead, Write},
    time::{Duration, Instant},
};

#[used]
static MARKER: [u8; 32] = *b"duel-runner/5f1ec3a9/marker/end.";

fn main() {
    if std::env::args().nth(1).as_deref() != Some("--duel-protocol") {
        return;
    }
    let tree = option_env!("CARGO_DUEL_TREE").map_or("null".to_owned(), |tree| format!("\"{tree}\""));
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let asks = |request: &str| line.contains(&format!("\"request\":\"{request}\""));
        let answer = if asks("hello") {
            format!(
                r#"{{"response":"hello","version":1,"library":"0.1.0","allocator":"system","allocators":["system"],"debug_assertions":false,"cpu_features":[],"tree":{tree},"clock_step_ns":1,"clock_cost_ns":20}}"#
            )
        } else if asks("list") {
            format!(
                r#"{{"response":"listed","families":[{{"name":"stub","question":{:?},"check":"exact","workloads":[{{"name":"data","sizes":[{{"name":"s","elements":1}}]}}],"variants":[{{"name":"steady","reference":true,"parallel":false,"unavailable":null}}],"compare_allocators":false}}]}}"#,
                k::answer()
            )
        } else if asks("verify") {
            let difference = if k::answer() == "wrong" { "\"it says so\"" } else { "null" };
            format!(
                r#"{{"response":"verified","difference":{difference},"data_hash":"00","work":{{"elements":1,"bytes":0,"flops":0}},"peak_resident_bytes":1048576}}"#
            )
        } else if asks("prepare") {
            r#"{"response":"prepared","data_hash":"00"}"#.to_owned()
        } else if asks("calibrate") {
            r#"{"response":"calibrated","iters":100,"ns_per_iter":400.0}"#.to_owned()
        } else if asks("sample") {
            let number = line.rsplit("\"iters\":").next().unwrap();
            let ns = k::answer().strip_prefix("ns:").map_or(400, |ns| ns.parse().unwrap());
            let iters: u64 = number.trim_end_matches('}').parse().unwrap();
            let (start, wanted) = (Instant::now(), Duration::from_nanos(ns * iters));
            while start.elapsed() < wanted {}
            format!(r#"{{"response":"sampled","time_ns":{}}}"#, wanted.as_nanos())
        } else if asks("done") {
            r#"{"response":"bye"}"#.to_owned()
        } else {
            r#"{"response":"failed","reason":"not a request"}"#.to_owned()
        };
        let mut output = std::io::stdout().lock();
        writeln!(output, "{answer}").unwrap();
        output.flush().unwrap();
    }
}
