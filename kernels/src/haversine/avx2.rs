//! The haversine by hand, 8 records at a time: AVX2 with fused multiply-add, padded tail.
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
pub(super) mod x86 {
    use std::arch::x86_64::*;

    use super::super::{
        layout::{Piece, Sites},
        math::{ARCSINE, HALF_SINE, RADIUS_KM},
    };

    const LANES: usize = 8;

    /// Indices and distances of the nearest sites of eight records.
    pub type Nearest = (__m256i, __m256);

    /// [`super::nearest`] where the CPU is known to have the features.
    #[target_feature(enable = "avx2,fma")]
    pub fn nearest(sites: &Sites, piece: Piece<'_>) {
        for_each_eight(piece, |latitude, longitude| nearest_of_eight(sites, latitude, longitude));
    }

    #[target_feature(enable = "avx2,fma")]
    #[inline]
    fn nearest_of_eight(sites: &Sites, latitude: __m256, longitude: __m256) -> Nearest {
        let cosine = cosine_of_latitude(latitude);
        let mut best = _mm256_set1_ps(f32::INFINITY);
        let mut best_index = _mm256_setzero_si256();
        for (site_index, site) in (0..).zip(&sites.haversine) {
            let north = half_sine(_mm256_sub_ps(latitude, _mm256_set1_ps(site.latitude)));
            let longer = absolute(_mm256_sub_ps(longitude, _mm256_set1_ps(site.longitude)));
            let east = half_sine(_mm256_min_ps(longer, _mm256_sub_ps(_mm256_set1_ps(360.0), longer)));
            let cosines = _mm256_mul_ps(cosine, _mm256_set1_ps(site.cosine));
            let across = _mm256_mul_ps(cosines, _mm256_mul_ps(east, east));
            let haversine = _mm256_fmadd_ps(north, north, across);
            (best, best_index) = nearer((best, best_index), haversine, site_index);
        }
        (best_index, km(best))
    }

    /// Loads eight records after the other, calls `nearest`, stores what it says; the last
    /// eight are filled up with zeros, whose answers are dropped.
    #[target_feature(enable = "avx2,fma")]
    #[inline]
    pub fn for_each_eight(piece: Piece<'_>, nearest: impl Fn(__m256, __m256) -> Nearest) {
        let whole = piece.len() / LANES;
        let (latitudes, last_latitudes) = piece.latitude.as_chunks::<LANES>();
        let (longitudes, last_longitudes) = piece.longitude.as_chunks::<LANES>();
        let (indices, last_indices) = piece.index.as_chunks_mut::<LANES>();
        let (distances, last_distances) = piece.km.as_chunks_mut::<LANES>();
        for eight in 0..whole {
            let found = nearest(load(&latitudes[eight]), load(&longitudes[eight]));
            store(found, &mut indices[eight], &mut distances[eight]);
        }
        let rest = last_latitudes.len();
        if rest > 0 {
            let (mut latitude, mut longitude) = ([0.0; LANES], [0.0; LANES]);
            latitude[..rest].copy_from_slice(last_latitudes);
            longitude[..rest].copy_from_slice(last_longitudes);
            let (mut index, mut km) = ([0; LANES], [0.0; LANES]);
            store(nearest(load(&latitude), load(&longitude)), &mut index, &mut km);
            last_indices.copy_from_slice(&index[..rest]);
            last_distances.copy_from_slice(&km[..rest]);
        }
    }

    #[target_feature(enable = "avx2,fma")]
    #[inline]
    fn load(eight: &[f32; LANES]) -> __m256 {
        // SAFETY: the array is as long as what is loaded, and no alignment is asked.
        unsafe { _mm256_loadu_ps(eight.as_ptr()) }
    }

    #[target_feature(enable = "avx2,fma")]
    #[inline]
    fn store((index, km): Nearest, indices: &mut [u32; LANES], distances: &mut [f32; LANES]) {
        // SAFETY: the arrays are as long as what is stored, and no alignment is asked.
        unsafe {
            _mm256_storeu_si256(indices.as_mut_ptr().cast(), index);
            _mm256_storeu_ps(distances.as_mut_ptr(), km);
        }
    }

    /// The best so far, or the candidate where it is less.
    #[target_feature(enable = "avx2,fma")]
    #[inline]
    pub fn nearer((best, index): (__m256, __m256i), candidate: __m256, site_index: i32) -> (__m256, __m256i) {
        let less = _mm256_castps_si256(_mm256_cmp_ps::<_CMP_LT_OQ>(candidate, best));
        (_mm256_min_ps(candidate, best), _mm256_blendv_epi8(index, _mm256_set1_epi32(site_index), less))
    }

    /// The numbers without their sign.
    #[target_feature(enable = "avx2,fma")]
    #[inline]
    pub fn absolute(x: __m256) -> __m256 {
        _mm256_andnot_ps(_mm256_set1_ps(-0.0), x)
    }

    /// [`half_sine`](super::super::math::half_sine).
    #[target_feature(enable = "avx2,fma")]
    #[inline]
    pub fn half_sine(degrees: __m256) -> __m256 {
        let z = _mm256_mul_ps(degrees, degrees);
        let mut sum = _mm256_set1_ps(HALF_SINE[4]);
        for coefficient in HALF_SINE[..4].iter().rev() {
            sum = _mm256_fmadd_ps(sum, z, _mm256_set1_ps(*coefficient));
        }
        _mm256_mul_ps(sum, degrees)
    }

    /// [`cosine_of_latitude`](super::super::math::cosine_of_latitude).
    #[target_feature(enable = "avx2,fma")]
    #[inline]
    pub fn cosine_of_latitude(latitude: __m256) -> __m256 {
        half_sine(_mm256_fnmadd_ps(_mm256_set1_ps(2.0), absolute(latitude), _mm256_set1_ps(180.0)))
    }

    /// [`km`](super::super::math::km).
    #[target_feature(enable = "avx2,fma")]
    #[inline]
    pub fn km(haversine: __m256) -> __m256 {
        let far = _mm256_cmp_ps::<_CMP_GT_OQ>(haversine, _mm256_set1_ps(0.5));
        let rest = _mm256_max_ps(_mm256_sub_ps(_mm256_set1_ps(1.0), haversine), _mm256_setzero_ps());
        let z = _mm256_blendv_ps(haversine, rest, far);
        let mut sum = _mm256_set1_ps(ARCSINE[7]);
        for coefficient in ARCSINE[..7].iter().rev() {
            sum = _mm256_fmadd_ps(sum, z, _mm256_set1_ps(*coefficient));
        }
        let angle = _mm256_mul_ps(sum, _mm256_sqrt_ps(z));
        let quarter = _mm256_set1_ps(std::f32::consts::FRAC_PI_2);
        let angle = _mm256_blendv_ps(angle, _mm256_sub_ps(quarter, angle), far);
        _mm256_mul_ps(angle, _mm256_set1_ps((2.0 * RADIUS_KM) as f32))
    }
}
