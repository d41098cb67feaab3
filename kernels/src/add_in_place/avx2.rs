//! By hand: 256-bit vectors, eight of them a round.
#![cfg_attr(target_arch = "x86_64", allow(unsafe_code))]

crate::cpu::needs_cpu!("avx2");

/// `a[i] += b[i]`.
///
/// # Panics
/// If the two differ in length, or on a CPU without avx2; the family's table keeps the variant
/// from being called there.
pub fn add(a: &mut [f32], b: &[f32]) {
    assert_eq!(a.len(), b.len());
    assert!(runs_here(), "this CPU has no avx2");
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
    /// Elements a round.
    const ROUND: usize = 8 * LANES;

    /// [`super::add`] where the CPU is known to have the feature and the lengths are equal.
    #[target_feature(enable = "avx2")]
    pub fn add(a: &mut [f32], b: &[f32]) {
        let (rounds, a_rest) = a.as_chunks_mut::<ROUND>();
        let (b_rounds, b_rest) = b.as_chunks::<ROUND>();
        for (a, b) in rounds.iter_mut().zip(b_rounds) {
            for at in (0..ROUND).step_by(LANES) {
                // SAFETY: eight elements from `at` lie within both arrays, and no alignment is asked.
                unsafe {
                    let sum = _mm256_add_ps(
                        _mm256_loadu_ps(a.as_ptr().add(at)),
                        _mm256_loadu_ps(b.as_ptr().add(at)),
                    );
                    _mm256_storeu_ps(a.as_mut_ptr().add(at), sum);
                }
            }
        }
        for (a, b) in a_rest.iter_mut().zip(b_rest) {
            *a += *b;
        }
    }
}
