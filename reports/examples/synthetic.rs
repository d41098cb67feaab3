//! Writes the report of the made-up run that the tests use: `synthetic PATH [run|gate|two]`.
//!
//! `PATH` ending in `.md` or `.csv` gives that format, anything else HTML.

#[path = "../tests/synthetic/mod.rs"]
mod synthetic;

use std::{env, error::Error, fs};

use duel_reports::Model;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let path = arguments.next().ok_or("usage: synthetic PATH [run|gate|two]")?;
    let recordings = match arguments.next().as_deref() {
        None | Some("run") => vec![synthetic::run()],
        Some("gate") => vec![synthetic::gate()],
        Some("two") => vec![synthetic::run(), synthetic::scaled_run("the-day-after", 0.9)],
        Some(other) => return Err(format!("no run called {other}").into()),
    };
    let models: Vec<Model> = recordings.iter().map(Model::new).collect();
    let text = match path.rsplit('.').next() {
        Some("md") => duel_reports::markdown(&models),
        Some("csv") => models.iter().map(duel_reports::csv).collect(),
        _ => duel_reports::html(&models),
    };
    fs::write(path, text)?;
    Ok(())
}
