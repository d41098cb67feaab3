//! How many threads a parallel variant uses: one number for the process, set by the driver.

use std::{
    num::NonZero,
    sync::atomic::{AtomicUsize, Ordering},
};

static THREADS: AtomicUsize = AtomicUsize::new(0);

/// The number of threads that a variant marked [`parallel`](crate::Family::parallel) is to use.
///
/// Read it while preparing. Outside a comparison it is the number of cores.
pub fn threads() -> usize {
    match THREADS.load(Ordering::Relaxed) {
        0 => std::thread::available_parallelism().map_or(1, NonZero::get),
        threads => threads,
    }
}

pub(crate) fn set_threads(threads: Option<u32>) {
    THREADS.store(threads.map_or(0, |threads| threads as usize), Ordering::Relaxed);
}
