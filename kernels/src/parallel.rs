//! Threads for the parallel variants.

use rayon::{ThreadPool, ThreadPoolBuilder};

/// A pool of its own for one variant, with as many threads as the case says. rayon's global pool
/// is sized once per process, and a comparison by threads wants it sized per case.
///
/// # Panics
/// If the system refuses the threads.
pub(crate) fn pool() -> ThreadPool {
    ThreadPoolBuilder::new()
        .num_threads(duel::threads())
        .build()
        .expect("the system starts the threads that a parallel variant needs")
}
