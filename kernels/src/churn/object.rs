//! The objects, and the proof that they were there.

/// What is written into the `step`th object. Never zero: memory that is to be zeroed is asked for by another way,
/// which some allocators serve more slowly.
#[inline]
pub fn filling(step: usize) -> u8 {
    step as u8 | 1
}

/// What was found in everything that was freed, in order.
///
/// Why: without it a compiler may drop an object that nobody reads, and a variant could lose one unseen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checksum(u64);

impl Checksum {
    /// An object about to be freed: its ends are read and its length counted.
    #[inline]
    pub fn object(&mut self, object: &[u8]) {
        let [first, last] = [object.first(), object.last()].map(|byte| u64::from(*byte.unwrap_or(&0)));
        self.add(first | last << 8 | (object.len() as u64) << 16);
    }

    /// A vector about to be freed: its ends are read and its length counted.
    #[inline]
    pub fn vector(&mut self, vector: &[u64]) {
        let [first, last] = [vector.first(), vector.last()].map(|element| *element.unwrap_or(&0));
        self.add(first ^ last.rotate_left(20) ^ (vector.len() as u64) << 40);
    }

    /// The checksum.
    pub fn value(self) -> u64 {
        self.0
    }

    #[inline]
    fn add(&mut self, found: u64) {
        self.0 = (self.0.rotate_left(5) ^ found).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}
