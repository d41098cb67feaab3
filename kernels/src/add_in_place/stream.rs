//! Stores that go past the caches to memory.
//!
//! Such a store spares the reading of the line that it overwrites. Here there is nothing to
//! spare, since `a` has just been read, and the line must travel to memory before it can be
//! used again: the variant is here to show what that costs.
#![cfg_attr(target_arch = "x86_64", allow(unsafe_code))]

crate::cpu::needs_cpu!("avx");

/// `a[i] += b[i]`.
///
/// # Panics
/// If the two differ in length, or on a CPU without avx; the family's table keeps the variant
/// from being called there.
pub fn add(a: &mut [f32], b: &[f32]) {
    assert_eq!(a.len(), b.len());
    assert!(runs_here(), "this CPU has no avx");
    #[cfg(target_arch = "x86_64")]
    // SAFETY: `runs_here` detected the feature.
    unsafe {
        x86::add(a, b);
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    const LANES: usize = 8;
    /// A cache line: non-temporal stores leave the core line by line.
    const LINE: usize = 2 * LANES;

    /// [`super::add`] where the CPU is known to have the feature and the lengths are equal.
    #[target_feature(enable = "avx")]
    pub fn add(a: &mut [f32], b: &[f32]) {
        // These stores want alignment; what comes before the first whole line is added plainly.
        let before = a.as_ptr().align_offset(LINE * size_of::<f32>()).min(a.len());
        let (a_before, a) = a.split_at_mut(before);
        let (b_before, b) = b.split_at(before);
        add_plainly(a_before, b_before);
        let (lines, a_rest) = a.as_chunks_mut::<LINE>();
        let (b_lines, b_rest) = b.as_chunks::<LINE>();
        for (a, b) in lines.iter_mut().zip(b_lines) {
            for at in [0, LANES] {
                // SAFETY: eight elements from `at` lie within both arrays, and those of `a` are aligned to 32
                // bytes: the first line is to 64, and so is each after it.
                unsafe {
                    let sum = _mm256_add_ps(
                        _mm256_load_ps(a.as_ptr().add(at)),
                        _mm256_loadu_ps(b.as_ptr().add(at)),
                    );
                    _mm256_stream_ps(a.as_mut_ptr().add(at), sum);
                }
            }
        }
        // Only after this do the stores count as done, for this thread and for others.
        _mm_sfence();
        add_plainly(a_rest, b_rest);
    }

    fn add_plainly(a: &mut [f32], b: &[f32]) {
        for (a, b) in a.iter_mut().zip(b) {
            *a += *b;
        }
    }
}
