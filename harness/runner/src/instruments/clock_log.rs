//! When the clock ran while something outside watched this process.
//!
//! A profiler outside sees stacks, and copies only part of a deep one: then nothing in it tells
//! whether the clock ran. So this process remembers when it did, and answers for single moments.

#![allow(unsafe_code)]

use crate::kernel::Prepared;

/// Intervals that are remembered: 64 MiB, of which only what is written to becomes resident.
const MOST: usize = 1 << 22;

/// Intervals under the clock, in the order of time, in nanoseconds of `CLOCK_MONOTONIC`.
#[derive(Debug)]
pub(crate) struct ClockLog {
    intervals: Vec<(u64, u64)>,
    /// From here on nothing was remembered.
    full_from: Option<u64>,
    most: usize,
}

impl ClockLog {
    pub(crate) fn new() -> Self {
        Self::with_room(MOST)
    }

    fn with_room(most: usize) -> Self {
        // All at once: growing would move the kernel's own memory about.
        Self { intervals: Vec::with_capacity(most), full_from: None, most }
    }

    fn note(&mut self, start: u64, end: u64) {
        if self.intervals.len() < self.most {
            self.intervals.push((start, end));
        } else {
            self.full_from.get_or_insert(start);
        }
    }

    /// Whether the clock ran at that moment; `None` if that was not remembered.
    pub(crate) fn ran_at(&self, moment: u64) -> Option<bool> {
        if self.full_from.is_some_and(|from| moment >= from) {
            return None;
        }
        let after = self.intervals.partition_point(|(start, _)| *start <= moment);
        Some(after.checked_sub(1).is_some_and(|place| moment < self.intervals[place].1))
    }
}

/// A kernel whose intervals under the clock are remembered.
pub(crate) struct Logged<'a> {
    pub kernel: &'a mut dyn Prepared,
    pub log: &'a mut ClockLog,
}

impl Prepared for Logged<'_> {
    fn begin(&mut self) {
        self.kernel.begin();
    }

    fn chunk(&self, iters: u64) -> u64 {
        self.kernel.chunk(iters)
    }

    fn load(&mut self, count: u64) {
        self.kernel.load(count);
    }

    fn fire(&mut self, count: u64) -> u64 {
        let start = now_ns();
        let time_ns = self.kernel.fire(count);
        self.log.note(start, now_ns());
        time_ns
    }

    fn unload(&mut self) {
        self.kernel.unload();
    }
}

/// Nanoseconds of the clock that perf stamps its samples with; `Instant` does not show its number.
fn now_ns() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a whole `timespec`, which the call fills.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut time) };
    u64::try_from(time.tv_sec).unwrap_or(0) * 1_000_000_000 + u64::try_from(time.tv_nsec).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_within_and_between_intervals_are_told_apart() {
        let mut log = ClockLog::with_room(8);
        log.note(10, 20);
        log.note(25, 30);
        let ran = [5, 10, 19, 20, 24, 25, 29, 30].map(|moment| log.ran_at(moment).unwrap());
        assert_eq!(ran, [false, true, true, false, false, true, true, false]);
    }

    #[test]
    fn a_moment_after_the_last_that_was_remembered_is_unknown() {
        let mut log = ClockLog::with_room(1);
        log.note(10, 20);
        log.note(30, 40);
        assert_eq!([15, 29, 30, 99].map(|moment| log.ran_at(moment)), [Some(true), Some(false), None, None]);
    }

    #[test]
    fn only_the_work_under_the_clock_is_remembered() {
        struct Marks(Vec<u64>);
        impl Prepared for Marks {
            fn chunk(&self, iters: u64) -> u64 {
                iters
            }
            fn load(&mut self, _: u64) {
                self.0.push(now_ns());
            }
            fn fire(&mut self, _: u64) -> u64 {
                self.0.push(now_ns());
                0
            }
            fn unload(&mut self) {
                self.0.push(now_ns());
            }
        }
        let (mut kernel, mut log) = (Marks(Vec::new()), ClockLog::with_room(8));
        crate::kernel::sample(&mut Logged { kernel: &mut kernel, log: &mut log }, 0, 3);
        let ran: Vec<_> = kernel.0.iter().map(|moment| log.ran_at(*moment)).collect();
        assert_eq!(ran.len(), 3);
        // Readings may be equal where the clock's steps are coarse, so only the middle one is certain to be within.
        assert!(log.ran_at(kernel.0[1]) == Some(true) || kernel.0[1] == kernel.0[2], "{ran:?}");
    }
}
