//! By hand: 512-bit vectors, eight of them a round, and a mask for what is left.
#![cfg_attr(target_arch = "x86_64", allow(unsafe_code))]

crate::cpu::needs_cpu!("avx512f");

/// `a[i] += b[i]`.
///
/// # Panics
/// If the two differ in length, or on a CPU without avx512f; the family's table keeps the variant
/// from being called there.
pub fn add(a: &mut [f32], b: &[f32]) {
    assert_eq!(a.len(), b.len());
    assert!(runs_here(), "this CPU has no avx512f");
    #[cfg(target_arch = "x86_64")]
    // SAFETY: `runs_here` detected the feature.
    unsafe {
        x86::add(a, b);
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    const LANES: usize = 16;
    /// Elements a round.
    const ROUND: usize = 8 * LANES;

    /// [`super::add`] where the CPU is known to have the feature and the lengths are equal.
    #[target_feature(enable = "avx512f")]
    pub fn add(a: &mut [f32], b: &[f32]) {
        let (rounds, a_rest) = a.as_chunks_mut::<ROUND>();
        let (b_rounds, b_rest) = b.as_chunks::<ROUND>();
        for (a, b) in rounds.iter_mut().zip(b_rounds) {
            for at in (0..ROUND).step_by(LANES) {
                // SAFETY: sixteen elements from `at` lie within both arrays, and no alignment is asked.
                unsafe {
                    let sum = _mm512_add_ps(
                        _mm512_loadu_ps(a.as_ptr().add(at)),
                        _mm512_loadu_ps(b.as_ptr().add(at)),
                    );
                    _mm512_storeu_ps(a.as_mut_ptr().add(at), sum);
                }
            }
        }
        for (a, b) in a_rest.chunks_mut(LANES).zip(b_rest.chunks(LANES)) {
            let mask = u16::MAX >> (LANES - a.len());
            // SAFETY: the mask has as many lanes as both slices have elements; others are not accessed.
            unsafe {
                let sum = _mm512_add_ps(
                    _mm512_maskz_loadu_ps(mask, a.as_ptr()),
                    _mm512_maskz_loadu_ps(mask, b.as_ptr()),
                );
                _mm512_mask_storeu_ps(a.as_mut_ptr(), mask, sum);
            }
        }
    }
}
