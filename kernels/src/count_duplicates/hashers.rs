//! The hashers, each with a fixed seed.
//!
//! Why fixed: a random seed puts keys into other buckets in every process, which makes counts of instructions differ
//! and adds noise to times. What it costs to draw one is not the question here. A program that takes keys from
//! strangers should keep random seeds.

use std::hash::{BuildHasherDefault, DefaultHasher};

use xxhash_rust::xxh3::Xxh3DefaultBuilder;

/// Any four numbers with bits all over them: the hexadecimal digits of pi's fraction.
const AHASH_SEEDS: [u64; 4] =
    [0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344, 0xa409_3822_299f_31d0, 0x082e_fa98_ec4e_6c89];

/// Std's own: SipHash-1-3, here with both keys zero. Slow, and safe from crafted keys where its keys are secret.
pub fn siphash() -> BuildHasherDefault<DefaultHasher> {
    BuildHasherDefault::new()
}

/// foldhash in its fast flavour: hashbrown's default.
pub fn foldhash() -> foldhash::fast::FixedState {
    foldhash::fast::FixedState::default()
}

/// aHash: by AES instructions where the build enables them, else (as in a plain x86-64 build) by multiplication.
pub fn ahash() -> ahash::RandomState {
    let [a, b, c, d] = AHASH_SEEDS;
    ahash::RandomState::with_seeds(a, b, c, d)
}

/// rustc's own: one multiplication a word and a rotation at the end.
pub fn rustc_hash() -> rustc_hash::FxBuildHasher {
    rustc_hash::FxBuildHasher
}

/// rapidhash in its fast flavour.
pub fn rapidhash() -> rapidhash::fast::SeedableState<'static> {
    rapidhash::fast::SeedableState::fixed()
}

/// XXH3 as its crate offers it to a table: a streaming hasher, whose half a kilobyte of state is made for every key.
pub fn xxh3_stream() -> Xxh3DefaultBuilder {
    Xxh3DefaultBuilder::new()
}
