//! What would have been found, because "inconclusive" and "no regression" mean nothing without it.

use crate::effect::ratio;
use crate::location::location;
use crate::student::upper_point;

/// The smallest true slowdown, as a ratio above 1, that this many trials with this spread would
/// have called regressed with probability `power`. The smallest speed-up is its inverse.
///
/// `margin` is the change margin (0.01 is 1 %), `confidence` that of the interval (0.95), `power`
/// usually 0.8.
///
/// A regression is called when the interval's low end is above `1 + margin`. That end lies the
/// interval's half width `h` below the estimate, and the estimate falls short of the truth by up to
/// `t(power) · e` with probability `power`, so the answer is
/// `exp(ln(1 + margin) + h + t(power) · e)`, with `t` the quantile of Student's distribution with
/// `trials - 1` degrees of freedom. This is Bloom's minimum detectable effect (*Minimum detectable
/// effects*, Evaluation Review 19, 1995: `(t(1 - a) + t(power)) · e`) with its first term read off
/// the interval itself, and the standard error `e` read back from it as `h / t(1 - a)`. So the
/// spread is the one that the verdict saw: robust where the interval is.
///
/// It describes noise that was measured, so it is itself an estimate, and varies as the width does.
///
/// `None` where [`location`] has none, if `margin` is negative or not finite, if `power` is below
/// one half (that would be the effect usually missed) or not below 1, and where the answer is too
/// large for an `f64`.
pub fn smallest_detectable_ratio(
    log_ratios: &[f64],
    margin: f64,
    confidence: f64,
    power: f64,
) -> Option<f64> {
    if !(margin.is_finite() && margin >= 0.0 && (0.5..1.0).contains(&power)) {
        return None;
    }
    let interval = location(log_ratios, confidence)?;
    let degrees_of_freedom = log_ratios.len() - 1;
    let half_width = 0.5 * interval.high - 0.5 * interval.low;
    let standard_error = half_width / upper_point(degrees_of_freedom, (1.0 - confidence) / 2.0)?;
    let shortfall = upper_point(degrees_of_freedom, 1.0 - power)? * standard_error;
    ratio(margin.ln_1p() + half_width + shortfall)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG_RATIOS: [f64; 8] = [0.004, -0.003, 0.001, 0.002, -0.005, 0.003, -0.001, -0.002];

    #[test]
    fn more_noise_margin_confidence_or_power_needs_a_larger_effect() {
        let usual = smallest_detectable_ratio(&LOG_RATIOS, 0.01, 0.95, 0.8).unwrap();
        let noisy = LOG_RATIOS.map(|log_ratio| log_ratio * 3.0);
        assert!(usual > 1.01);
        for (log_ratios, margin, confidence, power) in [
            (&noisy, 0.01, 0.95, 0.8),
            (&LOG_RATIOS, 0.02, 0.95, 0.8),
            (&LOG_RATIOS, 0.01, 0.99, 0.8),
            (&LOG_RATIOS, 0.01, 0.95, 0.9),
        ] {
            let larger = smallest_detectable_ratio(log_ratios, margin, confidence, power).unwrap();
            assert!(larger > usual, "{margin} {confidence} {power}");
        }
    }

    #[test]
    fn an_effect_already_there_does_not_change_it() {
        let usual = smallest_detectable_ratio(&LOG_RATIOS, 0.01, 0.95, 0.8).unwrap();
        let shifted = LOG_RATIOS.map(|log_ratio| log_ratio + 0.3);
        let found = smallest_detectable_ratio(&shifted, 0.01, 0.95, 0.8).unwrap();
        assert!((found - usual).abs() < 1e-12);
    }

    #[test]
    fn without_noise_it_is_the_margin() {
        let found = smallest_detectable_ratio(&[0.0; 6], 0.01, 0.95, 0.8).unwrap();
        assert!((found - 1.01).abs() < 1e-12);
    }

    #[test]
    fn what_cannot_be_asked_is_not_answered() {
        for margin in [-0.01, f64::NAN, f64::INFINITY] {
            assert_eq!(smallest_detectable_ratio(&LOG_RATIOS, margin, 0.95, 0.8), None);
        }
        for power in [0.0, 0.4, 1.0, f64::NAN] {
            assert_eq!(smallest_detectable_ratio(&LOG_RATIOS, 0.01, 0.95, power), None);
        }
        for confidence in [0.0, 1.0, f64::NAN] {
            assert_eq!(smallest_detectable_ratio(&LOG_RATIOS, 0.01, confidence, 0.8), None);
        }
        for log_ratios in [&[][..], &[0.1], &[0.1, f64::NAN], &[0.0, 0.0], &[-1e300, 1e300]] {
            assert_eq!(smallest_detectable_ratio(log_ratios, 0.01, 0.95, 0.8), None);
        }
    }
}
