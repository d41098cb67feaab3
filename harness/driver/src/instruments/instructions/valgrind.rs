//! valgrind on this machine: whether it is there, and how a runner is started under its callgrind.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use duel_record::Simulation;

use crate::{machine::program, runner::Under};

/// What to do where it is missing.
pub const REMEDY: &str = "install it: apt-get install valgrind";

/// An installed valgrind that has told its version.
#[derive(Clone, Debug)]
pub struct Valgrind {
    program: PathBuf,
    /// As it says itself, such as `valgrind-3.19.0`.
    pub version: String,
}

impl Valgrind {
    /// The first on `PATH`.
    ///
    /// # Errors
    /// The reason why there is none that works.
    pub fn find() -> Result<Self, String> {
        let program = program::on_path("valgrind")?;
        let version = program::version(&program, "valgrind-")?;
        Ok(Self { program, version })
    }

    /// How to start a runner so that it can have callgrind count, with one file a dump: `out.1`,
    /// `out.2` and so on; it simulates this beside.
    pub fn callgrind(&self, out: &Path, simulate: &[Simulation]) -> Under {
        let mut file = OsString::from("--callgrind-out-file=");
        // valgrind expands `%`.
        file.push(out.to_string_lossy().replace('%', "%%"));
        let options = [
            "--tool=callgrind",
            "--quiet",
            // Neither a user's .valgrindrc nor a debugger's pipe may change anything.
            "--command-line-only=yes",
            "--vgdb=no",
            // Up to the first count it only runs, at a fifth of the speed.
            "--instr-atstart=no",
            "--collect-atstart=no",
            // Where each instruction was executed, for the machine code.
            "--dump-instr=yes",
        ];
        let simulate = Simulation::ALL.iter().map(|simulation| {
            let option = match simulation {
                Simulation::Cache => "--cache-sim",
                Simulation::Branches => "--branch-sim",
            };
            let answer = if simulate.contains(simulation) { "yes" } else { "no" };
            format!("{option}={answer}").into()
        });
        let arguments = options.into_iter().map(OsString::from).chain(simulate).chain([file]).collect();
        Under { program: self.program.clone(), arguments }
    }
}
