//! Multiply-adds with registers of every width, by hand. A CPU without fused ones multiplies and
//! adds.
#![allow(unsafe_code)]

use std::arch::{asm, x86_64::*};

use super::peak::{Arithmetic, CHAINS};

/// Every width in both precisions; of scalar code and 128 bits the one that suits this CPU.
pub fn all() -> Vec<Arithmetic> {
    let fma = is_x86_feature_detected!("fma");
    let avx512 = is_x86_feature_detected!("avx512f");
    let of = |precision_bits, register_bits, runs_here, run| Arithmetic {
        precision_bits,
        register_bits,
        runs_here,
        run,
    };
    vec![
        of(32, 32, true, if fma { f32_scalar } else { f32_scalar_apart }),
        of(32, 128, true, if fma { f32_128 } else { f32_128_apart }),
        of(32, 256, fma, f32_256),
        of(32, 512, avx512, f32_512),
        of(64, 64, true, if fma { f64_scalar } else { f64_scalar_apart }),
        of(64, 128, true, if fma { f64_128 } else { f64_128_apart }),
        of(64, 256, fma, f64_256),
        of(64, 512, avx512, f64_512),
    ]
}

macro_rules! chains {
    ($name:ident, $within:ident, $feature:tt, $float:ty, $lanes:literal, $set:ident, $load:ident, $store:ident,
     $register:ident, |$x:ident, $factor:ident, $summand:ident| $step:expr) => {
        fn $name(steps: u64, factor: f64, summand: f64) -> Vec<f64> {
            assert!(is_x86_feature_detected!($feature));
            // SAFETY: the feature was detected.
            unsafe { $within(steps, factor as $float, summand as $float) }
        }

        #[target_feature(enable = $feature)]
        fn $within(steps: u64, factor: $float, summand: $float) -> Vec<f64> {
            let mut lanes: Vec<$float> = (0..CHAINS * $lanes).map(|lane| lane as $float).collect();
            let ($factor, $summand) = ($set(factor), $set(summand));
            let mut chains = [$set(0.0); CHAINS];
            for (chain, lanes) in chains.iter_mut().zip(lanes.as_chunks::<$lanes>().0) {
                // SAFETY: the chunk has as many elements as the register has lanes.
                *chain = unsafe { $load(lanes.as_ptr()) };
            }
            for _ in 0..steps {
                for chain in &mut chains {
                    let $x = *chain;
                    let mut next = $step;
                    // SAFETY: no instruction at all; the compiler must have each chain in a register
                    // of its own, and can't join scalar chains into vectors.
                    unsafe {
                        asm!("/* {0} */", inout($register) next, options(pure, nomem, nostack, preserves_flags));
                    }
                    *chain = next;
                }
            }
            for (chain, lanes) in chains.into_iter().zip(lanes.as_chunks_mut::<$lanes>().0) {
                // SAFETY: as above.
                unsafe { $store(lanes.as_mut_ptr(), chain) };
            }
            lanes.into_iter().map(f64::from).collect()
        }
    };
}

chains!(
    f32_scalar,
    f32_scalar_within,
    "fma",
    f32,
    1,
    _mm_set_ss,
    _mm_load_ss,
    _mm_store_ss,
    xmm_reg,
    |x, m, a| _mm_fmadd_ss(x, m, a)
);
chains!(
    f32_scalar_apart,
    f32_scalar_apart_within,
    "sse2",
    f32,
    1,
    _mm_set_ss,
    _mm_load_ss,
    _mm_store_ss,
    xmm_reg,
    |x, m, a| _mm_add_ss(_mm_mul_ss(x, m), a)
);
chains!(
    f32_128,
    f32_128_within,
    "fma",
    f32,
    4,
    _mm_set1_ps,
    _mm_loadu_ps,
    _mm_storeu_ps,
    xmm_reg,
    |x, m, a| _mm_fmadd_ps(x, m, a)
);
chains!(
    f32_128_apart,
    f32_128_apart_within,
    "sse2",
    f32,
    4,
    _mm_set1_ps,
    _mm_loadu_ps,
    _mm_storeu_ps,
    xmm_reg,
    |x, m, a| _mm_add_ps(_mm_mul_ps(x, m), a)
);
chains!(
    f32_256,
    f32_256_within,
    "fma",
    f32,
    8,
    _mm256_set1_ps,
    _mm256_loadu_ps,
    _mm256_storeu_ps,
    ymm_reg,
    |x, m, a| _mm256_fmadd_ps(x, m, a)
);
chains!(
    f32_512,
    f32_512_within,
    "avx512f",
    f32,
    16,
    _mm512_set1_ps,
    _mm512_loadu_ps,
    _mm512_storeu_ps,
    zmm_reg,
    |x, m, a| _mm512_fmadd_ps(x, m, a)
);
chains!(
    f64_scalar,
    f64_scalar_within,
    "fma",
    f64,
    1,
    _mm_set_sd,
    _mm_load_sd,
    _mm_store_sd,
    xmm_reg,
    |x, m, a| _mm_fmadd_sd(x, m, a)
);
chains!(
    f64_scalar_apart,
    f64_scalar_apart_within,
    "sse2",
    f64,
    1,
    _mm_set_sd,
    _mm_load_sd,
    _mm_store_sd,
    xmm_reg,
    |x, m, a| _mm_add_sd(_mm_mul_sd(x, m), a)
);
chains!(
    f64_128,
    f64_128_within,
    "fma",
    f64,
    2,
    _mm_set1_pd,
    _mm_loadu_pd,
    _mm_storeu_pd,
    xmm_reg,
    |x, m, a| _mm_fmadd_pd(x, m, a)
);
chains!(
    f64_128_apart,
    f64_128_apart_within,
    "sse2",
    f64,
    2,
    _mm_set1_pd,
    _mm_loadu_pd,
    _mm_storeu_pd,
    xmm_reg,
    |x, m, a| _mm_add_pd(_mm_mul_pd(x, m), a)
);
chains!(
    f64_256,
    f64_256_within,
    "fma",
    f64,
    4,
    _mm256_set1_pd,
    _mm256_loadu_pd,
    _mm256_storeu_pd,
    ymm_reg,
    |x, m, a| _mm256_fmadd_pd(x, m, a)
);
chains!(
    f64_512,
    f64_512_within,
    "avx512f",
    f64,
    8,
    _mm512_set1_pd,
    _mm512_loadu_pd,
    _mm512_storeu_pd,
    zmm_reg,
    |x, m, a| _mm512_fmadd_pd(x, m, a)
);
