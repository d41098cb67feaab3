//! The switch of what counts under the clock: callgrind's counter, or the counters of processor and system.
//!
//! The clock switches it on both sides of a kernel's work; the instruments say what it switches.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::valgrind;

/// Whether anything counts under the clock.
static COUNTING: AtomicBool = AtomicBool::new(false);
/// Whether that is the counters of processor and system, rather than callgrind.
static COUNTERS_OPEN: AtomicBool = AtomicBool::new(false);
/// Whether those counters are on at the moment.
static COUNTERS_ON: AtomicBool = AtomicBool::new(false);
/// Times that they were switched on.
static SWITCHES: AtomicU64 = AtomicU64::new(0);

/// Switches what counts on or off. If nothing counts it costs a load and a branch.
#[inline(always)]
pub(crate) fn switch_counter() {
    if COUNTING.load(Ordering::Relaxed) {
        toggle();
    }
}

#[cold]
#[inline(never)]
fn toggle() {
    // One of them counts, never both.
    if !toggle_counters() {
        valgrind::toggle();
    }
}

/// Switches the counters if they are open, and returns whether they are.
fn toggle_counters() -> bool {
    if !COUNTERS_OPEN.load(Ordering::Relaxed) {
        return false;
    }
    if COUNTERS_ON.load(Ordering::Relaxed) {
        switch_counters(false);
        COUNTERS_ON.store(false, Ordering::Relaxed);
    } else {
        SWITCHES.fetch_add(1, Ordering::Relaxed);
        COUNTERS_ON.store(true, Ordering::Relaxed);
        switch_counters(true);
    }
    true
}

/// Switches all counters of this process at once: they are the calling thread's own.
#[cfg(target_os = "linux")]
fn switch_counters(on: bool) {
    // It can't fail on any kernel that opened them.
    let _ = rustix::process::configure_performance_counters(on);
}

#[cfg(not(target_os = "linux"))]
fn switch_counters(_: bool) {}

/// Does `work` with callgrind counting what is under the clock in it, or not.
pub(crate) fn with_callgrind<T>(counting: bool, work: impl FnOnce() -> T) -> T {
    COUNTING.store(counting, Ordering::Relaxed);
    let done = work();
    COUNTING.store(false, Ordering::Relaxed);
    done
}

/// The counters of processor and system count under the clock as long as this lives, and however it ends.
pub(crate) struct CountersUnderClock(());

impl CountersUnderClock {
    pub(crate) fn new() -> Self {
        COUNTERS_OPEN.store(true, Ordering::Relaxed);
        COUNTING.store(true, Ordering::Relaxed);
        Self(())
    }

    /// Begins to count the switches from zero.
    pub(crate) fn forget_switches(&self) {
        SWITCHES.store(0, Ordering::Relaxed);
    }

    /// How often the counters were switched on.
    pub(crate) fn switches(&self) -> u64 {
        SWITCHES.load(Ordering::Relaxed)
    }
}

impl Drop for CountersUnderClock {
    fn drop(&mut self) {
        COUNTING.store(false, Ordering::Relaxed);
        COUNTERS_OPEN.store(false, Ordering::Relaxed);
        if COUNTERS_ON.swap(false, Ordering::Relaxed) {
            switch_counters(false);
        }
    }
}
