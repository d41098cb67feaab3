//! `completions` and `man`: what clap makes of the command line.

use std::io;

use anyhow::{Context, Result};
use clap::CommandFactory;

use crate::{cli::Cli, status::Status};

/// Completions for `cargo-duel`, the executable's own name.
pub fn completions(shell: clap_complete::Shell) -> Result<Status> {
    clap_complete::generate(shell, &mut Cli::command(), "cargo-duel", &mut io::stdout());
    Ok(Status::Good)
}

pub fn man() -> Result<Status> {
    clap_mangen::Man::new(Cli::command())
        .title("CARGO-DUEL")
        .render(&mut io::stdout())
        .context("cannot print the manual page")?;
    Ok(Status::Good)
}
