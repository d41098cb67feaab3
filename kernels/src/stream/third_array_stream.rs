//! The sum goes to a third array with stores that go past the caches, so that its lines are not
//! read first and memory moves the twelve bytes that the loop asks for.
#![cfg_attr(target_arch = "x86_64", allow(unsafe_code))]

crate::cpu::needs_cpu!("avx");

/// `c[i] = a[i] + b[i]`.
///
/// # Panics
/// If the three differ in length, or on a CPU without avx; the family's table keeps the variant
/// from being called there.
pub fn add(a: &[f32], b: &[f32], c: &mut [f32]) {
    assert!(a.len() == c.len() && b.len() == c.len());
    assert!(runs_here(), "this CPU has no avx");
    #[cfg(target_arch = "x86_64")]
    // SAFETY: `runs_here` detected the feature.
    unsafe {
        x86::add(a, b, c);
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::super::third_array;

    const LANES: usize = 8;
    /// A cache line: non-temporal stores leave the core line by line.
    const LINE: usize = 2 * LANES;

    /// [`super::add`] where the CPU is known to have the feature and the lengths are equal.
    #[target_feature(enable = "avx")]
    pub fn add(a: &[f32], b: &[f32], c: &mut [f32]) {
        // These stores want alignment; what comes before the first whole line is added plainly.
        let before = c.as_ptr().align_offset(LINE * size_of::<f32>()).min(c.len());
        let ((a_before, a), (b_before, b)) = (a.split_at(before), b.split_at(before));
        let (c_before, c) = c.split_at_mut(before);
        third_array::add(a_before, b_before, c_before);
        let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LINE>(), b.as_chunks::<LINE>());
        let (c, c_rest) = c.as_chunks_mut::<LINE>();
        for ((a, b), c) in a.iter().zip(b).zip(c) {
            for at in [0, LANES] {
                // SAFETY: eight elements from `at` lie within all three arrays, and those of `c` are aligned to
                // 32 bytes: the first line is to 64, and so is each after it.
                unsafe {
                    let sum = _mm256_add_ps(
                        _mm256_loadu_ps(a.as_ptr().add(at)),
                        _mm256_loadu_ps(b.as_ptr().add(at)),
                    );
                    _mm256_stream_ps(c.as_mut_ptr().add(at), sum);
                }
            }
        }
        // Only after this do the stores count as done, for this thread and for others.
        _mm_sfence();
        third_array::add(a_rest, b_rest, c_rest);
    }
}
