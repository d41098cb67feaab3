//! The content of the standard library's types. What is fed for a type never changes: records and baselines
//! hold hashes.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque},
    marker::PhantomData,
    num::Wrapping,
    rc::Rc,
    sync::Arc,
    time::Duration,
};

use super::{Content, ContentHash};

macro_rules! number {
    ($($number:ty),+) => {$(
        impl Content for $number {
            fn feed(&self, hash: &mut ContentHash) {
                hash.write(&self.to_le_bytes());
            }

            // Through a buffer: a data set may have a gigabyte.
            fn feed_slice(values: &[Self], hash: &mut ContentHash) {
                const SIZE: usize = size_of::<$number>();
                let mut buffer = [0; 4096];
                hash.write(&(values.len() as u64).to_le_bytes());
                for chunk in values.chunks(buffer.len() / SIZE) {
                    for (place, value) in buffer.chunks_exact_mut(SIZE).zip(chunk) {
                        place.copy_from_slice(&value.to_le_bytes());
                    }
                    hash.write(&buffer[..chunk.len() * SIZE]);
                }
            }
        }
    )+};
}
number!(u8, u16, u32, u64, u128, i8, i16, i32, i64, i128, f32, f64);

// Their width differs between machines, so they are fed as 64 bits.
impl Content for usize {
    fn feed(&self, hash: &mut ContentHash) {
        (*self as u64).feed(hash);
    }
}

impl Content for isize {
    fn feed(&self, hash: &mut ContentHash) {
        (*self as i64).feed(hash);
    }
}

impl Content for bool {
    fn feed(&self, hash: &mut ContentHash) {
        u8::from(*self).feed(hash);
    }
}

impl Content for char {
    fn feed(&self, hash: &mut ContentHash) {
        u32::from(*self).feed(hash);
    }
}

impl Content for str {
    fn feed(&self, hash: &mut ContentHash) {
        u8::feed_slice(self.as_bytes(), hash);
    }
}

impl Content for String {
    fn feed(&self, hash: &mut ContentHash) {
        self.as_str().feed(hash);
    }
}

impl<T: Content> Content for [T] {
    fn feed(&self, hash: &mut ContentHash) {
        T::feed_slice(self, hash);
    }
}

impl<T: Content, const N: usize> Content for [T; N] {
    fn feed(&self, hash: &mut ContentHash) {
        T::feed_slice(self, hash);
    }
}

impl<T: Content> Content for Vec<T> {
    fn feed(&self, hash: &mut ContentHash) {
        T::feed_slice(self, hash);
    }
}

macro_rules! pointer {
    ($($pointer:ty),+) => {$(
        impl<T: Content + ?Sized> Content for $pointer {
            fn feed(&self, hash: &mut ContentHash) {
                (**self).feed(hash);
            }
        }
    )+};
}
pointer!(Box<T>, Rc<T>, Arc<T>, &T, &mut T);

impl<T: Content + ToOwned + ?Sized> Content for Cow<'_, T> {
    fn feed(&self, hash: &mut ContentHash) {
        (**self).feed(hash);
    }
}

impl<T: Content> Content for Option<T> {
    fn feed(&self, hash: &mut ContentHash) {
        self.is_some().feed(hash);
        if let Some(value) = self {
            value.feed(hash);
        }
    }
}

macro_rules! tuple {
    ($($name:ident),+) => {
        impl<$($name: Content),+> Content for ($($name,)+) {
            fn feed(&self, hash: &mut ContentHash) {
                #[allow(non_snake_case)]
                let ($($name,)+) = self;
                $($name.feed(hash);)+
            }
        }
    };
}
tuple!(A);
tuple!(A, B);
tuple!(A, B, C);
tuple!(A, B, C, D);
tuple!(A, B, C, D, E);
tuple!(A, B, C, D, E, F);
tuple!(A, B, C, D, E, F, G);
tuple!(A, B, C, D, E, F, G, H);

impl Content for () {
    fn feed(&self, _: &mut ContentHash) {}
}

impl<T: ?Sized> Content for PhantomData<T> {
    fn feed(&self, _: &mut ContentHash) {}
}

impl<T: Content> Content for Wrapping<T> {
    fn feed(&self, hash: &mut ContentHash) {
        self.0.feed(hash);
    }
}

impl Content for Duration {
    fn feed(&self, hash: &mut ContentHash) {
        self.as_nanos().feed(hash);
    }
}

impl<T: Content, E: Content> Content for Result<T, E> {
    fn feed(&self, hash: &mut ContentHash) {
        self.is_ok().feed(hash);
        match self {
            Ok(value) => value.feed(hash),
            Err(error) => error.feed(hash),
        }
    }
}

/// Feeds how many there are, then each.
fn feed_ordered<T: Content>(values: impl ExactSizeIterator<Item = T>, hash: &mut ContentHash) {
    values.len().feed(hash);
    for value in values {
        value.feed(hash);
    }
}

impl<T: Content> Content for VecDeque<T> {
    fn feed(&self, hash: &mut ContentHash) {
        feed_ordered(self.iter(), hash);
    }
}

impl<T: Content> Content for BTreeSet<T> {
    fn feed(&self, hash: &mut ContentHash) {
        feed_ordered(self.iter(), hash);
    }
}

impl<K: Content, V: Content> Content for BTreeMap<K, V> {
    fn feed(&self, hash: &mut ContentHash) {
        feed_ordered(self.iter(), hash);
    }
}

impl<T: Content, S> Content for HashSet<T, S> {
    fn feed(&self, hash: &mut ContentHash) {
        hash.write_unordered(self);
    }
}

impl<K: Content, V: Content, S> Content for HashMap<K, V, S> {
    fn feed(&self, hash: &mut ContentHash) {
        hash.write_unordered(self);
    }
}
