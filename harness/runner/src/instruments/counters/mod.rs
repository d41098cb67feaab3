//! What processor and system count while the kernel runs, and nothing else.
//!
//! The clock switches all counters at once, on its way in and on its way out, as it
//! does callgrind's. Switching is itself counted in part, so an empty kernel is counted before and
//! taken off.

mod energy;
#[cfg(target_os = "linux")]
mod perf;
#[cfg(not(target_os = "linux"))]
#[path = "no_perf.rs"]
mod perf;

use std::{
    path::Path,
    time::{Duration, Instant},
};

use duel_record::{Count, CounterSummary, Refused};

use crate::{
    counting::CountersUnderClock,
    kernel::{Prepared, calibrate, clocked, sample},
};
use energy::package_energy;
use perf::{Counters, Reading};

/// Samples are longer than a trial's, so that kernels whose inputs are made in chunks have large
/// ones, and switching is little beside them.
const SAMPLE_NS: u64 = 10_000_000;
/// Switches of an empty kernel; the first of them are not counted.
const EMPTY_SWITCHES: u64 = 200;
const WARM_SWITCHES: u64 = 20;

/// Counts over iterations alone, for a while.
pub(crate) fn counters(kernel: &mut dyn Prepared, duration: Duration) -> CounterSummary {
    // Before the counters are opened: a kernel that starts its threads on the first call has them.
    let (iters_per_sample, _) = calibrate(kernel, SAMPLE_NS);
    let mut counters = Counters::open();
    let mut summary = CounterSummary {
        refused: std::mem::take(&mut counters.refused),
        user_space_only: counters.user_space_only,
        ..CounterSummary::default()
    };
    count(kernel, &mut counters, duration, iters_per_sample, &mut summary);
    match package_energy(kernel, Path::new("/"), duration) {
        Ok(count) => summary.counts.push(count),
        Err(refused) => summary.refused.push(refused),
    }
    summary
}

fn count(
    kernel: &mut dyn Prepared,
    counters: &mut Counters,
    duration: Duration,
    iters_per_sample: u64,
    summary: &mut CounterSummary,
) {
    let under_clock = CountersUnderClock::new();
    empty(WARM_SWITCHES);
    let start = counters.read();
    empty(EMPTY_SWITCHES);
    let after_empty = counters.read();
    under_clock.forget_switches();
    let clock = Instant::now();
    let mut iters = 0;
    while iters == 0 || clock.elapsed() < duration {
        sample(kernel, 0, iters_per_sample);
        iters += iters_per_sample;
    }
    let end = counters.read();
    let switches = under_clock.switches() as f64 / EMPTY_SWITCHES as f64;
    drop(under_clock);
    summary.iters = iters;
    for (((event, start), after_empty), end) in counters.events().iter().zip(start).zip(after_empty).zip(end)
    {
        match (after_empty.since(start), end.since(after_empty)) {
            (Some((empty, _)), Some((counted, counted_share))) => summary.counts.push(Count {
                counter: event.counter,
                per_iter: (counted - empty * switches).max(0.0) / iters as f64,
                counted_share,
            }),
            _ => summary.refused.push(Refused {
                counter: event.counter,
                reason: "other counters had its place in the processor all the time".to_owned(),
                remedy: Some(
                    "end what else counts, such as perf or the NMI watchdog: sysctl kernel.nmi_watchdog=0"
                        .to_owned(),
                ),
            }),
        }
    }
}

fn empty(times: u64) {
    for _ in 0..times {
        clocked(|| ());
    }
}

impl Reading {
    /// What was counted since another reading, scaled up where the counter had to share its place
    /// with others, and the share of the time in which it counted; `None` where it never did.
    fn since(self, before: Self) -> Option<(f64, f64)> {
        let enabled_ns = self.enabled_ns.saturating_sub(before.enabled_ns);
        let running_ns = self.running_ns.saturating_sub(before.running_ns);
        let count = self.count.saturating_sub(before.count) as f64;
        if enabled_ns == 0 {
            // Too short for the kernel's clock: then nothing was shared.
            return Some((count, 1.0));
        }
        let share = running_ns as f64 / enabled_ns as f64;
        (share > 0.0).then(|| (count / share, share.min(1.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(count: u64, enabled_ns: u64, running_ns: u64) -> Reading {
        Reading { count, enabled_ns, running_ns }
    }

    #[test]
    fn a_count_is_scaled_up_by_the_time_in_which_others_had_its_place() {
        let (count, share) = reading(1_100, 3_000, 1_500).since(reading(100, 1_000, 1_000)).unwrap();
        assert_eq!((count, share), (4_000.0, 0.25));
    }

    #[test]
    fn what_never_had_a_place_has_no_count() {
        assert!(reading(0, 3_000, 0).since(reading(0, 1_000, 0)).is_none());
        assert_eq!(reading(7, 10, 10).since(reading(0, 0, 0)), Some((7.0, 1.0)));
    }
}
