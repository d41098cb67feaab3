//! The number that is printed: a ratio with its interval, made from one log ratio per trial.

use crate::location::location;
use crate::quantile::finite;

/// How much longer the candidate takes than the baseline, with a confidence interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effect {
    /// Candidate over baseline, without a unit: above 1 is slower. Within `low..=high`.
    pub ratio: f64,
    /// Lower bound of the ratio, above the true one with probability (1 - confidence) / 2.
    pub low: f64,
    /// Upper bound of the ratio, below the true one with the same probability.
    pub high: f64,
    /// The share of such intervals that hold the true ratio, such as 0.95.
    pub confidence: f64,
    /// How many trials it rests on.
    pub trials: usize,
}

/// The effect over trials, from the natural logarithm of candidate over baseline in each of them
/// ([`crate::trial_log_ratio`]).
///
/// It is the exponential of [`location`]: a monotone map keeps the coverage of the interval, and
/// the logarithm makes it the same comparison whichever arm is called the baseline.
///
/// `None` where [`location`] has none (fewer than two trials, a value that is not finite, a
/// confidence outside 0 to 1, fewer trials than [`crate::minimum_trials`] that are all equal),
/// and where a ratio is too large or too small for an `f64`.
pub fn effect(log_ratios: &[f64], confidence: f64) -> Option<Effect> {
    let location = location(log_ratios, confidence)?;
    Some(Effect {
        ratio: ratio(location.center)?,
        low: ratio(location.low)?,
        high: ratio(location.high)?,
        confidence,
        trials: log_ratios.len(),
    })
}

/// The exponential of the mean logarithm, without a unit: the only mean of ratios that does not
/// depend on which arm is the denominator (Fleming and Wallace, *How not to lie with statistics:
/// the correct way to summarize benchmark results*, Communications of the ACM 29, 1986).
///
/// `None` if there are none, or one is not finite or not above zero.
pub fn geometric_mean(ratios: &[f64]) -> Option<f64> {
    if ratios.is_empty() || ratios.iter().any(|ratio| !(ratio.is_finite() && *ratio > 0.0)) {
        return None;
    }
    let logarithms: f64 = ratios.iter().map(|ratio| ratio.ln()).sum();
    ratio(logarithms / ratios.len() as f64)
}

/// `exp log_ratio`, where an `f64` can hold it.
pub(crate) fn ratio(log_ratio: f64) -> Option<f64> {
    finite(log_ratio.exp()).filter(|ratio| *ratio > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_effect_is_the_exponential_of_the_location() {
        let log_ratios = [0.010, 0.012, 0.008, 0.011, 0.009, 0.013, 0.007];
        let effect = effect(&log_ratios, 0.95).unwrap();
        assert!((effect.ratio - 0.01_f64.exp()).abs() < 1e-12);
        assert!(effect.low > 0.007_f64.exp() && effect.low < effect.ratio);
        assert!(effect.high < 0.013_f64.exp() && effect.high > effect.ratio);
        assert_eq!((effect.confidence, effect.trials), (0.95, 7));
    }

    #[test]
    fn no_effect_from_what_is_not_a_set_of_trials() {
        for log_ratios in [&[][..], &[0.0], &[0.0, f64::NAN], &[0.0, f64::INFINITY], &[0.0, 0.0]] {
            assert_eq!(effect(log_ratios, 0.95), None);
        }
        assert_eq!(effect(&[0.0, 0.1, 0.2], 1.0), None);
        assert_eq!(effect(&[800.0; 8], 0.95), None, "beyond the largest f64");
        assert_eq!(effect(&[-800.0; 8], 0.95), None, "no ratio is zero");
    }

    #[test]
    fn a_ratio_and_its_inverse_average_to_one() {
        assert!((geometric_mean(&[4.0, 0.25]).unwrap() - 1.0).abs() < 1e-12);
        assert!((geometric_mean(&[2.0, 8.0]).unwrap() - 4.0).abs() < 1e-12);
        for wrong in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(geometric_mean(&[1.0, wrong]), None);
        }
        assert_eq!(geometric_mean(&[]), None);
        assert!(geometric_mean(&[f64::MAX; 5]).is_some());
    }
}
