//! The content hash of a data set: two runs are comparable only if it is the same.

#[cfg(test)]
mod derived;
mod standard;

/// Feeds a value's content to a hash, in a form that is the same on every machine.
///
/// Derive it for your own data sets:
/// ```
/// #[derive(duel::Content)]
/// struct Scene {
///     bodies: Vec<Body>,
///     camera: Option<[f32; 3]>,
///     #[content(skip)] // follows from the bodies
///     heaviest: usize,
/// }
///
/// #[derive(duel::Content)]
/// enum Body {
///     Point(f64, f64),
///     Disc { center: (f64, f64), radius: f64 },
/// }
/// ```
/// The derived hash depends on the name of an enum's variant and on the values of all fields. It stays
/// the same if fields with names, or variants, only change their order, so that another layout of a
/// struct has the same content. Floating-point numbers are hashed by their bits; maps and sets with a
/// hasher are hashed whatever the order in which they are iterated.
///
/// If a field's type belongs to another crate, a function or a closure feeds it:
/// ```
/// # mod grid { pub struct Grid; impl Grid { pub fn cells(&self) -> &[f32] { &[] } } }
/// use duel::Content;
///
/// #[derive(Content)]
/// struct Image {
///     #[content(with = |grid, hash| grid.cells().feed(hash))]
///     pixels: grid::Grid,
/// }
/// ```
/// If the data set itself does, see [`Family::with_content`](crate::Family::with_content).
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be in a data set: its content has no hash",
    label = "needs `duel::Content`",
    note = "write `#[derive(duel::Content)]` above the definition of `{Self}`",
    note = "if it is defined in another crate, put `#[content(with = |value, hash| …)]` on the field that has it, \
            or make the family with `Family::with_content`"
)]
pub trait Content {
    /// Feeds this value.
    ///
    /// An implementation by hand must feed different values differently: the length before what has
    /// a length, and a tag before what depends on it.
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
    fn new() -> Self {
        Self(blake3::Hasher::new())
    }

    /// Feeds bytes as they are.
    pub fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Feeds values whose order means nothing, such as the entries of a hash map: how many, and the sum
    /// of their hashes.
    pub fn write_unordered<T: Content>(&mut self, values: impl IntoIterator<Item = T>) {
        let mut count = 0_u64;
        // Sums of 256 bits: different sets meet by chance as rarely as different hashes do, and
        // nothing must be kept or sorted.
        let mut sums = [0_u128; 2];
        for value in values {
            let mut hash = Self::new();
            value.feed(&mut hash);
            let digest = hash.0.finalize();
            for (sum, half) in sums.iter_mut().zip(digest.as_bytes().as_chunks::<16>().0) {
                *sum = sum.wrapping_add(u128::from_le_bytes(*half));
            }
            count += 1;
        }
        count.feed(self);
        sums.iter().for_each(|sum| sum.feed(self));
    }

    #[cfg(test)]
    pub(crate) fn of(content: &impl Content) -> String {
        Self::of_fed(|hash| content.feed(hash))
    }

    /// The hash of what is fed.
    pub(crate) fn of_fed(feed: impl FnOnce(&mut Self)) -> String {
        let mut hash = Self::new();
        feed(&mut hash);
        hash.0.finalize().to_hex()[..32].to_owned()
    }
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
