//! The driver's side of a runner: its process, the talk with it, and what can go wrong.

pub mod artifact;
mod client;
mod fault;
pub mod interrupt;
mod process;
pub mod secrets;

pub use client::{Client, Launch, Under, Verified};
pub use fault::Fault;
pub use process::Process;
