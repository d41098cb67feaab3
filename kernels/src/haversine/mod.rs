//! Which of these sites is nearest to each record, and how far is it along the great circle?
//!
//! # What is measured
//! For every record, given in degrees: the index of the nearest site and its distance in km, as
//! `u32` and `f32`, written to memory that the state owns. All trigonometry of *records* is
//! measured, in every variant: the cosine of their latitude (haversine) or their unit vector
//! (chord), and the arcsine of what was found.
//!
//! Outside the clock, for all alike: laying records and answers out the way the variant wants
//! them, and preparing *sites*, which stay the same over records: the cosine of their latitude
//! (haversine) or their unit vector (chord).
//!
//! # The variants
//! | variant | layout | per pair of record and site | by |
//! | --- | --- | --- | --- |
//! | `aos` (reference) | array of structs | 2 sines, square root, arcsine | std |
//! | `aos_one_arcsine` | array of structs | 2 sines | std |
//! | `soa` | struct of arrays | 2 polynomials | the compiler |
//! | `aosoa` | blocks of 16 | 2 polynomials | the compiler |
//! | `avx2`, `avx512` | struct of arrays | 2 polynomials | hand |
//! | `chord` | struct of arrays | 3 differences, 3 products | the compiler |
//! | `chord_avx2`, `chord_avx512` | struct of arrays | 3 differences, 3 products | hand |
//! | `rayon` | struct of arrays | as the best above | the best above |
//!
//! So `aos` against `aos_one_arcsine` is what the formulation gives, `soa` what vectors and
//! polynomials give for free, `avx512` what the hand adds, `chord` what another formulation
//! gives again. How exact the polynomials are is in `math.rs`, how far answers may differ
//! in [`LARGEST_ERROR`].
//!
//! # Sizes
//! A size is a number of records of 16 bytes, eight read and eight written.
//! | size | records | bytes | sites |
//! | --- | --- | --- | --- |
//! | `l1` | 1,024 | 16 KiB | 16 |
//! | `l2` | 32,768 | 512 KiB | 16 |
//! | `memory` | 33,554,432 | 512 MiB | 2 |
//!
//! With 16 sites an `l1` iteration of the slowest variant takes about a third of a millisecond,
//! which is one turn of a comparison. `memory` has only [`SITES_IN_MEMORY`] sites, so that the
//! slowest variant stays under two seconds. With so few the fastest takes 1.4 times as long per
//! record as it does in a cache, while the slowest doesn't notice where its records are.

mod aos;
mod aos_one_arcsine;
mod aosoa;
mod avx2;
mod avx512;
mod chord;
mod chord_avx2;
mod chord_avx512;
mod layout;
mod math;
mod points;
mod rayon;
mod soa;
#[cfg(test)]
mod tests;

use duel::{Family, InPlace, ResetEvery, Work};
use duel_workloads::{cities, sphere};

use crate::{
    iteration::{Iteration, in_place},
    table::{self, Parts, with_variants},
};

use layout::{Columns, Piece, Sites, State};
pub use points::{Answers, LARGEST_ERROR, Points};
use rayon::Parallel;

/// Records per size; the module's page says what they fill.
const SIZES: [(&str, usize); 3] = [("l1", 1 << 10), ("l2", 1 << 15), ("memory", 1 << 25)];

/// Sites where records fit a cache.
pub const SITES: usize = 16;

/// Sites where they don't.
pub const SITES_IN_MEMORY: usize = 2;

/// The family.
pub fn family() -> Family<Points, Answers> {
    let question =
        "Which of these sites is nearest to each record, and how far is it along the great circle?";
    let family = Family::new("haversine", question, duel::checked_by(points::compare))
        .workload("cities", &SIZES, |size, seed| points(size, seed, cities::cities))
        .workload("uniform", &SIZES, |size, seed| points(size, seed, sphere::uniform))
        .work(work);
    with_variants(family, variants())
}

/// The family's table.
fn variants() -> Vec<Variant> {
    vec![
        Variant::new("aos", state(aos::nearest)),
        Variant::new("aos_one_arcsine", state(aos_one_arcsine::nearest)),
        columns("soa", soa::nearest),
        Variant::new("aosoa", state(aosoa::nearest)),
        columns("avx2", avx2::nearest).needs(avx2::NEEDS),
        columns("avx512", avx512::nearest).needs(avx512::NEEDS),
        columns("chord", chord::nearest),
        columns("chord_avx2", chord_avx2::nearest).needs(chord_avx2::NEEDS),
        columns("chord_avx512", chord_avx512::nearest).needs(chord_avx512::NEEDS),
        Variant::new("rayon", state(Parallel::run)).parallel(),
    ]
}

/// One iteration of the reference over the workload and size that the name says.
pub(crate) fn aos_on_cities_l2(seed: u64) -> Iteration {
    in_place(state(aos::nearest), &points(SIZES[1].1, seed, cities::cities))
}

/// Records of a workload, and sites of the same workload drawn with another seed.
fn points(size: usize, seed: u64, draw: fn(usize, u64) -> Vec<[f32; 2]>) -> Points {
    let sites = if size > SIZES[1].1 { SITES_IN_MEMORY } else { SITES };
    Points::new(draw(size, seed), draw(sites, !seed))
}

/// Formulations differ in the operations they need, which is the point, so none are stated.
fn work(points: &Points) -> Work {
    let records = points.records.len() as u64;
    Work { elements: records, bytes: 16 * records, flops: 0 }
}

/// A row of the table. Kernels on columns also take pieces of them.
type Variant = table::Variant<Points, Answers, dyn Fn(&Sites, Piece<'_>)>;

/// The row of a variant on columns.
fn columns(name: &'static str, kernel: impl Fn(&Sites, Piece<'_>) + Copy + 'static) -> Variant {
    Variant::new(name, state(move |columns: &mut Columns| columns.run(kernel))).kernel(|| Box::new(kernel))
}

/// Parts of a variant whose layout is `S`. Nothing needs resetting: every iteration writes all
/// answers over those of the last.
fn state<S: State + 'static>(run: impl Fn(&mut S) + 'static) -> Parts<Points, S, Answers> {
    InPlace {
        prepare: S::prepare,
        reset: |_, _| {},
        run: Box::new(run),
        output: S::answers,
        reset_every: ResetEvery::Sample,
    }
}
