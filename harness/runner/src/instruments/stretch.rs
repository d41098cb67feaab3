//! Runs a kernel for a while, for what measures over a stretch of time.

use std::time::{Duration, Instant};

use duel_record::protocol::Response;

use super::{
    clock_log::{ClockLog, Logged},
    usage::Usage,
};
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
pub(super) fn run_for(kernel: &mut dyn Prepared, duration: Duration) -> u64 {
    let iters_per_sample = short_sample(kernel);
    run_samples(kernel, iters_per_sample, duration)
}

/// Iterations of a sample that is short, so that an end is met within a few milliseconds where the
/// kernel allows.
pub(super) fn short_sample(kernel: &mut dyn Prepared) -> u64 {
    calibrate(kernel, 2_000_000).0
}

/// Runs samples of `iters_per_sample` iterations until the time is over, at least one, and returns the number of iterations in all.
pub(super) fn run_samples(kernel: &mut dyn Prepared, iters_per_sample: u64, duration: Duration) -> u64 {
    let start = Instant::now();
    let mut iters = 0;
    while iters == 0 || start.elapsed() < duration {
        sample(kernel, 0, iters_per_sample);
        iters += iters_per_sample;
    }
    iters
}
