//! Counts of two arms: their ratio, and the word for it.
//!
//! A count is no sample from a distribution: of most kernels every count is the same, and of the
//! others (random hash keys, addresses that decide) a few counts say little of the tails. So there
//! is no interval with a confidence here, only the range of what was seen, and a verdict needs all
//! of it on one side.

use crate::{quantile::median, verdict::Verdict};

/// How much more instructions the candidate takes than the baseline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CountEffect {
    /// Median of the candidate's counts over the baseline's, without a unit: above 1 is more.
    pub ratio: f64,
    /// The candidate's smallest count over the baseline's largest.
    pub low: f64,
    /// The candidate's largest count over the baseline's smallest.
    pub high: f64,
    /// Spread of the baseline's counts ([`count_spread`]).
    pub baseline_spread: f64,
    /// Spread of the candidate's counts.
    pub candidate_spread: f64,
}

/// A change of the count from here on matters, as a share: 0.005 is 0.5 %.
pub const COUNT_MARGIN: f64 = 0.005;

/// The effect of the candidate on the count, from repeated counts of both arms.
///
/// `None` if an arm has no counts, or one that is not finite and above zero: no ratio can be made
/// of a kernel without instructions.
pub fn count_effect(baseline: &[f64], candidate: &[f64]) -> Option<CountEffect> {
    let (baseline_least, baseline_most) = range(baseline)?;
    let (candidate_least, candidate_most) = range(candidate)?;
    Some(CountEffect {
        ratio: median(candidate)? / median(baseline)?,
        low: candidate_least / baseline_most,
        high: candidate_most / baseline_least,
        baseline_spread: count_spread(baseline)?,
        candidate_spread: count_spread(candidate)?,
    })
}

/// How far the largest count is above the smallest, as a share of it; 0 where all are equal.
/// `None` as for [`count_effect`].
pub fn count_spread(counts: &[f64]) -> Option<f64> {
    let (least, most) = range(counts)?;
    Some(most / least - 1.0)
}

/// The word for an effect on the count.
///
/// *Regressed* and *improved* where the whole range lies beyond the margin, *equivalent* where all
/// of it lies within; so counts that vary by more than the margin are *inconclusive*, unless the
/// arms differ by more than they vary. Bounds are mirrored as ratios, as for times.
///
/// Inconclusive if the margin is negative or not a number.
pub fn count_verdict(effect: &CountEffect, margin: f64) -> Verdict {
    let CountEffect { low, high, .. } = *effect;
    if !(margin >= 0.0 && low <= high) {
        Verdict::Inconclusive
    } else if low > 1.0 + margin {
        Verdict::Regressed
    } else if high < 1.0 / (1.0 + margin) {
        Verdict::Improved
    } else if low >= 1.0 / (1.0 + margin) && high <= 1.0 + margin {
        Verdict::Equivalent
    } else {
        Verdict::Inconclusive
    }
}

fn range(counts: &[f64]) -> Option<(f64, f64)> {
    let sound = |count: &f64| count.is_finite() && *count > 0.0;
    if counts.is_empty() || !counts.iter().all(sound) {
        return None;
    }
    let least = counts.iter().copied().fold(f64::INFINITY, f64::min);
    let most = counts.iter().copied().fold(0.0, f64::max);
    Some((least, most))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(baseline: &[f64], candidate: &[f64]) -> Verdict {
        count_verdict(&count_effect(baseline, candidate).unwrap(), COUNT_MARGIN)
    }

    #[test]
    fn exact_counts_are_decided_by_the_margin_alone() {
        let same = [10_000.0; 4];
        assert_eq!(word(&same, &same), Verdict::Equivalent);
        assert_eq!(word(&same, &[10_050.0; 4]), Verdict::Equivalent, "on the margin is within");
        assert_eq!(word(&same, &[10_051.0; 4]), Verdict::Regressed);
        assert_eq!(word(&[10_051.0; 4], &same), Verdict::Improved);
        let effect = count_effect(&same, &[10_300.0; 4]).unwrap();
        assert_eq!((effect.ratio, effect.low, effect.high), (1.03, 1.03, 1.03));
        assert_eq!((effect.baseline_spread, effect.candidate_spread), (0.0, 0.0));
    }

    #[test]
    fn counts_that_vary_by_more_than_the_margin_decide_nothing() {
        let wide = [1000.0, 1010.0, 1020.0];
        assert_eq!(word(&wide, &wide), Verdict::Inconclusive);
        assert_eq!(word(&wide, &[1015.0, 1025.0]), Verdict::Inconclusive);
    }

    #[test]
    fn arms_that_differ_by_more_than_they_vary_are_told_apart() {
        let few = [1000.0, 1010.0, 1020.0];
        let many = [1100.0, 1120.0];
        assert_eq!(word(&few, &many), Verdict::Regressed);
        assert_eq!(word(&many, &few), Verdict::Improved);
        let effect = count_effect(&few, &many).unwrap();
        assert!((effect.ratio - 1110.0 / 1010.0).abs() < 1e-12);
        assert!(effect.low < effect.ratio && effect.ratio < effect.high);
    }

    #[test]
    fn counts_that_vary_within_the_margin_are_equivalent() {
        assert_eq!(word(&[1000.0, 1001.0], &[1002.0, 1000.0]), Verdict::Equivalent);
    }

    #[test]
    fn nothing_comes_of_no_counts_and_of_nonsense() {
        for wrong in [&[][..], &[0.0], &[1.0, f64::NAN], &[f64::INFINITY], &[-1.0]] {
            assert_eq!(count_effect(wrong, &[1.0]), None);
            assert_eq!(count_effect(&[1.0], wrong), None);
            assert_eq!(count_spread(wrong), None);
        }
        let effect = count_effect(&[1.0], &[2.0]).unwrap();
        for margin in [f64::NAN, -0.1] {
            assert_eq!(count_verdict(&effect, margin), Verdict::Inconclusive);
        }
    }
}
