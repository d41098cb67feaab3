//! The memory that is streamed through: two arrays on large pages where the system has them, since
//! a limit is what a machine can do at most.
#![cfg_attr(target_os = "linux", allow(unsafe_code))]

const LARGE_PAGE_BYTES: usize = 2 << 20;

/// Zeros that begin at a large page; nothing is there before it is written to.
pub struct Buffer {
    memory: Vec<f64>,
    start: usize,
    len: usize,
}

impl Buffer {
    pub fn new(bytes: u64) -> Self {
        let len = usize::try_from(bytes).unwrap_or(usize::MAX) / size_of::<f64>();
        let memory = vec![0.0; len + LARGE_PAGE_BYTES / size_of::<f64>()];
        let start = memory.as_ptr().align_offset(LARGE_PAGE_BYTES);
        let mut buffer = Self { memory, start, len };
        ask_for_large_pages(buffer.all());
        buffer
    }

    /// Has every page made, by the thread that will walk it: on a machine of several nodes its
    /// memory then lies near.
    pub fn touch(&mut self) {
        self.all().fill(1.0);
    }

    /// The first bytes, a given number, as two arrays of equal length.
    pub fn arrays(&mut self, bytes: u64) -> (&mut [f64], &[f64]) {
        // Whole cache lines, so that the second array begins at one.
        let half = usize::try_from(bytes / 16).unwrap_or(usize::MAX) / 8 * 8;
        let half = half.min(self.len / 2);
        let (a, b) = self.all()[..2 * half].split_at_mut(half);
        (a, b)
    }

    fn all(&mut self) -> &mut [f64] {
        &mut self.memory[self.start..self.start + self.len]
    }
}

#[cfg(target_os = "linux")]
fn ask_for_large_pages(memory: &mut [f64]) {
    use rustix::mm::{Advice, madvise};
    // SAFETY: the range is ours, and the advice changes nothing but the size of its pages. Where it
    // is refused, small pages serve.
    let _ = unsafe { madvise(memory.as_mut_ptr().cast(), size_of_val(memory), Advice::LinuxHugepage) };
}

#[cfg(not(target_os = "linux"))]
fn ask_for_large_pages(_: &mut [f64]) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_arrays_of_equal_length_begin_at_cache_lines() {
        let mut buffer = Buffer::new(1 << 20);
        buffer.touch();
        for bytes in [0, 100, 24_000, 1 << 20, 1 << 30] {
            let (a, b) = buffer.arrays(bytes);
            assert_eq!(a.len(), b.len());
            assert!(16 * a.len() as u64 <= bytes.min(1 << 20));
            assert_eq!((a.as_ptr() as usize % 64, b.as_ptr() as usize % 64), (0, 0));
            assert!(a.iter().all(|x| *x == 1.0));
        }
    }
}
