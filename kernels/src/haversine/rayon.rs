//! The best serial kernel that this CPU runs, over pieces of the records on several threads.

use ::rayon::{ThreadPool, prelude::*};

use crate::parallel;

use super::{
    chord, chord_avx2, chord_avx512,
    layout::{Columns, Kernel, Piece, State},
    points::{Answers, Points},
};

/// The fewest records worth handing to a thread: some microseconds of work.
const SMALLEST_PIECE: usize = 1_024;

/// Pieces per thread: a thread that is held up loses one piece to another, not its whole share.
const PIECES_PER_THREAD: usize = 4;

/// Columns, and threads that are started before the clock is.
pub struct Parallel {
    columns: Columns,
    pool: ThreadPool,
    kernel: Kernel,
}

impl Parallel {
    /// One iteration.
    pub fn run(&mut self) {
        let Self { columns, pool, kernel } = self;
        let (sites, all) = columns.parts();
        let pieces = pool.current_num_threads() * PIECES_PER_THREAD;
        let size = all.len().div_ceil(pieces).max(SMALLEST_PIECE);
        pool.install(|| {
            (all.latitude.par_chunks(size), all.longitude.par_chunks(size))
                .into_par_iter()
                .zip((all.index.par_chunks_mut(size), all.km.par_chunks_mut(size)))
                .for_each(|((latitude, longitude), (index, km))| {
                    kernel(sites, Piece { latitude, longitude, index, km });
                });
        });
    }
}

impl State for Parallel {
    fn prepare(points: &Points) -> Self {
        Self { columns: Columns::prepare(points), pool: parallel::pool(), kernel: best_kernel() }
    }

    fn answers(&self) -> Answers {
        self.columns.answers()
    }
}

/// The fastest kernel of this family among those that the CPU has the features for. A new variant that is faster
/// belongs here, too.
fn best_kernel() -> Kernel {
    if chord_avx512::runs_here() {
        chord_avx512::nearest
    } else if chord_avx2::runs_here() {
        chord_avx2::nearest
    } else {
        chord::nearest
    }
}
