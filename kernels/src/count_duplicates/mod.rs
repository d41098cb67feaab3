//! Count duplicates: how many keys occur more than once?
//!
//! Why: a hash table's speed is its hasher's and the cache's, and which one decides depends on the keys. So the table
//! stays std's and only the hasher changes, over keys that are even, popular, counted up, short and long strings. A
//! sort is the rival that needs no hasher at all. All seeds are fixed, so that counts of instructions repeat.
//!
//! Integers and strings are two families with the same table: what a row does is generic in the key, and each family
//! compiles its own inner loop. A variant that is a hasher needs a function in `hashers.rs` and a row; another one needs
//! a file, its `mod` line and a row.

mod hashers;
mod key;
mod sort;
mod table;
#[cfg(test)]
mod tests;
mod xxh3;

use std::hint::black_box;

use duel::{Family, Work, exact};
use duel_workloads::{keys, strings};

use crate::iteration::Iteration;

pub use key::Key;
// Public, so that it takes a hasher as a program's function would: of a private one the compiler knows all hashers'
// seeds, and puts them into it.
pub use table::count_with;

/// A variant: its name, and how it counts the keys that occur more than once.
type Row<K> = (&'static str, fn(&[K]) -> u64);

/// The table of both families; the first row is the reference.
fn rows<K: Key>() -> Vec<Row<K>> {
    vec![
        ("siphash", |keys| count_with(keys, hashers::siphash())),
        ("foldhash", |keys| count_with(keys, hashers::foldhash())),
        ("ahash", |keys| count_with(keys, hashers::ahash())),
        ("rustc_hash", |keys| count_with(keys, hashers::rustc_hash())),
        ("rapidhash", |keys| count_with(keys, hashers::rapidhash())),
        ("xxh3", |keys| count_with(keys, xxh3::Xxh3OneShot::default())),
        ("xxh3_stream", |keys| count_with(keys, hashers::xxh3_stream())),
        ("sort", sort::sort_then_count),
    ]
}

/// Sizes are seven eighths of a power of two, where std's table is as full as it gets, but for the last: the table then
/// has 1 Ki buckets of 17 bytes (17 KiB), 32 Ki (544 KiB), and 8 Mi (136 MiB).
const KEYS: &[(&str, usize)] = &[("l1", 896), ("l2", 28_672), ("memory", 4_000_000)];

/// As [`KEYS`], with 25 bytes a bucket and the strings besides: in all about 20, 600 and 80,000 KiB of words.
const STRINGS: &[(&str, usize)] = &[("l1", 224), ("l2", 7_168), ("memory", 917_504)];

/// The family of 64-bit keys.
pub fn family() -> Family<Vec<u64>, u64> {
    let family = Family::new("count_duplicates", "How many integers occur more than once?", exact())
        .workload("uniform", KEYS, keys::uniform)
        .workload("zipf", KEYS, keys::zipf)
        .workload("sequential", KEYS, keys::sequential);
    with_rows(family)
}

/// The family of strings.
pub fn strings_family() -> Family<Vec<String>, u64> {
    let family = Family::new("count_duplicate_strings", "How many strings occur more than once?", exact())
        .workload("words", STRINGS, strings::words)
        .workload("urls", STRINGS, strings::urls);
    with_rows(family)
}

/// One iteration of the reference over the workload and size that the name says.
pub(crate) fn siphash_on_zipf_l2(seed: u64) -> Iteration {
    let keys = keys::zipf(KEYS[1].1, seed);
    Box::new(move || _ = black_box(count_with(&keys, hashers::siphash())))
}

/// The same of strings.
pub(crate) fn siphash_on_words_l2(seed: u64) -> Iteration {
    let words = strings::words(STRINGS[1].1, seed);
    Box::new(move || _ = black_box(count_with(&words, hashers::siphash())))
}

fn with_rows<K: Key + duel::Content>(family: Family<Vec<K>, u64>) -> Family<Vec<K>, u64> {
    let family = family.work(|keys: &Vec<K>| Work {
        elements: keys.len() as u64,
        bytes: keys.iter().map(|key| key.bytes() as u64).sum(),
        flops: 0,
    });
    rows().into_iter().enumerate().fold(family, |family, (row, (name, count))| {
        if row == 0 {
            family.reference(name, move |keys| move || count(&keys))
        } else {
            family.variant(name, move |keys| move || count(&keys))
        }
    })
}
