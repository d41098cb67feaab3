//! The content hash of a data set: two runs are comparable only where it is the same.

/// Feeds a value's content to a hash, in a form that is the same on every machine.
///
/// For a struct, feed every field:
/// ```
/// struct Points { x: Vec<f32>, y: Vec<f32> }
/// impl duel::Content for Points {
///     fn feed(&self, hash: &mut duel::ContentHash) {
///         self.x.feed(hash);
///         self.y.feed(hash);
///     }
/// }
/// ```
pub trait Content {
    /// Feeds this value.
    fn feed(&self, hash: &mut ContentHash);

    /// Feeds a slice of such values, length first.
    fn feed_slice(values: &[Self], hash: &mut ContentHash)
    where
        Self: Sized,
    {
        hash.write(&(values.len() as u64).to_le_bytes());
        for value in values {
            value.feed(hash);
        }
    }
}

/// BLAKE3 over the content, shown as 32 hexadecimal digits.
pub struct ContentHash(blake3::Hasher);

impl ContentHash {
    /// Feeds bytes as they are.
    pub fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The hash of one value.
    pub(crate) fn of(content: &impl Content) -> String {
        let mut hash = Self(blake3::Hasher::new());
        content.feed(&mut hash);
        hash.0.finalize().to_hex()[..32].to_owned()
    }
}

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

impl<T: Content + ?Sized> Content for Box<T> {
    fn feed(&self, hash: &mut ContentHash) {
        (**self).feed(hash);
    }
}

impl<T: Content + ?Sized> Content for &T {
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

impl Content for () {
    fn feed(&self, _: &mut ContentHash) {}
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_hash_of_known_content_never_changes() {
        // The two constants come from another implementation of BLAKE3 (Python's blake3).
        assert_eq!(ContentHash::of(&vec![1.0_f32, 2.0]), ContentHash::of(&[1.0_f32, 2.0]));
        assert_eq!(ContentHash::of(&"duel"), "e86f9500295f5f9fb287bc231669c427");
        assert_eq!(ContentHash::of(&vec![(1_u32, 2.5_f64)]), "2f28f383b241feed5dc1b08e1fae62c3");
    }

    #[test]
    fn where_one_list_ends_and_the_next_begins_is_part_of_the_content() {
        assert_ne!(
            ContentHash::of(&(vec![1_u8], vec![2_u8, 3])),
            ContentHash::of(&(vec![1_u8, 2], vec![3_u8])),
        );
    }

    proptest! {
        #[test]
        fn a_slice_is_fed_as_its_numbers_one_by_one(values: Vec<u16>) {
            struct OneByOne(Vec<u16>);
            impl Content for OneByOne {
                fn feed(&self, hash: &mut ContentHash) {
                    (self.0.len() as u64).feed(hash);
                    self.0.iter().for_each(|value| value.feed(hash));
                }
            }
            prop_assert_eq!(ContentHash::of(&values), ContentHash::of(&OneByOne(values)));
        }
    }
}
