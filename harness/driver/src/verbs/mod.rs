//! One file a verb.

mod asm;
mod asm_text;
mod compare;
mod doctor;
mod gate;
mod gate_base;
mod gate_no_result;
mod gate_publish;
mod gate_table;
mod gate_without_base;
mod generate;
mod init;
mod limits;
mod list;
mod one_case;
mod profile;
pub mod ranking;
mod report;
mod rescore;
mod run;
mod text;
mod verify;

use anyhow::Result;

use crate::command::{cli::Command, status::Status};

/// Does what the command line says.
///
/// # Errors
/// When the job could not be done: exit status 2.
pub fn run(command: Command) -> Result<Status> {
    match command {
        Command::Run(args) => run::run(&args),
        Command::Compare(args) => compare::compare(&args),
        Command::Gate(args) => gate::gate(&args),
        Command::Rescore(args) => rescore::rescore(&args),
        Command::Report(args) => report::report(&args),
        Command::Asm(args) => asm::asm(&args),
        Command::Profile(args) => profile::profile(&args),
        Command::List(args) => list::list(&args),
        Command::Verify(args) => verify::verify(&args),
        Command::Doctor(args) => doctor::doctor(&args),
        Command::Init(args) => init::init(&args),
        Command::Completions { shell } => generate::completions(shell),
        Command::Man => generate::man(),
    }
}
