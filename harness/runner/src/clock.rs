//! The clock: `Instant`, with its step and its own cost measured once.

use std::{
    sync::OnceLock,
    time::{Duration, Instant},
};

/// What the clock can resolve and what reading it costs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    /// The smallest step seen.
    pub step_ns: u64,
    /// The time between two readings with nothing between them.
    pub cost_ns: u64,
}

/// Measures the clock on the first call.
pub(crate) fn clock() -> Clock {
    static CLOCK: OnceLock<Clock> = OnceLock::new();
    *CLOCK.get_or_init(|| {
        let mut gaps: Vec<u64> = (0..2_000)
            .map(|_| {
                let start = Instant::now();
                nanoseconds(start.elapsed())
            })
            .collect();
        gaps.sort_unstable();
        let step_ns = gaps.windows(2).map(|pair| pair[1] - pair[0]).filter(|gap| *gap > 0).min();
        Clock { step_ns: step_ns.unwrap_or_else(next_step_ns), cost_ns: gaps[gaps.len() / 2] }
    })
}

/// Waits until a clock moves that stood still in all readings before.
fn next_step_ns() -> u64 {
    let start = Instant::now();
    loop {
        let step_ns = nanoseconds(start.elapsed());
        if step_ns > 0 {
            return step_ns;
        }
    }
}

/// A duration in whole nanoseconds.
pub(crate) fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
