//! Logarithm, exponential and arc sine from `+ - * /` and the square root alone.
//!
//! Why: std's versions call the platform's mathematics library, whose last bit differs between platforms and versions.
//! The operations used here are exact to the bit wherever IEEE 754 holds, so the data sets are the same everywhere.

use std::f64::consts::{FRAC_PI_2, LN_2, SQRT_2};

/// Natural logarithm of a normal, positive number, to about 1e-15 of its size.
pub(crate) fn ln(x: f64) -> f64 {
    debug_assert!(x.is_normal() && x > 0.0);
    const MANTISSA: u64 = (1 << 52) - 1;
    let mut exponent = (x.to_bits() >> 52) as i64 - 1023;
    let mut mantissa = f64::from_bits((x.to_bits() & MANTISSA) | (1023 << 52));
    if mantissa > SQRT_2 {
        mantissa *= 0.5;
        exponent += 1;
    }
    // ln m = 2 artanh((m - 1) / (m + 1)), and |s| < 0.172 makes each term of its series 34 times smaller.
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let square = s * s;
    let mut series = 0.0;
    for k in (0..12).rev() {
        series = series * square + 1.0 / f64::from(2 * k + 1);
    }
    exponent as f64 * LN_2 + 2.0 * s * series
}

/// e to the power `x`, for |x| up to 700, to about 1e-15 of its size times |x|.
pub(crate) fn exp(x: f64) -> f64 {
    debug_assert!(x.abs() <= 700.0);
    let doublings = (x / LN_2).round();
    let rest = x - doublings * LN_2;
    let mut series = 1.0;
    for k in (1..=16).rev() {
        series = series * rest / f64::from(k) + 1.0;
    }
    series * f64::from_bits(((1023 + doublings as i64) as u64) << 52)
}

/// Arc sine in radians of a number in `-1..=1`, to about 1e-15.
pub(crate) fn asin(x: f64) -> f64 {
    debug_assert!(x.abs() <= 1.0);
    let size = x.abs();
    let angle = if size <= 0.5 {
        asin_series(size)
    } else {
        // The series converges too slowly near 1; the half-angle formula brings the argument back to 0..=0.5.
        FRAC_PI_2 - 2.0 * asin_series(((1.0 - size) * 0.5).sqrt())
    };
    if x < 0.0 { -angle } else { angle }
}

fn asin_series(x: f64) -> f64 {
    let square = x * x;
    let series = ASIN_COEFFICIENTS.iter().rev().fold(0.0, |sum, c| sum * square + c);
    x * series
}

/// (2k)! / (4^k (k!)^2 (2k + 1)), the Taylor coefficients of arc sine.
const ASIN_COEFFICIENTS: [f64; 25] = {
    let mut coefficients = [0.0; 25];
    let mut central = 1.0;
    let mut k = 0;
    while k < coefficients.len() {
        let odd = (2 * k + 1) as f64;
        coefficients[k] = central / odd;
        central *= odd / (odd + 1.0);
        k += 1;
    }
    coefficients
};

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn agrees_with_the_platform(x in 1e-300f64..1e300, small in -50f64..50.0, sine in -1f64..=1.0) {
            prop_assert!((ln(x) - x.ln()).abs() <= 1e-14 * x.ln().abs().max(1.0));
            prop_assert!((exp(small) / small.exp() - 1.0).abs() <= 1e-14);
            prop_assert!((asin(sine) - sine.asin()).abs() <= 1e-14);
        }
    }

    #[test]
    fn the_ends_are_exact() {
        assert_eq!((ln(1.0), exp(0.0), asin(0.0)), (0.0, 1.0, 0.0));
        assert_eq!((asin(1.0), asin(-1.0)), (FRAC_PI_2, -FRAC_PI_2));
    }
}
