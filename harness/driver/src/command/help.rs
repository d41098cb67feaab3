//! The way out that an error names, wherever it is among its causes.

use crate::{cargo::no_runner::NoRunner, command::status::WithHelp, sides::side::side_of};

/// The way out that an error or one of its causes names.
pub fn help_of(error: &anyhow::Error) -> Option<String> {
    let with_help = error.chain().find_map(|cause| cause.downcast_ref::<WithHelp>());
    with_help
        .map(|error| error.help.clone())
        .or_else(|| NoRunner::find(error).map(|error_of_side| error_of_side.help(side_of(error))))
}
