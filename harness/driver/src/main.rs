//! `cargo duel`: builds a crate's runners, measures, and says what is true and why.
//!
//! Only the verbs touch the terminal; everything below them computes.

mod artifact;
mod base_args;
mod build;
mod build_args;
mod calibration;
mod cargo;
mod cargo_config;
mod children;
mod cli;
mod clock;
mod code;
mod environment;
mod filter;
mod folder;
mod foreign;
mod git;
mod harness_line;
mod instruments;
mod machine;
mod measure;
mod measuring_lock;
mod no_runner;
mod output_file;
mod plan;
mod probe;
mod program;
mod revision;
mod rng;
mod runner;
mod rustc_wrapper;
mod safe_file;
mod secrets;
mod settings;
mod sides;
mod status;
mod terminal;
mod verbs;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    if let Some(noted) = environment::become_note() {
        return noted;
    }
    if let Some(failed) = rustc_wrapper::become_rustc() {
        return failed;
    }
    if let Some(done) = probe::become_runner() {
        return done;
    }
    if let Some(measured) = calibration::become_probe() {
        return measured;
    }
    // `cargo duel …` runs `cargo-duel duel …`.
    let mut words: Vec<_> = std::env::args_os().collect();
    if words.get(1).is_some_and(|word| word == "duel") {
        words.remove(1);
    }
    let command = match cli::Cli::try_parse_from(&words) {
        Ok(cli) => cli.command,
        Err(error) => {
            // Help and version are no errors, and clap knows where each goes.
            let _ = error.print();
            return if error.use_stderr() { status::Status::Impossible.into() } else { ExitCode::SUCCESS };
        }
    };
    let status = match verbs::run(command) {
        Ok(status) => status,
        // What Ctrl-C broke off, such as cargo's build, is no error of its own.
        Err(_) if runner::interrupt::requested() => {
            terminal::error(&anyhow::anyhow!("interrupted"));
            status::Status::Interrupted
        }
        Err(error) => {
            terminal::error(&error);
            status::Status::Impossible
        }
    };
    match terminal::lost_output() {
        None => status.into(),
        Some(error) => {
            terminal::error(&error);
            status.worst(status::Status::Impossible).into()
        }
    }
}
