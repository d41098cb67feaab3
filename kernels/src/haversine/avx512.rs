//! The haversine by hand, 16 records at a time: AVX-512, fused multiply-add, masked tail.
#![cfg_attr(target_arch = "x86_64", allow(unsafe_code))]

use super::layout::{Piece, Sites};

crate::cpu::needs_cpu!("avx512f");

/// The nearest sites.
///
/// # Panics
/// On a CPU without AVX-512 F; the family's table keeps the variant from being called there.
pub fn nearest(sites: &Sites, piece: Piece<'_>) {
    assert!(runs_here(), "this CPU has no avx512f");
    #[cfg(target_arch = "x86_64")]
    // SAFETY: `runs_here` detected the feature.
    unsafe {
        x86::nearest(sites, piece);
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (sites, piece);
}

#[cfg(target_arch = "x86_64")]
pub(super) mod x86 {
    use std::arch::x86_64::*;

    use super::super::{
        layout::{LANES, Piece, Sites},
        math::{ARCSINE, HALF_SINE, RADIUS_KM},
    };

    /// [`super::nearest`] where the CPU is known to have the feature.
    #[target_feature(enable = "avx512f")]
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
            let cosine = cosine_of_latitude(latitude);
            let mut best = _mm512_set1_ps(f32::INFINITY);
            let mut best_index = _mm512_setzero_si512();
            for (site_index, site) in (0..).zip(&sites.haversine) {
                let north = half_sine(_mm512_sub_ps(latitude, _mm512_set1_ps(site.latitude)));
                let longer = _mm512_abs_ps(_mm512_sub_ps(longitude, _mm512_set1_ps(site.longitude)));
                let east = half_sine(_mm512_min_ps(longer, _mm512_sub_ps(_mm512_set1_ps(360.0), longer)));
                let cosines = _mm512_mul_ps(cosine, _mm512_set1_ps(site.cosine));
                let across = _mm512_mul_ps(cosines, _mm512_mul_ps(east, east));
                let haversine = _mm512_fmadd_ps(north, north, across);
                let nearer = _mm512_cmp_ps_mask::<_CMP_LT_OQ>(haversine, best);
                best = _mm512_mask_mov_ps(best, nearer, haversine);
                best_index = _mm512_mask_mov_epi32(best_index, nearer, _mm512_set1_epi32(site_index));
            }
            // SAFETY: as for the loads.
            unsafe {
                _mm512_mask_storeu_epi32(piece.index.as_mut_ptr().add(start).cast(), mask, best_index);
                _mm512_mask_storeu_ps(piece.km.as_mut_ptr().add(start), mask, km(best));
            }
        }
    }

    /// The lanes in use where so many records are left.
    pub fn mask(left: usize) -> __mmask16 {
        if left >= LANES { u16::MAX } else { (1 << left) - 1 }
    }

    /// [`half_sine`](super::super::math::half_sine).
    #[target_feature(enable = "avx512f")]
    #[inline]
    pub fn half_sine(degrees: __m512) -> __m512 {
        let z = _mm512_mul_ps(degrees, degrees);
        let mut sum = _mm512_set1_ps(HALF_SINE[4]);
        for coefficient in HALF_SINE[..4].iter().rev() {
            sum = _mm512_fmadd_ps(sum, z, _mm512_set1_ps(*coefficient));
        }
        _mm512_mul_ps(sum, degrees)
    }

    /// [`cosine_of_latitude`](super::super::math::cosine_of_latitude).
    #[target_feature(enable = "avx512f")]
    #[inline]
    pub fn cosine_of_latitude(latitude: __m512) -> __m512 {
        let missing = _mm512_fnmadd_ps(_mm512_set1_ps(2.0), _mm512_abs_ps(latitude), _mm512_set1_ps(180.0));
        half_sine(missing)
    }

    /// [`km`](super::super::math::km).
    #[target_feature(enable = "avx512f")]
    #[inline]
    pub fn km(haversine: __m512) -> __m512 {
        let far = _mm512_cmp_ps_mask::<_CMP_GT_OQ>(haversine, _mm512_set1_ps(0.5));
        let rest = _mm512_max_ps(_mm512_sub_ps(_mm512_set1_ps(1.0), haversine), _mm512_setzero_ps());
        let z = _mm512_mask_mov_ps(haversine, far, rest);
        let mut sum = _mm512_set1_ps(ARCSINE[7]);
        for coefficient in ARCSINE[..7].iter().rev() {
            sum = _mm512_fmadd_ps(sum, z, _mm512_set1_ps(*coefficient));
        }
        let angle = _mm512_mul_ps(sum, _mm512_sqrt_ps(z));
        let quarter = _mm512_set1_ps(std::f32::consts::FRAC_PI_2);
        let angle = _mm512_mask_sub_ps(angle, far, quarter, angle);
        _mm512_mul_ps(angle, _mm512_set1_ps((2.0 * RADIUS_KM) as f32))
    }
}
