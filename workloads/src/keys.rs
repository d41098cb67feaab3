//! 64-bit keys: spread evenly, in the proportions of real popularity, and counted up.
//!
//! Why three: a hash table that is fast on one is often slow on another. Even keys miss every cache, popular ones hit,
//! and counted ones show a hasher that leaves patterns in the bits the table looks at.

use crate::rng::{Rng, mix};
use crate::stable_math::{exp, ln};

/// `n` keys drawn evenly from a space of `n / 2` well-mixed values (at least one).
///
/// So 14 % of those values never come up, 27 % once and 59 % more than once, and `0.43 * n` keys are different.
pub fn uniform(n: usize, seed: u64) -> Vec<u64> {
    let mut rng = Rng::for_recipe("keys_uniform", seed);
    let space = (n as u64 / 2).max(1);
    let offset = rng.next_u64();
    (0..n).map(|_| scrambled(rng.below(space), offset)).collect()
}

/// `n` keys drawn from `n` values by Zipf's law: the value of rank k comes up in proportion to 1 / k.
///
/// Words in a text, pages of a site and users of a service come close to it. Ranks are scrambled to 64 bits, so that
/// popular values are no neighbours.
pub fn zipf(n: usize, seed: u64) -> Vec<u64> {
    let mut rng = Rng::for_recipe("keys_zipf", seed);
    let offset = rng.next_u64();
    let ranks = Zipf::new(n.max(1) as u64);
    (0..n).map(|_| scrambled(ranks.draw(&mut rng), offset)).collect()
}

/// `n` keys counted up from a random start, as a database numbers its rows; the last quarter is the first ones again.
pub fn sequential(n: usize, seed: u64) -> Vec<u64> {
    let start = Rng::for_recipe("keys_sequential", seed).below(1 << 40);
    let distinct = n - n / 4;
    (0..n).map(|i| start + (i % distinct) as u64).collect()
}

/// A bijection for every offset, so that different inputs stay different keys.
fn scrambled(value: u64, offset: u64) -> u64 {
    mix(value.wrapping_add(offset))
}

/// Zipf's law with exponent 1 over ranks `1..=count` by rejection-inversion (Hörmann and Derflinger 1996).
///
/// It inverts the integral of the density 1 / x instead of the sum, and rejects the little in which they differ:
/// a draw costs the same however many ranks there are, and no table is kept.
struct Zipf {
    count: f64,
    /// The integral up to the first rank's left edge, with that rank's own probability laid out in full.
    integral_first: f64,
    /// The integral up to the last rank's right edge.
    integral_last: f64,
    /// Distance below which a draw is accepted without a logarithm.
    squeeze: f64,
}

impl Zipf {
    fn new(count: u64) -> Self {
        Zipf {
            count: count as f64,
            integral_first: ln(1.5) - 1.0,
            integral_last: ln(count as f64 + 0.5),
            squeeze: 2.0 - exp(ln(2.5) - 0.5),
        }
    }

    fn draw(&self, rng: &mut Rng) -> u64 {
        loop {
            let u = self.integral_last + rng.f64() * (self.integral_first - self.integral_last);
            let x = exp(u);
            let rank = (x + 0.5).floor().clamp(1.0, self.count);
            if rank - x <= self.squeeze || u >= ln(rank + 0.5) - 1.0 / rank {
                return rank as u64;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn distinct(keys: &[u64]) -> usize {
        keys.iter().collect::<HashSet<_>>().len()
    }

    #[test]
    fn uniform_keys_repeat_as_often_as_stated() {
        let n = 100_000;
        let keys = uniform(n, 1);
        // A space of n / 2 drawn from n times: a share of e^-2 of it never comes up.
        let expected = 0.5 * (1.0 - (-2.0f64).exp());
        let found = distinct(&keys) as f64 / n as f64;
        assert!((found - expected).abs() < 0.005, "{found} of {expected}");
    }

    #[test]
    fn popularity_follows_zipfs_law() {
        let (count, draws) = (1_000u64, 200_000u32);
        let law = Zipf::new(count);
        let mut rng = Rng::new(2);
        let mut seen = vec![0u32; count as usize + 1];
        for _ in 0..draws {
            seen[law.draw(&mut rng) as usize] += 1;
        }
        assert_eq!(seen[0], 0);
        let harmonic: f64 = (1..=count).map(|k| 1.0 / k as f64).sum();
        for rank in [1, 2, 3, 10, 100] {
            let expected = f64::from(draws) / (rank as f64 * harmonic);
            let found = f64::from(seen[rank]);
            assert!((found - expected).abs() < 5.0 * expected.sqrt(), "rank {rank}: {found}, not {expected}");
        }
        let tail: u32 = seen[501..].iter().sum();
        let expected = f64::from(draws) * (501..=count).map(|k| 1.0 / k as f64).sum::<f64>() / harmonic;
        assert!((f64::from(tail) - expected).abs() < 5.0 * expected.sqrt(), "{tail}, not {expected}");
    }

    #[test]
    fn one_rank_is_always_drawn() {
        let mut rng = Rng::new(3);
        assert!((0..100).all(|_| Zipf::new(1).draw(&mut rng) == 1));
    }

    #[test]
    fn zipf_keys_are_scrambled() {
        let keys = zipf(10_000, 4);
        let set_bits: u32 = keys.iter().collect::<HashSet<_>>().iter().map(|key| key.count_ones()).sum();
        let mean = f64::from(set_bits) / distinct(&keys) as f64;
        assert!((mean - 32.0).abs() < 0.5, "{mean} bits set");
    }

    #[test]
    fn sequential_keys_count_up_and_start_again() {
        let keys = sequential(100, 5);
        assert!(keys[..75].windows(2).all(|pair| pair[1] == pair[0] + 1));
        assert_eq!(keys[75..], keys[..25]);
        assert_eq!(distinct(&keys), 75);
    }
}
