//! How cargo is called: as the user would, or apart from what the user builds, for a side of a comparison.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{cargo::environment, children};

/// The cargo that called this command, so that both are of one toolchain.
pub fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// What is different where a side of a comparison is built, and not what the user builds.
pub struct Apart {
    /// cargo's target folder, which is its build folder too.
    pub target: PathBuf,
    /// The folder that cargo runs in, which decides about its configuration.
    pub folder: PathBuf,
    pub environment: Vec<(&'static str, OsString)>,
    pub toolchain: Toolchain,
}

/// Which toolchain builds a side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Toolchain {
    /// The one that the side's own files name, whatever toolchain runs this command.
    Own,
    /// This one, by rustup's name; `None` if there is no rustup, which chooses by files.
    Here(Option<String>),
}

impl Toolchain {
    /// The one that is in force in a folder.
    pub fn here(folder: &Path) -> Self {
        let set = std::env::var("RUSTUP_TOOLCHAIN").ok();
        Self::Here(set.or_else(|| {
            let mut command = Command::new("rustup");
            command.args(["show", "active-toolchain"]).current_dir(folder);
            let output = children::output(&mut command, &[]).ok()?;
            let text = String::from_utf8(output.stdout).ok().filter(|_| output.status.success())?;
            text.split_whitespace().next().map(str::to_owned)
        }))
    }
}

impl Apart {
    /// The command `cargo`, as this side is to see it.
    pub fn cargo(&self) -> Command {
        let own = self.toolchain == Toolchain::Own;
        let mut command = Command::new(if own { "cargo".into() } else { cargo() });
        command.current_dir(&self.folder);
        self.set(&mut command);
        command
    }

    /// Gives a command the side's environment.
    pub fn set(&self, command: &mut Command) {
        match &self.toolchain {
            Toolchain::Own => {
                for name in ["RUSTUP_TOOLCHAIN", "CARGO", "RUSTC", "RUSTDOC"] {
                    command.env_remove(name);
                }
            }
            Toolchain::Here(Some(name)) => {
                command.env("RUSTUP_TOOLCHAIN", name);
            }
            Toolchain::Here(None) => {}
        }
        for name in environment::misleading() {
            command.env_remove(name);
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        // As a shell there would have it: where the user stands is no part of the side.
        command.env("PWD", &self.folder).env_remove("OLDPWD");
        command.env("CARGO_TARGET_DIR", &self.target).env("CARGO_BUILD_BUILD_DIR", &self.target);
        command.env_remove("CARGO_BUILD_TARGET_DIR");
    }

    /// The names of the variables that it sets.
    pub fn names(&self) -> Vec<String> {
        let set = self.environment.iter().map(|(name, _)| (*name).to_owned());
        set.chain(["CARGO_TARGET_DIR", "CARGO_BUILD_BUILD_DIR", "RUSTUP_TOOLCHAIN", "PWD"].map(str::to_owned))
            .collect()
    }
}
