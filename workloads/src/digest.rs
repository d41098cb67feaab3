//! What a data set holds, in one number.
//!
//! Why: "value-stable for ever" is only true while a test fails on the first changed byte.
//! FNV-1a, because it is eight lines that need no random numbers of ours; it guards against accidents, not enemies.

const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0000_0100_0000_01b3;

/// FNV-1a, 64 bits, of `bytes`.
pub fn fnv1a(bytes: &[u8]) -> u64 {
    let mut state = FNV_OFFSET;
    feed(&mut state, bytes);
    state
}

/// How many records a data set has and the FNV-1a hash of their bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest {
    /// Number of records.
    pub records: usize,
    /// FNV-1a over the little-endian bytes of all records; strings are preceded by their length.
    pub hash: u64,
}

impl Digest {
    /// The digest of `records`.
    pub fn of<T: Record>(records: &[T]) -> Digest {
        let mut hash = FNV_OFFSET;
        for record in records {
            record.feed(&mut hash);
        }
        Digest { records: records.len(), hash }
    }
}

/// Something a recipe makes many of.
pub trait Record {
    /// Feeds the bytes of `self` to the hash.
    fn feed(&self, hash: &mut u64);
}

fn feed(state: &mut u64, bytes: &[u8]) {
    for &byte in bytes {
        *state = (*state ^ u64::from(byte)).wrapping_mul(FNV_PRIME);
    }
}

impl Record for u32 {
    fn feed(&self, hash: &mut u64) {
        feed(hash, &self.to_le_bytes());
    }
}

impl Record for u64 {
    fn feed(&self, hash: &mut u64) {
        feed(hash, &self.to_le_bytes());
    }
}

impl Record for f32 {
    fn feed(&self, hash: &mut u64) {
        feed(hash, &self.to_le_bytes());
    }
}

impl Record for String {
    fn feed(&self, hash: &mut u64) {
        (self.len() as u64).feed(hash);
        feed(hash, self.as_bytes());
    }
}

impl<T: Record, const N: usize> Record for [T; N] {
    fn feed(&self, hash: &mut u64) {
        for part in self {
            part.feed(hash);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fnv1a_gives_the_published_numbers() {
        assert_eq!(fnv1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn where_one_string_ends_matters() {
        let split = |parts: [&str; 2]| Digest::of(&parts.map(String::from));
        assert_ne!(split(["ab", "c"]), split(["a", "bc"]));
    }
}
