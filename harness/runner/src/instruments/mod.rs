//! The instruments that work inside the runner's process.

mod account;
mod clock_log;
mod counters;
mod criterion_timing;
mod elsewhere;
mod heap;
mod instructions;
mod leaf;
mod memory;
mod profile;
mod stretch;
mod usage;

pub(crate) use clock_log::ClockLog;
pub(crate) use counters::counters;
pub(crate) use criterion_timing::{Plan, criterion_timing};
pub(crate) use elsewhere::elsewhere;
pub(crate) use heap::heap;
pub(crate) use instructions::count_instructions;
pub(crate) use memory::memory;
pub(crate) use profile::profile;
pub(crate) use stretch::run;
pub(crate) use usage::Usage;
