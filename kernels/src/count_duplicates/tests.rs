//! Every row against a count that anyone can check by eye.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    hash::{Hash, Hasher},
};

use proptest::prelude::*;

use super::*;

/// The definition, written down.
fn naive<K: Key>(keys: &[K]) -> u64 {
    let mut counts = BTreeMap::new();
    for key in keys {
        *counts.entry(key.view()).or_insert(0u64) += 1;
    }
    counts.values().filter(|count| **count > 1).count() as u64
}

fn all_agree<K: Key>(keys: &[K]) {
    for (name, count) in rows::<K>() {
        assert_eq!(count(keys), naive(keys), "{name} on {} keys", keys.len());
    }
}

fn strings(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[test]
fn a_key_counts_once_however_often_it_occurs() {
    for (name, count) in rows::<u64>() {
        assert_eq!(count(&[7, 8, 7, 9, 7, 9]), 2, "{name}");
    }
}

#[test]
fn extremes() {
    all_agree::<u64>(&[]);
    all_agree::<u64>(&[0]);
    all_agree(&[0, u64::MAX, 0, u64::MAX, 1]);
    all_agree(&vec![u64::MAX; 1_001]);
    all_agree::<String>(&[]);
    all_agree(&strings(&["", "a", "", "aa", "\0", "\u{ff}", "\0"]));
    let long = "x".repeat(5_000);
    all_agree(&strings(&[&long, &long[1..], &long]));
}

#[test]
fn the_workloads() {
    all_agree(&keys::uniform(5_001, 1));
    all_agree(&keys::zipf(5_001, 2));
    all_agree(&keys::sequential(5_001, 3));
    all_agree(&strings::words(5_001, 4));
    all_agree(&strings::urls(5_001, 5));
}

#[test]
fn sequential_keys_repeat_in_the_last_quarter() {
    assert_eq!(naive(&keys::sequential(1_000, 1)), 250);
}

thread_local! {
    /// The hashes of [`Spy`]s, in the order in which this thread has made them.
    static HASHES: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

/// A key that notes what a hasher makes of it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Spy(u64);

impl Key for Spy {
    type View<'a> = Spy;

    fn view(&self) -> Spy {
        *self
    }

    fn bytes(&self) -> usize {
        size_of::<u64>()
    }
}

impl Hash for Spy {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.0.hash(hasher);
        HASHES.with_borrow_mut(|hashes| hashes.push(hasher.finish()));
    }
}

#[test]
fn hashers_are_the_same_in_every_table() {
    // The property for which seeds are fixed; it cannot be seen in a count.
    let mut hashing = 0;
    for (name, count) in rows::<Spy>() {
        let hashes = || {
            assert_eq!(count(&[Spy(7), Spy(u64::MAX)]), 0, "{name}");
            HASHES.take()
        };
        let first = hashes();
        assert_eq!(first, hashes(), "{name}");
        hashing += u32::from(!first.is_empty());
    }
    assert!(hashing > 1, "the hashes of {hashing} variants were noted");
}

proptest! {
    #[test]
    fn random_integers(keys in prop::collection::vec(prop_oneof![0..50u64, any::<u64>()], 0..300)) {
        all_agree(&keys);
    }

    #[test]
    fn random_strings(keys in prop::collection::vec("[ab]{0,4}|.{0,40}", 0..200)) {
        all_agree(&keys);
    }
}
