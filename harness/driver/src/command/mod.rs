//! The command line, the settings, and how the command ends.

pub mod base_args;
pub mod cli;
pub mod filter;
pub mod help;
pub mod settings;
pub mod status;
