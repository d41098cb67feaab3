//! The catalogue: families of interchangeable kernel variants, and at the same time an example
//! of a crate that uses duel. Its bench target `catalogue` is their runner.
//!
//! | family | question |
//! | --- | --- |
//! | [`haversine`] | which of these sites is nearest to each record, and how far is it? |
//! | [`add_in_place`] | how fast can one array be added to another? |
//! | [`stream`] | how fast can this machine read two arrays and write one, whatever the loop? |
//! | [`count_duplicates`] | how often does each key occur, and which hasher finds out fastest? |
//! | [`churn`] | what do allocations of a program's usual kinds cost? |
//!
//! # Adding a variant
//! One file in its family's folder, which holds the kernel and says at its top what it tries;
//! and one row in that family's table, the chain in its `mod.rs`, with the module's name beside
//! the others. Ids, the list, the check against the reference, and reports follow by themselves.
//!
//! # What the kernels have in common
//! - The reference is the plainest code for the task. Every other variant is held against its
//!   output before any clock is started, and in the tests on inputs that no workload has: empty,
//!   odd lengths, any alignment, and the values where such code goes wrong.
//! - What belongs to a layout is made outside the clock; each family's page says what is measured.
//! - Memory is there before the clock starts: outputs go to memory that the state owns and has
//!   written to, so that no variant is charged for a page that happens to be new.
//! - `unsafe` stands only in files that need a CPU's own instructions, and in one that asks the
//!   system for large pages. A kernel by hand checks for its CPU features when it is called;
//!   where one is missing, its variant is listed as unavailable, and its tests say that they
//!   did not run.
//! - Parallel variants have a pool of their own with as many threads as the case says.
//!
//! # Sizes
//! A size is named after the memory that its working set is made for: `l1` stays under 32 KiB,
//! `l2` under 1 MiB, and `memory` is larger than the last cache of any machine we know (480 MiB).
//! What fills it is each family's own affair and on its page.

pub mod add_in_place;
mod aligned;
pub mod churn;
pub mod count_duplicates;
mod cpu;
pub mod haversine;
pub mod iteration;
pub mod overhead;
mod parallel;
pub mod stream;
mod table;
#[cfg(test)]
mod testing;
pub mod yardstick;

/// Every family.
pub fn families() -> Vec<Box<dyn duel::AnyFamily>> {
    vec![
        Box::new(haversine::family()),
        Box::new(add_in_place::family()),
        Box::new(stream::family()),
        Box::new(count_duplicates::family()),
        Box::new(count_duplicates::strings_family()),
        Box::new(churn::family()),
        Box::new(overhead::family()),
    ]
}
