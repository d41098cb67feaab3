//! The four slips, each a cargo feature: what a kernel calls here does the right thing without it.
//!
//! `lost-inline` has no function here: a kernel's innermost helper is `inline(always)` without the feature and
//! `inline(never)` with it.

use std::{
    borrow::{Borrow, Cow},
    collections::{HashMap, HashSet},
    hash::{BuildHasherDefault, Hash},
};

use duel::{Content, ContentHash};

/// Hashes fast, or with `slow-hasher` as std does; never with random keys, which would make processes differ.
#[cfg(not(feature = "slow-hasher"))]
pub(crate) type Hasher = BuildHasherDefault<rustc_hash::FxHasher>;
#[cfg(feature = "slow-hasher")]
pub(crate) type Hasher = BuildHasherDefault<std::hash::DefaultHasher>;

pub(crate) type Map<K, V> = HashMap<K, V, Hasher>;
pub(crate) type Set<K> = HashSet<K, Hasher>;

/// What is read: the data as they are, or with `extra-clone` a copy of them made for this call.
#[inline(always)]
pub(crate) fn taken<T: ToOwned + ?Sized>(data: &T) -> Cow<'_, T> {
    if cfg!(feature = "extra-clone") { Cow::Owned(data.to_owned()) } else { Cow::Borrowed(data) }
}

/// The elements in order: by iterator, or with `bounds-check` by index, up to a length that the
/// compiler can't know.
#[cfg(not(feature = "bounds-check"))]
#[inline(always)]
pub(crate) fn each<T>(values: &[T]) -> std::slice::Iter<'_, T> {
    values.iter()
}

/// The elements in order: by iterator, or with `bounds-check` by index, up to a length that the
/// compiler can't know.
#[cfg(feature = "bounds-check")]
#[inline(always)]
pub(crate) fn each<T>(values: &[T]) -> impl DoubleEndedIterator<Item = &T> + Clone {
    let length = std::hint::black_box(values.len());
    (0..length).map(move |index| &values[index])
}

/// A table that is part of a data set, looked up by hash.
pub(crate) struct Table<K, V> {
    entries: Vec<(K, V)>,
    by_key: Map<K, V>,
}

impl<K: Clone + Eq + Hash, V: Copy> Table<K, V> {
    pub fn new(entries: Vec<(K, V)>) -> Self {
        Self { by_key: entries.iter().cloned().collect(), entries }
    }

    #[inline(always)]
    pub fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        self.by_key.get(key).copied()
    }
}

// The entries and not the map, whose order is the hasher's.
impl<K: Content, V: Content> Content for Table<K, V> {
    fn feed(&self, hash: &mut ContentHash) {
        self.entries.feed(hash);
    }
}

/// A slip that a cargo feature makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutation {
    /// What is read is copied first, in each call.
    ExtraClone,
    /// The innermost helper is called and not inlined.
    LostInline,
    /// Tables are hashed with SipHash.
    SlowHasher,
    /// The inner loop goes by index, and each index is checked.
    BoundsCheck,
}

impl Mutation {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::ExtraClone, Self::LostInline, Self::SlowHasher, Self::BoundsCheck];

    /// The cargo feature.
    #[must_use]
    pub fn feature(self) -> &'static str {
        match self {
            Self::ExtraClone => "extra-clone",
            Self::LostInline => "lost-inline",
            Self::SlowHasher => "slow-hasher",
            Self::BoundsCheck => "bounds-check",
        }
    }
}
