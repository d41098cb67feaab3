//! Two arrays of `f32` that can be added to one another for ever.
//!
//! Why so carefully: a benchmark repeats `a += b` billions of times on the same arrays. Values that grow without end
//! turn infinite, and values that shrink turn subnormal, on which some processors are a hundred times slower.
//!
//! `a` starts in `[1, 2)` and `b` is in `[2^-12, 2^-11)`. One addition changes `a` visibly (its last bit is worth
//! 2^-23), so a kernel that skips an element is found out after one repetition. And many change it only so far: once
//! `a` reaches 2^14, half of its last bit is worth 2^-10, more than any `b`, and the sum rounds back to `a`. So every
//! value stays normal, finite and below 2^14 however often the addition is repeated, with nothing to reset.

use crate::rng::Rng;

/// Bits of 1.0, and of 2^-12: all that the sign and exponent of the two arrays ever are.
const ONE: u32 = 127 << 23;
const TINY: u32 = (127 - 12) << 23;

/// The bits of a mantissa.
const MANTISSA: u64 = (1 << 23) - 1;

/// `a` and `b`, `n` values each.
pub fn pair(n: usize, seed: u64) -> (Vec<f32>, Vec<f32>) {
    (starts(n, seed), steps(n, seed))
}

/// `n` values uniform in `[1, 2)`.
pub fn starts(n: usize, seed: u64) -> Vec<f32> {
    one_binade(n, ONE, Rng::for_recipe("floats_starts", seed))
}

/// `n` values uniform in `[2^-12, 2^-11)`.
pub fn steps(n: usize, seed: u64) -> Vec<f32> {
    one_binade(n, TINY, Rng::for_recipe("floats_steps", seed))
}

/// Uniform between two powers of two: 23 random bits are the mantissa as they are. Two values a draw, since a caller
/// may want half a gigabyte and wait for it.
fn one_binade(n: usize, exponent: u32, mut rng: Rng) -> Vec<f32> {
    let value = |mantissa: u64| f32::from_bits(exponent | mantissa as u32);
    let mut values = vec![0.0; n];
    let (pairs, last) = values.as_chunks_mut::<2>();
    for pair in pairs {
        let bits = rng.next_u64();
        *pair = [value(bits >> 41), value((bits >> 9) & MANTISSA)];
    }
    for single in last {
        *single = value(rng.next_u64() >> 41);
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_in_their_ranges_and_fill_them() {
        let (a, b) = pair(10_001, 1);
        let (low, high) = (2f32.powi(-12), 2f32.powi(-11));
        assert!(a.iter().all(|x| (1.0..2.0).contains(x)));
        assert!(b.iter().all(|x| (low..high).contains(x)));
        let mean = a.iter().sum::<f32>() / a.len() as f32;
        assert!((mean - 1.5).abs() < 0.01, "{mean}");
        assert!(a.iter().any(|x| *x < 1.01) && a.iter().any(|x| *x > 1.99));
    }

    #[test]
    fn one_addition_changes_every_value() {
        let (a, b) = pair(10_000, 2);
        assert!(a.iter().zip(&b).all(|(a, b)| a + b != *a));
    }

    #[test]
    fn additions_without_end_stop_changing_anything() {
        // The extremes, and a few between. 2^26 additions pass through every binade below 2^14.
        let mut sums = [1.0, 2f32.next_down(), 1.5, 1.25];
        let steps = [2f32.powi(-12), 2f32.powi(-11).next_down(), 2f32.powi(-11).next_down(), 0.0003];
        for _ in 0..1 << 26 {
            for (sum, step) in sums.iter_mut().zip(steps) {
                *sum += step;
            }
        }
        for (sum, step) in sums.into_iter().zip(steps) {
            assert_eq!(sum + step, sum, "still growing");
            assert!(sum.is_normal() && sum <= 2f32.powi(14), "{sum}");
        }
    }
}
