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
mod valgrind;

pub(crate) use clock_log::ClockLog;
pub(crate) use counters::counters;
pub(crate) use criterion_timing::{Plan, criterion_timing};
pub(crate) use elsewhere::elsewhere;
pub(crate) use heap::heap;
pub(crate) use instructions::{count_instructions, switch_counter};
pub(crate) use memory::{Usage, memory};
pub(crate) use profile::profile;

use std::time::{Duration, Instant};

use clock_log::Logged;

use duel_record::protocol::Response;

use crate::{
    clock::nanoseconds,
    kernel::{Prepared, calibrate, sample},
};

/// Runs the kernel while something outside watches this process, and remembers when the clock ran.
pub(crate) fn run(kernel: &mut dyn Prepared, duration: Duration) -> (Response, ClockLog) {
    let mut log = ClockLog::new();
    let cpu_before = Usage::now().cpu_ns;
    let start = Instant::now();
    let iters = run_for(&mut Logged { kernel, log: &mut log }, duration);
    let ran = Response::Ran {
        iters,
        duration_ns: nanoseconds(start.elapsed()),
        cpu_ns: Usage::now().cpu_ns.saturating_sub(cpu_before),
    };
    (ran, log)
}

/// Runs samples until the time is over and returns how many iterations that made.
fn run_for(kernel: &mut dyn Prepared, duration: Duration) -> u64 {
    let iters_per_sample = short_sample(kernel);
    run_samples(kernel, iters_per_sample, duration)
}

/// Iterations of a sample that is short, so that an end is met within a few milliseconds where the
/// kernel allows.
fn short_sample(kernel: &mut dyn Prepared) -> u64 {
    calibrate(kernel, 2_000_000).0
}

fn run_samples(kernel: &mut dyn Prepared, iters_per_sample: u64, duration: Duration) -> u64 {
    let start = Instant::now();
    let mut iters = 0;
    while iters == 0 || start.elapsed() < duration {
        sample(kernel, 0, iters_per_sample);
        iters += iters_per_sample;
    }
    iters
}
