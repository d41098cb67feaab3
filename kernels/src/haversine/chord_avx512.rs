//! The [`chord`](super::chord) by hand, 16 records at a time: AVX-512, masked tail.
#![cfg_attr(target_arch = "x86_64", allow(unsafe_code))]

use super::layout::{Piece, Sites};

crate::cpu::needs_cpu!("avx512f", "avx512dq");

/// The nearest sites.
///
/// # Panics
/// On a CPU without AVX-512 F and DQ; the family's table keeps the variant from being called there.
pub fn nearest(sites: &Sites, piece: Piece<'_>) {
    assert!(runs_here(), "this CPU has no avx512f and avx512dq");
    #[cfg(target_arch = "x86_64")]
    // SAFETY: `runs_here` detected the features.
    unsafe {
        x86::nearest(sites, piece);
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (sites, piece);
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::super::{
        avx512::x86::{cosine_of_latitude, half_sine, km, mask},
        layout::{LANES, Piece, Sites},
    };

    /// [`super::nearest`] where the CPU is known to have the features.
    #[target_feature(enable = "avx512f,avx512dq")]
    pub fn nearest(sites: &Sites, piece: Piece<'_>) {
        let count = piece.len();
        for start in (0..count).step_by(LANES) {
            let mask = mask(count - start);
            // SAFETY: the mask has no lane past the end of the piece, whose four slices are of
            // one length, as `len` asserts; masked-off lanes are not accessed.
            let (latitude, longitude) = unsafe {
                (
                    _mm512_maskz_loadu_ps(mask, piece.latitude.as_ptr().add(start)),
                    _mm512_maskz_loadu_ps(mask, piece.longitude.as_ptr().add(start)),
                )
            };
            let [x, y, z] = unit_vector(latitude, longitude);
            let mut best = _mm512_set1_ps(f32::INFINITY);
            let mut best_index = _mm512_setzero_si512();
            for (site_index, site) in (0..).zip(&sites.chord) {
                let dx = _mm512_sub_ps(x, _mm512_set1_ps(site[0]));
                let dy = _mm512_sub_ps(y, _mm512_set1_ps(site[1]));
                let dz = _mm512_sub_ps(z, _mm512_set1_ps(site[2]));
                let square = _mm512_fmadd_ps(dx, dx, _mm512_fmadd_ps(dy, dy, _mm512_mul_ps(dz, dz)));
                let nearer = _mm512_cmp_ps_mask::<_CMP_LT_OQ>(square, best);
                best = _mm512_min_ps(square, best);
                best_index = _mm512_mask_mov_epi32(best_index, nearer, _mm512_set1_epi32(site_index));
            }
            let distance = km(_mm512_mul_ps(best, _mm512_set1_ps(0.25)));
            // SAFETY: as for the loads.
            unsafe {
                _mm512_mask_storeu_epi32(piece.index.as_mut_ptr().add(start).cast(), mask, best_index);
                _mm512_mask_storeu_ps(piece.km.as_mut_ptr().add(start), mask, distance);
            }
        }
    }

    #[target_feature(enable = "avx512f,avx512dq")]
    #[inline]
    fn unit_vector(latitude: __m512, longitude: __m512) -> [__m512; 3] {
        let cosine = cosine_of_latitude(latitude);
        let front = cosine_of_latitude(longitude);
        let sign = _mm512_and_ps(longitude, _mm512_set1_ps(-0.0));
        let east = _mm512_abs_ps(longitude);
        let folded = _mm512_min_ps(east, _mm512_sub_ps(_mm512_set1_ps(180.0), east));
        let east = _mm512_or_ps(half_sine(_mm512_add_ps(folded, folded)), sign);
        let up = half_sine(_mm512_add_ps(latitude, latitude));
        [_mm512_mul_ps(cosine, front), _mm512_mul_ps(cosine, east), up]
    }
}
