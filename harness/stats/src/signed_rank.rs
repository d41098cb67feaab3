//! The null distribution of Wilcoxon's signed-rank statistic, because it says how far into the
//! sorted pairwise averages an interval must reach.
//!
//! Under a distribution symmetric around zero each rank 1..=n is positive with probability one
//! half, independently, whatever the distribution: `W` is the sum of the positive ones
//! (Wilcoxon, *Individual comparisons by ranking methods*, Biometrics Bulletin 1, 1945).

use std::sync::OnceLock;

use statrs::distribution::{ContinuousCDF, Normal};

/// Up to this many trials the distribution is exact; beyond, normal. At 60 the two differ by less
/// than one rank of 1830 for intervals up to 95 % and by four at 99 %, and the exact table costs
/// n³ / 6 additions.
const EXACT_TRIALS: usize = 60;

/// Up to this many trials tail probabilities are exact: a gate's levels lie far out, where the
/// normal approximation is too careful by a factor.
const EXACT_TAIL_TRIALS: usize = 160;

/// How many pairwise averages `n` values have, each value with itself included: also the largest W.
pub(crate) fn pairs(n: usize) -> usize {
    n * (n + 1) / 2
}

/// `P(W = w)` for `w` in `0..=pairs(n)`.
///
/// Adding rank `k` either leaves the sum as it was or moves it by `k`, each with probability one
/// half; ranks are added in place, from the top so that none counts twice.
fn probabilities(n: usize) -> Vec<f64> {
    let mut probability = vec![0.0; pairs(n) + 1];
    probability[0] = 1.0;
    for rank in 1..=n {
        for sum in (0..=pairs(rank)).rev() {
            let moved = if sum >= rank { probability[sum - rank] } else { 0.0 };
            probability[sum] = 0.5 * (probability[sum] + moved);
        }
    }
    probability
}

/// The rank, counted from one and not whole, of the pairwise average that lies above the true
/// centre with probability `tail`.
///
/// The `k`-th smallest average is above the centre exactly when `W < k`, so it bounds the centre
/// from below with error `P(W <= k - 1)`. Between the two ranks whose errors enclose `tail` it is
/// linear in the error. Hettmansperger and Sheather (1986) interpolate like this between the order
/// statistics that bound a median, where the steps are coarse enough to need a curve instead of a
/// line. Between pairwise averages the steps are finer and a line serves: coverage is 0 to 0.3
/// points off the level from 8 trials on, and where the steps are coarsest it errs on the wide
/// side, by 0.6 points with 6 trials at 95 % and 0.9 with 5 at 90 %
/// (`tests/behaviour/coverage.rs` measures it).
///
/// `None` if even the lowest average errs more often than `tail`, or `tail` is outside 0 to 1/2.
pub(crate) fn rank_with_tail(n: usize, tail: f64) -> Option<f64> {
    if n == 0 || !(tail > 0.0 && tail <= 0.5) {
        return None;
    }
    let middle = (pairs(n) as f64 + 1.0) / 2.0;
    let rank = if n <= EXACT_TRIALS { exact_rank(n, tail)? } else { normal_rank(n, tail)?.max(1.0) };
    Some(rank.min(middle))
}

/// `P(W >= w)` where the true centre is zero and `w` is what these values have: how often chance
/// alone lies so far above zero. Every doubt counts against it: a zero as negative, and of equal
/// distances from zero the negative ones as the larger.
///
/// `None` if there are no values, or one is not finite.
pub(crate) fn upper_tail(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    if values.is_empty() || values.iter().any(|value| !value.is_finite()) {
        return None;
    }
    values.sort_unstable_by(|a, b| a.abs().total_cmp(&b.abs()).then((*a <= 0.0).cmp(&(*b <= 0.0))));
    let ranks = values.iter().enumerate().filter(|(_, value)| **value > 0.0).map(|(index, _)| index + 1);
    Some(survival(values.len(), ranks.sum()))
}

/// `P(W >= w)` of `n` trials.
fn survival(n: usize, w: usize) -> f64 {
    if w == 0 {
        return 1.0;
    }
    if n > EXACT_TAIL_TRIALS {
        let (mean, deviation) = moments(n);
        let Ok(standard) = Normal::new(0.0, 1.0) else { return 1.0 };
        return standard.sf((w as f64 - 0.5 - mean) / deviation);
    }
    static TABLES: [OnceLock<Vec<f64>>; EXACT_TAIL_TRIALS + 1] =
        [const { OnceLock::new() }; EXACT_TAIL_TRIALS + 1];
    let table = TABLES[n].get_or_init(|| {
        let mut table = probabilities(n);
        // From the far end, so that small tails keep their digits.
        for w in (0..table.len() - 1).rev() {
            table[w] += table[w + 1];
        }
        table
    });
    table.get(w).copied().unwrap_or(0.0)
}

/// [`rank_with_tail`] from the exact distribution.
fn exact_rank(n: usize, tail: f64) -> Option<f64> {
    let mut at_most = 0.0;
    for (sum, probability) in probabilities(n).into_iter().enumerate() {
        if at_most + probability > tail {
            // `sum` is the first rank whose error is too large, counted from zero: the last
            // acceptable rank, counted from one.
            return (sum > 0).then(|| sum as f64 + (tail - at_most) / probability);
        }
        at_most += probability;
    }
    None
}

/// [`rank_with_tail`] from the normal approximation with continuity correction: W has mean
/// `n(n+1)/4` and variance `n(n+1)(2n+1)/24` (Hollander, Wolfe, Chicken, *Nonparametric
/// Statistical Methods*, 3rd edition, section 3.1), and `P(W <= k - 1) ≈ Φ((k - ½ - mean) / sd)`.
fn normal_rank(n: usize, tail: f64) -> Option<f64> {
    let (mean, deviation) = moments(n);
    let standard = Normal::new(0.0, 1.0).ok()?;
    Some(mean + 0.5 + standard.inverse_cdf(tail) * deviation)
}

/// Mean and standard deviation of W.
fn moments(n: usize) -> (f64, f64) {
    let count = n as f64;
    (count * (count + 1.0) / 4.0, (count * (count + 1.0) * (2.0 * count + 1.0) / 24.0).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `P(W <= w)`.
    fn at_most(n: usize, w: usize) -> f64 {
        probabilities(n)[..=w].iter().sum()
    }

    #[test]
    fn cumulative_probabilities_are_those_of_the_published_tables() {
        // Hollander, Wolfe, Chicken, table A.4; the counts are subsets of 1..=n by their sum.
        assert_eq!(at_most(6, 0), 1.0 / 64.0);
        assert_eq!(at_most(6, 2), 3.0 / 64.0);
        assert_eq!(at_most(10, 8), 25.0 / 1024.0);
        assert_eq!(at_most(10, 10), 43.0 / 1024.0);
        assert_eq!(at_most(10, 3), 5.0 / 1024.0);
        // Critical values at one-sided 2.5 %: 13 for n = 12, 52 for n = 20, 137 for n = 30.
        for (n, critical) in [(6, 0), (7, 2), (8, 3), (9, 5), (10, 8), (12, 13), (20, 52), (30, 137)] {
            assert!(at_most(n, critical) <= 0.025, "n = {n}");
            assert!(at_most(n, critical + 1) > 0.025, "n = {n}");
        }
    }

    #[test]
    fn the_distribution_is_whole_and_symmetric() {
        for n in [1, 2, 7, 25, EXACT_TRIALS] {
            let probability = probabilities(n);
            assert!((probability.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            for (low, high) in probability.iter().zip(probability.iter().rev()) {
                assert!((low - high).abs() < 1e-15);
            }
        }
    }

    #[test]
    fn whole_ranks_come_back_at_the_levels_of_the_table() {
        assert_eq!(rank_with_tail(6, 1.0 / 64.0), Some(1.0));
        assert_eq!(rank_with_tail(6, 2.0 / 64.0), Some(2.0));
        assert_eq!(rank_with_tail(10, 25.0 / 1024.0), Some(9.0));
        assert_eq!(rank_with_tail(6, 1.5 / 64.0), Some(1.5));
    }

    #[test]
    fn too_few_trials_reach_no_rank() {
        assert_eq!(rank_with_tail(5, 0.025), None);
        assert!(rank_with_tail(6, 0.025).is_some());
        assert_eq!(rank_with_tail(7, 0.005), None);
        assert!(rank_with_tail(8, 0.005).is_some());
        for tail in [0.0, -1.0, 0.6, f64::NAN] {
            assert_eq!(rank_with_tail(9, tail), None);
        }
    }

    #[test]
    fn the_normal_approximation_meets_the_exact_distribution() {
        for (tail, ranks) in [(0.005, 4.0), (0.025, 1.0), (0.05, 1.0), (0.25, 1.0)] {
            let exact = exact_rank(EXACT_TRIALS, tail).unwrap();
            let normal = normal_rank(EXACT_TRIALS, tail).unwrap();
            assert!((exact - normal).abs() < ranks, "{exact} and {normal} at {tail}");
        }
    }

    #[test]
    fn no_rank_is_past_the_middle() {
        for n in [2, 3, 10, 60, 61, 200] {
            let middle = (pairs(n) as f64 + 1.0) / 2.0;
            for tail in [0.26, 0.4, 0.4999, 0.5] {
                assert!(rank_with_tail(n, tail).unwrap() <= middle);
            }
        }
    }
}
