//! What a key must offer for every variant to take it.
//!
//! Why a view: a table of integers should hold the integers themselves, and one of strings references to them, as a
//! program would write it. One generic function cannot say both without this.

use std::hash::Hash;

/// A key: integers are looked at by value, strings by reference.
pub trait Key: Send + Sync + 'static {
    /// What a table or a sort holds of it.
    type View<'a>: Copy + Hash + Ord;

    /// The view of this key.
    fn view(&self) -> Self::View<'_>;

    /// How many bytes one reads to know the key.
    fn bytes(&self) -> usize;
}

impl Key for u64 {
    type View<'a> = u64;

    #[inline]
    fn view(&self) -> u64 {
        *self
    }

    fn bytes(&self) -> usize {
        size_of::<u64>()
    }
}

impl Key for String {
    type View<'a> = &'a str;

    #[inline]
    fn view(&self) -> &str {
        self
    }

    fn bytes(&self) -> usize {
        self.len()
    }
}
