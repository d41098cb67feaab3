//! Normal theory, for where ranks cannot answer: fewer trials than the level needs, and how much
//! an estimate itself varies.

use crate::quantile::finite;
use statrs::distribution::{ContinuousCDF, StudentsT};

/// The point that Student's t with this many degrees of freedom exceeds with probability `tail`
/// (between 0 and 1, both excluded).
///
/// `None` outside that, and where the library's inversion does not lead back to `tail`: in
/// statrs 0.19 that is one degree of freedom beyond 1e-8, and a wrong point there would be a
/// wrong verdict.
pub(crate) fn upper_point(degrees_of_freedom: usize, tail: f64) -> Option<f64> {
    if !(tail > 0.0 && tail < 1.0) {
        return None;
    }
    let student = StudentsT::new(0.0, 1.0, degrees_of_freedom as f64).ok()?;
    // Through the lower tail, where a small probability keeps all its digits.
    let point = student.inverse_cdf(tail);
    let led_back = (student.cdf(point) / tail - 1.0).abs() < 1e-6;
    led_back.then_some(-point).and_then(finite)
}

/// Mean and standard deviation (n - 1 in the denominator), in the unit of `values`.
///
/// `None` for fewer than two values, or if a value or a result is not finite.
pub(crate) fn mean_and_deviation(values: &[f64]) -> Option<(f64, f64)> {
    if values.len() < 2 {
        return None;
    }
    let count = values.len() as f64;
    // Measured from one of the values, so that equal values have exactly no deviation.
    let origin = values[0];
    let mean = origin + values.iter().map(|value| value - origin).sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    Some((finite(mean)?, finite((squares / (count - 1.0)).sqrt())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_those_of_the_published_table() {
        for (degrees, tail, expected) in [
            (1, 0.025, 12.706_205),
            (2, 0.025, 4.302_653),
            (4, 0.025, 2.776_445),
            (2, 0.2, 1.060_660),
            (11, 0.025, 2.200_985),
            (11, 0.5, 0.0),
            (11, 0.975, -2.200_985),
            (4, 0.005, 4.604_095),
            (1_000, 0.025, 1.962_339),
        ] {
            let found = upper_point(degrees, tail).unwrap();
            assert!((found - expected).abs() < 1e-5, "{found} for {expected}");
        }
    }

    #[test]
    fn what_has_no_point_has_none() {
        assert_eq!(upper_point(0, 0.025), None);
        for tail in [0.0, 1.0, -0.1, f64::NAN] {
            assert_eq!(upper_point(3, tail), None);
        }
        assert_eq!(upper_point(1, 1e-12), None, "statrs is wrong by a factor of 3,000 here");
    }

    #[test]
    fn moments_of_a_known_sample() {
        let (mean, deviation) = mean_and_deviation(&[2.0, 4.0, 4.0, 6.0]).unwrap();
        assert!((mean - 4.0).abs() < 1e-12);
        assert!((deviation - (8.0_f64 / 3.0).sqrt()).abs() < 1e-12);
        assert_eq!(mean_and_deviation(&[0.1; 7]), Some((0.1, 0.0)));
        assert_eq!(mean_and_deviation(&[1.0]), None);
        assert_eq!(mean_and_deviation(&[1.0, f64::NAN]), None);
        assert_eq!(mean_and_deviation(&[-f64::MAX, f64::MAX]), None);
    }
}
