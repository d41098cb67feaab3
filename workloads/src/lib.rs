//! Seeded, hashed, value-stable data sets.
//!
//! Why a crate of its own: what is measured depends on the data as much as on the code, so the data must be the same
//! bytes for everyone, for ever. A recipe takes a number of records and a seed; the same two give the same bytes on
//! every platform and in every version, and a test fails on the first that differs. This crate knows no harness.
//!
//! | recipe | makes |
//! | --- | --- |
//! | [`cities::cities`] | coordinates of real cities (GeoNames, CC BY 4.0) |
//! | [`sphere::uniform`] | coordinates spread evenly over the Earth |
//! | [`keys::uniform`], [`keys::zipf`], [`keys::sequential`] | 64-bit keys with duplicates |
//! | [`strings::words`], [`strings::urls`] | strings of real-life lengths with duplicates |
//! | [`floats::pair`] | two arrays of `f32` that can be added to one another for ever |
//! | [`allocations::sizes`], [`allocations::replacements`], [`allocations::bursts`] | what a program asks of its allocator |
//!
//! A new workload is one file and one row in [`RECIPES`], which the tests hold to all of the above.

pub mod allocations;
pub mod cities;
mod digest;
pub mod floats;
pub mod keys;
pub mod rng;
pub mod sphere;
mod stable_math;
pub mod strings;

pub use digest::{Digest, Record};

/// One row of the table: a recipe, and the proof that its values never change.
#[derive(Debug)]
pub struct Recipe {
    /// A unique name.
    pub name: &'static str,
    /// What it makes, for people.
    pub makes: &'static str,
    /// The digest of a number of records with such a seed.
    pub digest: fn(records: usize, seed: u64) -> Digest,
    /// The hash of [`PINNED_RECORDS`] records with seed [`PINNED_SEED`], for ever.
    pub pinned: u64,
}

/// How many records [`Recipe::pinned`] is the hash of.
pub const PINNED_RECORDS: usize = 40_000;

/// The seed that [`Recipe::pinned`] was made with.
pub const PINNED_SEED: u64 = 42;

macro_rules! recipes {
    ($($name:literal, $makes:literal, $pinned:literal, $make:expr;)*) => {
        &[$(Recipe { name: $name, makes: $makes, digest: |n, seed| Digest::of(&$make(n, seed)), pinned: $pinned }),*]
    };
}

/// Every recipe.
pub const RECIPES: &[Recipe] = recipes! {
    "cities", "coordinates of real cities", 0xda46_3141_d243_c243, cities::cities;
    "sphere", "coordinates spread evenly over the Earth", 0xd55c_42d9_7280_7fbc, sphere::uniform;
    "keys_uniform", "64-bit keys, evenly from half as many values", 0x54a8_f698_a30c_3da7, keys::uniform;
    "keys_zipf", "64-bit keys, a few of them very popular", 0x3782_3236_3b53_3b18, keys::zipf;
    "keys_sequential", "64-bit keys, counted up", 0x9d28_eed9_969e_138d, keys::sequential;
    "words", "strings as long as English words", 0xf9b4_52aa_92a7_b1f3, strings::words;
    "urls", "strings as long as web addresses", 0x7526_c989_24a2_1893, strings::urls;
    "floats_starts", "f32 in 1..2, to be added to", 0xadcd_bf92_0920_1a49, floats::starts;
    "floats_steps", "tiny f32, to be added", 0x580e_e0ba_8387_0f1f, floats::steps;
    "allocation_sizes", "sizes of small objects", 0xa6ae_9f6f_3823_2b6b, allocations::sizes;
    "allocation_replacements", "objects that replace one another in a window", 0xed86_e652_b95c_e510,
        |n: usize, seed| allocations::replacements(n, n.div_ceil(5), seed);
    "allocation_bursts", "vectors that grow side by side", 0x1a98_325e_b51f_65a1,
        |n, seed| allocations::bursts(n, 32, 200, seed);
};
