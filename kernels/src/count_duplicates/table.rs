//! Counting with a hash table; the hasher is the variable.

use std::collections::hash_map::{Entry, HashMap};
use std::hash::BuildHasher;

use super::Key;

/// How many of `keys` occur more than once, by std's table with the hasher given.
///
/// The table is made large enough at once: growing it would hash every key again and hide the hasher behind copying.
/// Making and freeing it is part of the work. Its value says whether the key was counted already.
#[inline(never)]
pub fn count_with<K: Key, S: BuildHasher>(keys: &[K], hasher: S) -> u64 {
    let mut seen = HashMap::with_capacity_and_hasher(keys.len(), hasher);
    let mut duplicates = 0;
    for key in keys {
        match seen.entry(key.view()) {
            Entry::Vacant(first) => {
                first.insert(false);
            }
            Entry::Occupied(mut again) => {
                let counted = again.insert(true);
                duplicates += u64::from(!counted);
            }
        }
    }
    duplicates
}
