//! What dhat's totals leave out: how large blocks are, and what is alive as time goes on.
//!
//! Stands round dhat's own allocator, so it is there only in a process that counts and costs the
//! other allocators nothing. After each call it asks dhat for its totals: so which blocks count,
//! and that a reallocation is one more block, is dhat's decision and never a second opinion.

#![allow(unsafe_code)]

use std::{
    alloc::{GlobalAlloc, Layout},
    cell::Cell,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use dhat::HeapStats;
use duel_record::{LivePoint, SizeClass};

/// dhat's allocator, whose calls are also recorded while there is a [`Recording`].
pub(crate) struct Recorded;

/// Classes of sizes: up to 1 byte, up to 2, up to 4, and so on.
const CLASSES: usize = 64;
/// Points that are kept at most, beside first, last and highest.
const POINTS: usize = 200;

static ON: AtomicBool = AtomicBool::new(false);
/// Held over the call and the question to dhat, so that each change is distinguished from the next.
static ACCOUNT: Mutex<Account> = Mutex::new(Account::NEW);

thread_local! {
    /// Whether this thread is within a call already: dhat allocates for itself.
    static WITHIN: Cell<bool> = const { Cell::new(false) };
}

/// Records from its start until it is stopped or dropped; a dhat profiler must outlive it.
pub(crate) struct Recording(());

impl Recording {
    pub(crate) fn start() -> Self {
        *ACCOUNT.lock().unwrap_or_else(PoisonError::into_inner) = Account::NEW;
        ON.store(true, Ordering::SeqCst);
        Self(())
    }

    /// Ends it. Nothing is allocated, which dhat would still count.
    pub(crate) fn stop(self) -> Account {
        ON.store(false, Ordering::SeqCst);
        *ACCOUNT.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        // Under the lock: another thread that is still recording must find dhat's profiler.
        let _account = ACCOUNT.lock().unwrap_or_else(PoisonError::into_inner);
        ON.store(false, Ordering::SeqCst);
    }
}

/// Makes a call, and takes down what it changed; `size` is that of the block it asks for.
fn record<T>(size: usize, call: impl FnOnce() -> T) -> T {
    // A thread that is already taken down has no flag, and is left to dhat alone.
    if WITHIN.try_with(|within| within.replace(true)).unwrap_or(true) {
        return call();
    }
    let made = if ON.load(Ordering::SeqCst) {
        let mut account = ACCOUNT.lock().unwrap_or_else(PoisonError::into_inner);
        let made = call();
        // It may have been stopped while this thread waited for the lock.
        if ON.load(Ordering::SeqCst) {
            account.take(size, Totals::of(&HeapStats::get()));
        }
        made
    } else {
        call()
    };
    let _ = WITHIN.try_with(|within| within.set(false));
    made
}

// SAFETY: every method hands its arguments on unchanged to dhat's allocator, which fulfils the
// contract; taking down what it did allocates nothing and touches none of its memory.
unsafe impl GlobalAlloc for Recorded {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are handed on, here and in the three below.
        record(layout.size(), || unsafe { dhat::Alloc.alloc(layout) })
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: see above.
        record(0, || unsafe { dhat::Alloc.dealloc(pointer, layout) });
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: see above.
        record(layout.size(), || unsafe { dhat::Alloc.alloc_zeroed(layout) })
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: see above.
        record(size, || unsafe { dhat::Alloc.realloc(pointer, layout, size) })
    }
}

/// What dhat says after a call.
#[derive(Clone, Copy, Default)]
struct Totals {
    blocks: u64,
    bytes: u64,
    alive_blocks: u64,
    alive_bytes: u64,
}

impl Totals {
    fn of(stats: &HeapStats) -> Self {
        Self {
            blocks: stats.total_blocks,
            bytes: stats.total_bytes,
            alive_blocks: stats.curr_blocks as u64,
            alive_bytes: stats.curr_bytes as u64,
        }
    }
}

/// All that is recorded, without a heap of its own.
#[derive(Clone, Copy)]
pub(crate) struct Account {
    /// After the last change.
    totals: Totals,
    /// Blocks and bytes of each class.
    classes: [(u64, u64); CLASSES],
    points: [LivePoint; POINTS],
    kept: usize,
    /// Every so many events one point is kept.
    stride: u64,
    last: LivePoint,
    highest: LivePoint,
}

impl Account {
    /// Nothing happened yet, which is the first point.
    const NEW: Self = Self {
        totals: Totals { blocks: 0, bytes: 0, alive_blocks: 0, alive_bytes: 0 },
        classes: [(0, 0); CLASSES],
        points: [LivePoint { events: 0, bytes: 0 }; POINTS],
        kept: 1,
        stride: 1,
        last: LivePoint { events: 0, bytes: 0 },
        highest: LivePoint { events: 0, bytes: 0 },
    };

    /// Takes down what changed in dhat's totals; nothing where a block does not count.
    fn take(&mut self, size: usize, totals: Totals) {
        let before = std::mem::replace(&mut self.totals, totals);
        if totals.blocks == before.blocks && totals.alive_blocks == before.alive_blocks {
            return;
        }
        let class = &mut self.classes[class_of(size)];
        class.0 += totals.blocks - before.blocks;
        class.1 += totals.bytes - before.bytes;
        self.event(totals.alive_bytes);
    }

    fn event(&mut self, bytes: u64) {
        self.last = LivePoint { events: self.last.events + 1, bytes };
        if bytes >= self.highest.bytes {
            self.highest = self.last;
        }
        if !self.last.events.is_multiple_of(self.stride) {
            return;
        }
        if self.kept == POINTS {
            self.halve();
        }
        if self.last.events.is_multiple_of(self.stride) {
            self.points[self.kept] = self.last;
            self.kept += 1;
        }
    }

    /// Keeps every other point.
    fn halve(&mut self) {
        self.stride *= 2;
        for i in 0..POINTS / 2 {
            self.points[i] = self.points[2 * i];
        }
        self.kept = POINTS / 2;
    }

    /// Blocks by size, from the smallest class with a block in it to the largest.
    pub(crate) fn sizes(&self) -> Vec<SizeClass> {
        let filled = |(blocks, _): &(u64, u64)| *blocks > 0;
        let Some(first) = self.classes.iter().position(filled) else { return Vec::new() };
        let last = self.classes.iter().rposition(filled).unwrap_or(first);
        (first..=last)
            .map(|i| SizeClass { bytes_most: 1 << i, blocks: self.classes[i].0, bytes: self.classes[i].1 })
            .collect()
    }

    /// Bytes alive as time went on.
    pub(crate) fn live(&self) -> Vec<LivePoint> {
        if self.last.events == 0 {
            return Vec::new();
        }
        let mut live = self.points[..self.kept].to_vec();
        live.extend([self.highest, self.last]);
        live.sort_by_key(|point| point.events);
        live.dedup();
        live
    }
}

/// The class that a size is in: the smallest power of two that is not below it.
fn class_of(size: usize) -> usize {
    // A size is at most isize::MAX, so its power of two is there.
    (size.max(1).next_power_of_two().trailing_zeros() as usize).min(CLASSES - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_goes_up_to_and_with_its_power_of_two() {
        let classes = [0, 1, 2, 3, 4, 5, 1 << 20, (1 << 20) + 1, isize::MAX as usize].map(class_of);
        assert_eq!(classes, [0, 0, 1, 2, 2, 3, 20, 21, 63]);
    }

    #[test]
    fn however_long_it_goes_on_the_points_are_few_evenly_spaced_and_keep_the_peak() {
        for events in [0, 1, 199, 200, 201, 12_345, 1_000_000_u64] {
            let mut account = Account::NEW;
            let peak_at = events / 3 + 1;
            for i in 1..=events {
                account.event(if i == peak_at { 1_000_000 } else { i % 100 });
            }
            let live = account.live();
            assert!(live.len() <= POINTS + 2, "{} points of {events}", live.len());
            if events == 0 {
                assert_eq!(live, []);
                continue;
            }
            assert_eq!((live[0].events, live[live.len() - 1].events), (0, events));
            assert_eq!(live.iter().max_by_key(|point| point.bytes).unwrap().events, peak_at.min(events));
            let widest = live.windows(2).map(|pair| pair[1].events - pair[0].events).max().unwrap();
            assert!(widest <= account.stride && live.windows(2).all(|pair| pair[0].events < pair[1].events));
            assert!(events < 200 || live.len() >= POINTS / 2, "{} points of {events}", live.len());
        }
    }

    #[test]
    fn what_dhat_does_not_count_is_no_event() {
        let mut account = Account::NEW;
        let stats =
            |blocks, bytes, alive_blocks, alive_bytes| Totals { blocks, bytes, alive_blocks, alive_bytes };
        account.take(100, stats(1, 100, 1, 100));
        // An older block is freed, then a reallocation, then the block's end.
        account.take(0, stats(1, 100, 1, 100));
        account.take(300, stats(2, 400, 1, 300));
        account.take(0, stats(2, 400, 0, 0));
        let class = |bytes_most, blocks, bytes| SizeClass { bytes_most, blocks, bytes };
        assert_eq!(account.sizes(), [class(128, 1, 100), class(256, 0, 0), class(512, 1, 300)]);
        let live: Vec<_> = account.live().iter().map(|point| (point.events, point.bytes)).collect();
        assert_eq!(live, [(0, 0), (1, 100), (2, 300), (3, 0)]);
    }
}
