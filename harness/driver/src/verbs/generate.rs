//! `completions` and `man`: what clap makes of the command line.

use std::io::{self, Write};

use anyhow::{Context, Result};
use clap::CommandFactory;

use crate::command::{cli::Cli, status::Status};

/// Completions for `cargo-duel`, the executable's own name.
pub fn completions(shell: clap_complete::Shell) -> Result<Status> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "cargo-duel", &mut text);
    show(&text)
}

pub fn man() -> Result<Status> {
    let mut text = Vec::new();
    clap_mangen::Man::new(Cli::command())
        .title("CARGO-DUEL")
        .render(&mut text)
        .context("cannot make the manual page")?;
    show(&text)
}

/// A reader that went away is no error.
fn show(text: &[u8]) -> Result<Status> {
    match io::stdout().write_all(text).and_then(|()| io::stdout().flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(error).context("cannot write to stdout")
        }
        _ => Ok(Status::Good),
    }
}
