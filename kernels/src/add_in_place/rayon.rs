//! The best serial loop that this CPU runs, over pieces of the arrays on several threads.

use ::rayon::{ThreadPool, prelude::*};

use super::{
    Kernel, auto, avx2, avx512,
    data::{Arrays, Floats, State},
    prefetch,
};
use crate::parallel;

/// The fewest elements worth handing to a thread: about a microsecond of work.
const SMALLEST_PIECE: usize = 1 << 14;

/// Pieces per thread: a thread that is held up loses one piece to another, not its whole share.
const PIECES_PER_THREAD: usize = 4;

/// Pieces begin at a line, so that no two threads write to the same one.
const LINE: usize = 16;

/// From so many elements on (16 MiB in two arrays) the loop for what no cache holds is used.
const MANY: usize = 1 << 21;

/// Arrays, and threads that are started before the clock is.
pub struct Parallel {
    arrays: Arrays,
    pool: ThreadPool,
    kernel: Kernel,
}

impl Parallel {
    /// One iteration.
    pub fn run(&mut self) {
        let Self { arrays, pool, kernel } = self;
        let pieces = pool.current_num_threads() * PIECES_PER_THREAD;
        let size = arrays.a.len().div_ceil(pieces).next_multiple_of(LINE).max(SMALLEST_PIECE);
        let (a, b) = (&mut arrays.a[..], &arrays.b[..]);
        pool.install(|| {
            a.par_chunks_mut(size).zip(b.par_chunks(size)).for_each(|(a, b)| kernel(a, b));
        });
    }
}

impl State for Parallel {
    fn prepare(floats: &Floats) -> Self {
        let arrays = Arrays::prepare(floats);
        let kernel = best_kernel(arrays.a.len());
        Self { arrays, pool: parallel::pool(), kernel }
    }

    fn arrays(&self) -> &Arrays {
        &self.arrays
    }

    fn arrays_mut(&mut self) -> &mut Arrays {
        &mut self.arrays
    }
}

/// The fastest loop for this number of elements among those that the CPU has the features for. A new variant that is faster
/// belongs here, too.
fn best_kernel(len: usize) -> Kernel {
    if len >= MANY && prefetch::runs_here() {
        prefetch::add
    } else if avx512::runs_here() {
        avx512::add
    } else if avx2::runs_here() {
        avx2::add
    } else {
        auto::add
    }
}
