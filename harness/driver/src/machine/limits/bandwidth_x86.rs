//! The same loops with registers of 256 and 512 bits, by hand: what the compiler makes of them
//! depends on flags, and a limit must not.
#![allow(unsafe_code)]

use std::arch::x86_64::*;

macro_rules! loops {
    // Vectors of each array a round: enough for the loop itself to cost nothing, and for the sums of
    // what is read not to wait for each other; no more than there are registers.
    ($update:ident, $read:ident, $within:ident, $feature:tt, $vectors:literal, $lanes:literal, $vector:ty,
     $zero:ident, $load:ident, $store:ident, $add:ident) => {
        /// `a += b`.
        ///
        /// # Panics
        /// Where the CPU lacks the registers, or the lengths differ.
        pub fn $update(a: &mut [f64], b: &[f64]) -> f64 {
            assert!(is_x86_feature_detected!($feature));
            assert_eq!(a.len(), b.len());
            // SAFETY: the feature was detected.
            unsafe { $within::update(a, b) }
            a.first().copied().unwrap_or_default()
        }

        /// The sum of both.
        ///
        /// # Panics
        /// Where the CPU lacks the registers, or the lengths differ.
        pub fn $read(a: &mut [f64], b: &[f64]) -> f64 {
            assert!(is_x86_feature_detected!($feature));
            assert_eq!(a.len(), b.len());
            // SAFETY: the feature was detected.
            unsafe { $within::read(a, b) }
        }

        mod $within {
            use super::*;

            const ROUND: usize = $vectors * $lanes;

            #[target_feature(enable = $feature)]
            pub fn update(a: &mut [f64], b: &[f64]) {
                let ((a, a_rest), (b, b_rest)) = (a.as_chunks_mut::<ROUND>(), b.as_chunks::<ROUND>());
                for (a, b) in a.iter_mut().zip(b) {
                    for at in (0..ROUND).step_by($lanes) {
                        // SAFETY: a vector's elements from `at` lie within both rounds, and no
                        // alignment is asked.
                        unsafe {
                            let sum = $add($load(a.as_ptr().add(at)), $load(b.as_ptr().add(at)));
                            $store(a.as_mut_ptr().add(at), sum);
                        }
                    }
                }
                for (a, b) in a_rest.iter_mut().zip(b_rest) {
                    *a += b;
                }
            }

            #[target_feature(enable = $feature)]
            pub fn read(a: &[f64], b: &[f64]) -> f64 {
                let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<ROUND>(), b.as_chunks::<ROUND>());
                // A sum for each load of a round, so that none waits for another.
                let mut sums: [$vector; 2 * $vectors] = [$zero(); 2 * $vectors];
                for (a, b) in a.iter().zip(b) {
                    for (index, at) in (0..ROUND).step_by($lanes).enumerate() {
                        // SAFETY: as above.
                        let (x, y) = unsafe { ($load(a.as_ptr().add(at)), $load(b.as_ptr().add(at))) };
                        sums[2 * index] = $add(sums[2 * index], x);
                        sums[2 * index + 1] = $add(sums[2 * index + 1], y);
                    }
                }
                let sum = sums.into_iter().reduce(|x, y| $add(x, y)).unwrap_or($zero());
                let mut lanes = [0.0; $lanes];
                // SAFETY: the array has as many lanes as the vector.
                unsafe { $store(lanes.as_mut_ptr(), sum) };
                lanes.iter().chain(a_rest).chain(b_rest).sum()
            }
        }
    };
}

loops!(
    update_256,
    read_256,
    of_256,
    "avx",
    6,
    4,
    __m256d,
    _mm256_setzero_pd,
    _mm256_loadu_pd,
    _mm256_storeu_pd,
    _mm256_add_pd
);
loops!(
    update_512,
    read_512,
    of_512,
    "avx512f",
    8,
    8,
    __m512d,
    _mm512_setzero_pd,
    _mm512_loadu_pd,
    _mm512_storeu_pd,
    _mm512_add_pd
);
