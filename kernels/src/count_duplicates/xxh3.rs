//! XXH3 without its streaming state.
//!
//! Why: the crate's own hasher prepares for keys that come in pieces. A key that comes whole can be hashed by the one
//! call that XXH3 is known for; the two variants show what the difference is worth.

use std::hash::{BuildHasher, Hasher};

use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Odd, so that multiplying by it loses nothing: XXH64's first prime.
const ODD: u64 = 0x9e37_79b1_85eb_ca87;

/// Hashes each piece of a key by one call of XXH3, seeded with what came before.
#[derive(Clone, Copy, Debug, Default)]
pub struct Xxh3OneShot {
    state: u64,
}

impl BuildHasher for Xxh3OneShot {
    type Hasher = Self;

    #[inline]
    fn build_hasher(&self) -> Self {
        *self
    }
}

impl Hasher for Xxh3OneShot {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        self.state = xxh3_64_with_seed(bytes, self.state);
    }

    /// What std writes after a string, to mark its end: not worth a second call. The state is mixed already, and this
    /// keeps different states different.
    #[inline]
    fn write_u8(&mut self, byte: u8) {
        self.state = (self.state ^ u64::from(byte)).wrapping_mul(ODD);
    }

    #[inline]
    fn finish(&self) -> u64 {
        self.state
    }
}
