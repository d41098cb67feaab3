//! Counting by sorting a copy, after which equal keys are neighbours. Needs no hasher and no table.

use super::Key;

/// How many of `keys` occur more than once. Making the copy is part of the work.
#[inline(never)]
pub fn sort_then_count<K: Key>(keys: &[K]) -> u64 {
    let mut sorted: Vec<K::View<'_>> = keys.iter().map(Key::view).collect();
    sorted.sort_unstable();
    sorted.chunk_by(|left, right| left == right).filter(|equal| equal.len() > 1).count() as u64
}
