//! What callgrind can simulate while it counts.

use crate::closed_set::closed_set;

closed_set! {
    /// A simulated part of the processor.
    pub enum Simulation, "simulation" {
        /// First-level and last-level caches, of this machine's sizes: misses.
        Cache = "cache",
        /// A branch predictor: mispredictions.
        Branches = "branches",
    }
}
