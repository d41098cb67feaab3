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
//! 1. Write a file in the family's folder that holds the kernel and says at its top what it tries.
//!    If the kernel needs CPU features, the file states them: `crate::cpu::needs_cpu!("avx2");`.
//! 2. Name the file among the `mod` lines of the family's `mod.rs`.
//! 3. Add one row to the table there, the function `variants` (`rows` in [`count_duplicates`], the
//!    constant `ROWS` in [`churn`]).
//!
//! The family and its tests both iterate over the table. So the variant's id, its place in lists
//! and reports, its verification and its tests follow from the row. The first row is the reference.
//!
//! A hasher in [`count_duplicates`] is a function in `hashers.rs` instead of a file, and the
//! kernels of [`overhead`] are rows without files.
//!
//! # What the kernels have in common
//! - The reference is the plainest code for the task. The output of every other
//!   variant is compared with its output before any clock starts, and in the tests on inputs that
//!   no workload has: empty, odd lengths, any alignment, and the values for which such code fails.
//! - What belongs to a layout is made outside the clock; each family's page says what is measured.
//! - Memory is there before the clock starts: outputs go to memory that the state owns and has
//!   written to, so that no variant is charged for a page that happens to be new.
//! - `unsafe` stands only in files that need a CPU's own instructions, and in one that asks the
//!   system for large pages. A kernel by hand checks for its CPU features when it is called.
//!   If one is missing, its variant is listed as unavailable, and the tests name it as not run.
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
