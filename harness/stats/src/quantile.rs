//! Order statistics of one sample, because everything robust in this crate is made of them.

/// What the median absolute deviation is multiplied by to estimate the standard deviation of a
/// normal sample: 1 / Φ⁻¹(3/4) (Hampel, *The influence curve and its role in robust estimation*,
/// Journal of the American Statistical Association 69, 1974).
pub const NORMAL_SCALE: f64 = 1.482_602_218_505_602;

/// The value below which the share `probability` of `values` lies, in the unit of `values`.
///
/// Type 7 of Hyndman and Fan (*Sample quantiles in statistical packages*, The American
/// Statistician 50, 1996), the default of R and NumPy: linear between the order statistics at
/// rank `1 + (n - 1) · probability`.
///
/// `None` if `values` is empty or has a value that is not finite, or if `probability` is outside
/// 0 to 1.
pub fn quantile(values: &[f64], probability: f64) -> Option<f64> {
    quantile_of_sorted(&sorted(values)?, probability)
}

/// Several quantiles from one sort, in the order of `probabilities`; see [`quantile`].
///
/// `None` if any one of them is.
pub fn quantiles(values: &[f64], probabilities: &[f64]) -> Option<Vec<f64>> {
    let sorted = sorted(values)?;
    probabilities.iter().map(|&probability| quantile_of_sorted(&sorted, probability)).collect()
}

/// The middle value, or the mean of the two middle ones, in the unit of `values`.
///
/// `None` if `values` is empty or has a value that is not finite.
pub fn median(values: &[f64]) -> Option<f64> {
    quantile(values, 0.5)
}

/// Median of the absolute distances from the median, in the unit of `values`, not scaled:
/// multiply by [`NORMAL_SCALE`] to compare with a standard deviation.
///
/// `None` as for [`median`], and if a distance overflows.
pub fn median_absolute_deviation(values: &[f64]) -> Option<f64> {
    let center = median(values)?;
    let distances: Vec<f64> = values.iter().map(|value| (value - center).abs()).collect();
    median(&distances)
}

/// `values` in ascending order; `None` if there are none or one is not finite.
pub(crate) fn sorted(values: &[f64]) -> Option<Vec<f64>> {
    if values.is_empty() || values.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    Some(sorted)
}

/// As [`quantile`], of values already through [`sorted`].
pub(crate) fn quantile_of_sorted(sorted: &[f64], probability: f64) -> Option<f64> {
    if !(0.0..=1.0).contains(&probability) {
        return None;
    }
    let last = sorted.len().checked_sub(1)?;
    at_rank(sorted, 1.0 + last as f64 * probability)
}

/// The value at a rank counted from one, linear between neighbours where it is not whole;
/// `None` if the rank is outside 1 to the length.
pub(crate) fn at_rank(sorted: &[f64], rank: f64) -> Option<f64> {
    if !(1.0..=sorted.len() as f64).contains(&rank) {
        return None;
    }
    let below = rank.floor();
    let weight = rank - below;
    let low = *sorted.get(below as usize - 1)?;
    let high = *sorted.get(below as usize).unwrap_or(&low);
    if low == high {
        return Some(low);
    }
    // Weighted this way round, neither the difference of two huge values can overflow nor does
    // negating the sample give anything but the negated answer.
    Some((low * (1.0 - weight) + high * weight).clamp(low, high))
}

/// `value` unless it is infinite or not a number.
pub(crate) fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_agree_with_the_default_of_r() {
        let values = [7.0, 1.0, 3.0, 15.0, 8.0, 2.0];
        // quantile(c(7,1,3,15,8,2), c(0, .1, .25, .5, .75, 1))
        let expected = [1.0, 1.5, 2.25, 5.0, 7.75, 15.0];
        let found = quantiles(&values, &[0.0, 0.1, 0.25, 0.5, 0.75, 1.0]).unwrap();
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-12, "{found} for {expected}");
        }
    }

    #[test]
    fn median_of_an_even_count_is_the_mean_of_the_middle() {
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(&[3.0]), Some(3.0));
    }

    #[test]
    fn spreads_are_those_of_a_known_sample() {
        let values = [1.0, 1.0, 2.0, 2.0, 4.0, 6.0, 9.0];
        assert_eq!(median_absolute_deviation(&values), Some(1.0));
    }

    #[test]
    fn what_is_not_a_sample_has_no_quantile() {
        for values in [&[][..], &[1.0, f64::NAN], &[f64::INFINITY], &[f64::NEG_INFINITY, 0.0]] {
            assert_eq!(median(values), None);
            assert_eq!(median_absolute_deviation(values), None);
        }
        for probability in [-0.1, 1.1, f64::NAN] {
            assert_eq!(quantile(&[1.0, 2.0], probability), None);
        }
    }

    #[test]
    fn huge_values_do_not_overflow_into_a_wrong_answer() {
        assert_eq!(median(&[-f64::MAX, f64::MAX]), Some(0.0));
        assert_eq!(median(&[f64::MAX, f64::MAX]), Some(f64::MAX));
    }
}
