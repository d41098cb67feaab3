//! Writes the report of the made-up run that the tests use: `synthetic PATH [NAME]`, NAME being run,
//! builds, gate, contaminated, identical, mixed, two or large (2,010 cases).
//!
//! `PATH` ending in `.md`, `.csv` or `.xml` (JUnit) gives that format, `.jsonl` the run's record, anything else HTML.

#[path = "../tests/synthetic/mod.rs"]
mod synthetic;

use std::{env, error::Error, fs, time::Instant};

use duel_record::{Line, Recording};
use duel_reports::Model;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let path = arguments
        .next()
        .ok_or("usage: synthetic PATH [run|builds|gate|contaminated|identical|mixed|two|large]")?;
    let recordings = match arguments.next().as_deref() {
        None | Some("run") => vec![synthetic::run()],
        Some("builds") => vec![synthetic::builds()],
        Some("gate") => vec![synthetic::gate()],
        Some("contaminated") => vec![synthetic::contaminated_gate()],
        Some("identical") => vec![synthetic::identical_gate()],
        Some("mixed") => vec![synthetic::mixed_gate()],
        Some("large") => vec![synthetic::large()],
        Some("two") => vec![synthetic::run(), synthetic::scaled_run("the-day-after", 0.9)],
        Some(other) => return Err(format!("no run called {other}").into()),
    };
    let start = Instant::now();
    let models: Vec<Model> = recordings.iter().map(Model::new).collect();
    let text = match path.rsplit('.').next() {
        Some("md") => duel_reports::markdown(&models),
        Some("csv") => models.iter().map(duel_reports::csv).collect(),
        Some("xml") => models.iter().filter_map(duel_reports::junit).collect(),
        Some("jsonl") => recordings.iter().map(record).collect::<Result<_, _>>()?,
        _ => duel_reports::html(&models),
    };
    let cases: usize = models.iter().map(|model| model.cases.len()).sum();
    println!("{cases} cases: {} bytes in {} ms", text.len(), start.elapsed().as_millis());
    fs::write(path, text)?;
    Ok(())
}

/// A run as `record.jsonl` has it.
fn record(recording: &Recording) -> Result<String, serde_json::Error> {
    let started = Line::Started(Box::new(recording.started.clone()));
    let lines = [&started].into_iter().chain(&recording.lines);
    lines.map(|line| serde_json::to_string(line).map(|line| line + "\n")).collect()
}
