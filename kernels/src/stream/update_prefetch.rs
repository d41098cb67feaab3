//! As `update`, a vector being a line, and two lines of each array asked for a kilobyte ahead:
//! the most that any loop moved (the family's page lists what was tried).
#![cfg_attr(target_arch = "x86_64", allow(unsafe_code))]

crate::cpu::needs_cpu!("avx512f");

/// `a[i] += b[i]`.
///
/// # Panics
/// If the two differ in length, or on a CPU without avx512f; the family's table keeps the
/// variant from being called there.
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

    use super::super::update;

    const LINE: usize = 16;
    const ROUND: usize = 2 * LINE;
    const AHEAD: usize = 256;

    /// [`super::add`] where the CPU is known to have the feature and the lengths are equal.
    #[target_feature(enable = "avx512f")]
    pub fn add(a: &mut [f32], b: &[f32]) {
        let (rounds, a_rest) = a.as_chunks_mut::<ROUND>();
        let (b_rounds, b_rest) = b.as_chunks::<ROUND>();
        for (a, b) in rounds.iter_mut().zip(b_rounds) {
            for at in [AHEAD, AHEAD + LINE] {
                // Past the end this asks for lines that are not there, which a prefetch may.
                _mm_prefetch::<_MM_HINT_T1>(a.as_ptr().wrapping_add(at).cast());
                _mm_prefetch::<_MM_HINT_T1>(b.as_ptr().wrapping_add(at).cast());
            }
            for at in [0, LINE] {
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
        update::add(a_rest, b_rest);
    }
}
