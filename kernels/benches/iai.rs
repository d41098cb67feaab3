//! The yardstick of our instruction counts: iai-callgrind counts one iteration of one variant of each
//! family, over the data that our cases have. `scripts/validate iai` runs it and compares.

// The macros of iai-callgrind make items that have no documentation.
#![allow(missing_docs)]

use std::hint::black_box;

use duel_kernels::{iteration::Iteration, yardstick::CASES};
use iai_callgrind::{library_benchmark, library_benchmark_group, main};

/// As the runner has it, so that an allocation takes as many instructions.
#[global_allocator]
static ALLOCATOR: duel::Switch = duel::Switch;

/// The seed that `cargo duel` takes where none is named.
const SEED: u64 = 1;

/// Two iterations come before the one that counts, as under our count: the first binds functions and
/// fills what is filled once.
fn prepared(case: &str) -> Iteration {
    let known = CASES.iter().find(|(name, _)| *name == case);
    let (_, prepare) = known.expect("a case of the yardstick");
    let mut iteration = prepare(SEED);
    iteration();
    iteration();
    iteration
}

// Given back, so that it is dropped outside of the count.
#[library_benchmark(setup = prepared)]
#[bench::add_in_place("add_in_place/floats/l2/auto")]
#[bench::stream("stream/floats/l2/third_array")]
#[bench::haversine("haversine/cities/l2/aos")]
#[bench::count_duplicates("count_duplicates/zipf/l2/siphash")]
#[bench::count_duplicate_strings("count_duplicate_strings/words/l2/siphash")]
#[bench::churn("churn/small/l2/boxes")]
fn one(mut iteration: Iteration) -> Iteration {
    black_box(&mut iteration)();
    iteration
}

library_benchmark_group!(name = families; benchmarks = one);
main!(library_benchmark_groups = families);
