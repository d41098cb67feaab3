//! The data set: what is asked of the allocator, in which order.

use std::sync::Arc;

use duel::{Content, ContentHash, Work};
use duel_workloads::allocations;

/// A batch goes to the other thread when a quarter of the objects that may be in flight are made.
const BATCHES_IN_FLIGHT: usize = 4;

/// A task and its steps, drawn before any clock. The steps are shared, since what is measured outlives the borrow.
#[derive(Clone, Debug)]
pub enum Script {
    /// Small objects replace one another in a window of live ones.
    Small {
        /// How many objects are alive at a time.
        window: usize,
        /// `[slot, size]`, see [`allocations::replacements`].
        steps: Arc<[[u32; 2]]>,
    },
    /// Vectors grow by pushing, side by side.
    Growing {
        /// How many vectors are alive at a time.
        slots: usize,
        /// `[slot, pushes, ends]`, see [`allocations::bursts`].
        steps: Arc<[[u32; 3]]>,
    },
    /// One thread makes objects, another is done with them.
    CrossThread {
        /// How many objects are handed over at a time.
        batch: usize,
        /// The sizes of the objects, in order.
        sizes: Arc<[u32]>,
    },
}

impl Script {
    /// A window of `window` objects, each replaced four times on average.
    pub fn small(window: usize, seed: u64) -> Script {
        let window = window.max(1);
        Script::Small { window, steps: allocations::replacements(5 * window, window, seed).into() }
    }

    /// Vectors to be `elements` long together, four times over. There are an eighth of `elements`' square root of them.
    pub fn growing(elements: usize, seed: u64) -> Script {
        let slots = (elements.isqrt() / 8).max(1);
        let mean_length = elements / slots;
        // A burst is a sixteenth of a vector on average.
        let steps = allocations::bursts(4 * 16 * slots, slots, mean_length, seed);
        Script::Growing { slots, steps: steps.into() }
    }

    /// At most `in_flight` objects that are made and not yet freed, and four times as many in all.
    pub fn cross_thread(in_flight: usize, seed: u64) -> Script {
        let batch = (in_flight / BATCHES_IN_FLIGHT).max(1);
        Script::CrossThread { batch, sizes: allocations::sizes(4 * in_flight, seed).into() }
    }

    /// Objects made or elements pushed, and the bytes written into them.
    pub fn work(&self) -> Work {
        let (elements, bytes) = match self {
            Script::Small { steps, .. } => {
                (steps.len() as u64, steps.iter().map(|[_, size]| u64::from(*size)).sum())
            }
            Script::Growing { steps, .. } => {
                let pushes = steps.iter().map(|[_, pushes, _]| u64::from(*pushes)).sum();
                (pushes, 8 * pushes)
            }
            Script::CrossThread { sizes, .. } => {
                (sizes.len() as u64, sizes.iter().map(|size| u64::from(*size)).sum())
            }
        };
        Work { elements, bytes, flops: 0 }
    }
}

impl Content for Script {
    fn feed(&self, hash: &mut ContentHash) {
        match self {
            Script::Small { window, steps } => {
                0u8.feed(hash);
                (*window as u64).feed(hash);
                steps[..].feed(hash);
            }
            Script::Growing { slots, steps } => {
                1u8.feed(hash);
                (*slots as u64).feed(hash);
                steps[..].feed(hash);
            }
            Script::CrossThread { batch, sizes } => {
                2u8.feed(hash);
                (*batch as u64).feed(hash);
                sizes[..].feed(hash);
            }
        }
    }
}
