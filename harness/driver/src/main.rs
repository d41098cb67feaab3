//! `cargo duel`: builds a crate's runners, measures, and says what is true and why.
//!
//! Verbs decide what is said, the reporter prints it, and everything below the verbs computes and reports events.

mod cargo;
mod children;
mod code;
mod command;
mod duration;
mod foreign;
mod instruments;
mod machine;
mod measure;
mod path;
mod plan;
mod reporter;
mod rng;
mod run;
mod runner;
mod safe_file;
mod sides;
mod verbs;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    if let Some(noted) = cargo::environment::become_note() {
        return noted;
    }
    if let Some(failed) = sides::rustc_wrapper::become_rustc() {
        return failed;
    }
    if let Some(done) = machine::doctor::become_runner() {
        return done;
    }
    if let Some(measured) = machine::limits::become_probe() {
        return measured;
    }
    // `cargo duel …` runs `cargo-duel duel …`.
    let mut words: Vec<_> = std::env::args_os().collect();
    if words.get(1).is_some_and(|word| word == "duel") {
        words.remove(1);
    }
    let command = match command::cli::Cli::try_parse_from(&words) {
        Ok(cli) => cli.command,
        Err(error) => {
            // Help and version are no errors, and clap knows where each goes.
            let _ = error.print();
            return if error.use_stderr() {
                command::status::Status::Impossible.into()
            } else {
                ExitCode::SUCCESS
            };
        }
    };
    let status = match verbs::run(command) {
        Ok(status) => status,
        // What Ctrl-C broke off, such as cargo's build, is no error of its own.
        Err(_) if runner::interrupt::requested() => {
            reporter::error(&anyhow::anyhow!("interrupted"));
            command::status::Status::Interrupted
        }
        Err(error) => {
            reporter::error(&error);
            command::status::Status::Impossible
        }
    };
    match reporter::lost_output() {
        None => status.into(),
        Some(error) => {
            reporter::error(&error);
            status.worst(command::status::Status::Impossible).into()
        }
    }
}
