//! What every recipe owes, whatever it makes: values that never change, the number asked for, and a seed that matters.
//!
//! Why here: a new row in the table is held to all of this without a new test.

use duel_workloads::{PINNED_RECORDS, PINNED_SEED, RECIPES};
use proptest::prelude::*;

#[test]
fn values_are_the_same_for_ever() {
    let changed: Vec<String> = RECIPES
        .iter()
        .map(|recipe| (recipe, (recipe.digest)(PINNED_RECORDS, PINNED_SEED).hash))
        .filter(|(recipe, found)| recipe.pinned != *found)
        .map(|(recipe, found)| format!("{}: {:#018x}, now {found:#018x}", recipe.name, recipe.pinned))
        .collect();
    assert!(changed.is_empty(), "old results no longer compare with new ones:\n{}", changed.join("\n"));
}

#[test]
fn names_are_unique() {
    let names: std::collections::BTreeSet<_> = RECIPES.iter().map(|recipe| recipe.name).collect();
    assert_eq!(names.len(), RECIPES.len());
}

#[test]
fn none_one_and_two_are_sizes_too() {
    for recipe in RECIPES {
        for records in 0..=2 {
            assert_eq!((recipe.digest)(records, 1).records, records, "{}", recipe.name);
        }
    }
}

#[test]
fn extreme_seeds_are_seeds_too() {
    for recipe in RECIPES {
        let hashes: std::collections::BTreeSet<u64> =
            [0, 1, u64::MAX, 1 << 63].map(|seed| (recipe.digest)(100, seed).hash).into();
        assert_eq!(hashes.len(), 4, "{}", recipe.name);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_seed_decides_everything(seed: u64, records in 50usize..3_000) {
        for recipe in RECIPES {
            let first = (recipe.digest)(records, seed);
            prop_assert_eq!(first.records, records, "{}", recipe.name);
            prop_assert_eq!((recipe.digest)(records, seed), first, "{} differs from itself", recipe.name);
            let other = (recipe.digest)(records, seed.wrapping_add(1));
            prop_assert_ne!(other.hash, first.hash, "{} ignores its seed", recipe.name);
        }
    }
}
