//! The [`chord`](super::chord) by hand, 8 records at a time: AVX2 with fused multiply-add.
#![cfg_attr(target_arch = "x86_64", allow(unsafe_code))]

use super::layout::{Piece, Sites};

crate::cpu::needs_cpu!("avx2", "fma");

/// The nearest sites.
///
/// # Panics
/// On a CPU without AVX2 and FMA; the family's table keeps the variant from being called there.
pub fn nearest(sites: &Sites, piece: Piece<'_>) {
    assert!(runs_here(), "this CPU has no avx2 and fma");
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
        avx2::x86::{Nearest, absolute, cosine_of_latitude, for_each_eight, half_sine, km, nearer},
        layout::{Piece, Sites},
    };

    /// [`super::nearest`] where the CPU is known to have the features.
    #[target_feature(enable = "avx2,fma")]
    pub fn nearest(sites: &Sites, piece: Piece<'_>) {
        for_each_eight(piece, |latitude, longitude| nearest_of_eight(sites, latitude, longitude));
    }

    #[target_feature(enable = "avx2,fma")]
    #[inline]
    fn nearest_of_eight(sites: &Sites, latitude: __m256, longitude: __m256) -> Nearest {
        let [x, y, z] = unit_vector(latitude, longitude);
        let mut best = _mm256_set1_ps(f32::INFINITY);
        let mut best_index = _mm256_setzero_si256();
        for (site_index, site) in (0..).zip(&sites.chord) {
            let dx = _mm256_sub_ps(x, _mm256_set1_ps(site[0]));
            let dy = _mm256_sub_ps(y, _mm256_set1_ps(site[1]));
            let dz = _mm256_sub_ps(z, _mm256_set1_ps(site[2]));
            let square = _mm256_fmadd_ps(dx, dx, _mm256_fmadd_ps(dy, dy, _mm256_mul_ps(dz, dz)));
            (best, best_index) = nearer((best, best_index), square, site_index);
        }
        (best_index, km(_mm256_mul_ps(best, _mm256_set1_ps(0.25))))
    }

    #[target_feature(enable = "avx2,fma")]
    #[inline]
    fn unit_vector(latitude: __m256, longitude: __m256) -> [__m256; 3] {
        let cosine = cosine_of_latitude(latitude);
        let front = cosine_of_latitude(longitude);
        let sign = _mm256_and_ps(longitude, _mm256_set1_ps(-0.0));
        let east = absolute(longitude);
        let folded = _mm256_min_ps(east, _mm256_sub_ps(_mm256_set1_ps(180.0), east));
        let east = _mm256_or_ps(half_sine(_mm256_add_ps(folded, folded)), sign);
        let up = half_sine(_mm256_add_ps(latitude, latitude));
        [_mm256_mul_ps(cosine, front), _mm256_mul_ps(cosine, east), up]
    }
}
