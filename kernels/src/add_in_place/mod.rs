//! `a[i] += b[i]` on `f32`: how fast can one array be added to another?
//!
//! One addition per twelve bytes moved. In a cache the width of a vector decides, and past the
//! last cache nothing but how well the loop keeps memory busy. How near that comes to what the
//! machine can do, the family [`stream`](crate::stream) says in the same run.
//!
//! # What is measured
//! One pass over both arrays: every element of `a` and `b` is read, every element of `a` is
//! written. The arrays begin at a page, large ones at a large page (the crate's `aligned.rs`
//! says why); the kernels take slices of any length and alignment, and are tested on them.
//!
//! `a` is made fresh before every sample, not before every iteration: an addition takes as long
//! whatever it adds, and the data set sees to it that the sums stay normal.
//!
//! # The variants
//! | variant | is |
//! | --- | --- |
//! | `scalar` (reference) | one element at a time, kept from the compiler's vectors |
//! | `auto` | the plain loop, left to the compiler |
//! | `wide` | eight lanes of the portable crate `wide` |
//! | `avx2`, `avx512` | by hand, eight vectors a round |
//! | `prefetch` | 256-bit vectors that ask for lines a kilobyte ahead |
//! | `stream` | stores that go past the caches |
//! | `rayon` | the best of these for the length, over all threads |
//!
//! # Sizes
//! | size | elements | both arrays |
//! | --- | --- | --- |
//! | `l1` | 3,072 | 24 KiB |
//! | `l2` | 98,304 | 768 KiB |
//! | `memory` | 134,217,728 | 1 GiB |

mod auto;
mod avx2;
mod avx512;
pub(crate) mod data;
mod prefetch;
mod rayon;
mod scalar;
mod stream;
#[cfg(test)]
mod tests;
mod wide;

use duel::{Family, InPlace, ResetEvery, Work};

use crate::{
    iteration::{Iteration, in_place},
    table::{self, Parts, with_variants},
};

pub use data::Floats;
use data::{Arrays, State};
use rayon::Parallel;

/// Adds the second to the first.
type Kernel = fn(&mut [f32], &[f32]);

/// Elements per array; the module's page says what they fill.
pub(crate) const SIZES: [(&str, usize); 3] = [("l1", 3 << 10), ("l2", 3 << 15), ("memory", 1 << 27)];

/// The family.
pub fn family() -> Family<Floats, Vec<f32>> {
    let question = "How fast can one array be added to another?";
    let family = Family::new("add_in_place", question, duel::exact())
        .workload("floats", &SIZES, Floats::draw)
        .work(work)
        .precision_bits(32);
    with_variants(family, variants())
}

/// The family's table.
fn variants() -> Vec<Variant> {
    vec![
        serial("scalar", scalar::add),
        serial("auto", auto::add),
        serial("wide", wide::add),
        serial("avx2", avx2::add).needs(avx2::NEEDS),
        serial("avx512", avx512::add).needs(avx512::NEEDS),
        serial("prefetch", prefetch::add).needs(prefetch::NEEDS),
        serial("stream", stream::add).needs(stream::NEEDS),
        Variant::new("rayon", state(Parallel::run)).parallel(),
    ]
}

/// One iteration of a variant over the size that the name says.
pub(crate) fn auto_on_l2(seed: u64) -> Iteration {
    in_place(on_arrays(auto::add), &Floats::draw(SIZES[1].1, seed))
}

/// Two reads and one write of four bytes, and one addition.
pub(crate) fn work(floats: &Floats) -> Work {
    let elements = floats.elements() as u64;
    Work { elements, bytes: 12 * elements, flops: elements }
}

/// A row of the table. Kernels on one thread also take slices of any length and alignment.
type Variant = table::Variant<Floats, Vec<f32>, dyn Fn(&mut [f32], &[f32])>;

/// The row of a variant on one thread.
fn serial(name: &'static str, kernel: impl Fn(&mut [f32], &[f32]) + Copy + 'static) -> Variant {
    Variant::new(name, on_arrays(kernel)).kernel(|| Box::new(kernel))
}

/// Parts of a variant on one thread.
pub(crate) fn on_arrays(kernel: impl Fn(&mut [f32], &[f32]) + 'static) -> Parts<Floats, Arrays, Vec<f32>> {
    state(move |arrays: &mut Arrays| kernel(&mut arrays.a, &arrays.b))
}

/// Parts of a variant with a state of its own.
fn state<S: State + 'static>(run: impl Fn(&mut S) + 'static) -> Parts<Floats, S, Vec<f32>> {
    InPlace {
        prepare: S::prepare,
        reset: |floats, state| state.arrays_mut().reset(floats),
        run: Box::new(run),
        output: |state| state.arrays().a.to_vec(),
        reset_every: ResetEvery::Sample,
    }
}
