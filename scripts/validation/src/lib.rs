//! Kernels on which duel's gate and its rivals are tried: small and realistic ones, of many kinds,
//! in which four slips that happen to people can be made by a cargo feature each.
//!
//! The same kernels stand behind `benches/duel.rs`, `benches/criterion.rs` and `benches/tango.rs`.

mod case;
mod compressing;
mod hashing;
mod matrix;
pub mod mutation;
mod parsing;
mod random;
mod searching;
mod sorting;
mod strings;
mod summing;
mod trees;

pub use case::{Case, SEED, cases};
