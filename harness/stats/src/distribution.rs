//! What a report needs to draw a distribution. Nothing here decides anything: samples within a
//! trial are not independent, so they may be looked at but not inferred from.

use crate::quantile::{finite, median_absolute_deviation, quantile_of_sorted, sorted};
use crate::student::mean_and_deviation;

/// More points of a density than this are refused: no screen shows them.
pub const MAXIMUM_POINTS: usize = 65_536;

/// Beyond this many bandwidths a normal kernel is below 1e-14 of its peak.
const KERNEL_REACH: f64 = 8.0;

/// A sample in seven numbers, in the unit of the samples except for the count.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// Smallest sample.
    pub min: f64,
    /// First quartile, type 7 as in [`crate::quantile`].
    pub q1: f64,
    /// Median.
    pub median: f64,
    /// Third quartile.
    pub q3: f64,
    /// Largest sample.
    pub max: f64,
    /// Median absolute deviation, not scaled; see [`crate::median_absolute_deviation`].
    pub mad: f64,
    /// How many samples.
    pub count: usize,
}

/// The summary of `samples`, in any unit.
///
/// `None` if there are none, one is not finite, or a distance from the median overflows.
pub fn summary(samples: &[f64]) -> Option<Summary> {
    let sorted = sorted(samples)?;
    Some(Summary {
        min: *sorted.first()?,
        q1: quantile_of_sorted(&sorted, 0.25)?,
        median: quantile_of_sorted(&sorted, 0.5)?,
        q3: quantile_of_sorted(&sorted, 0.75)?,
        max: *sorted.last()?,
        mad: median_absolute_deviation(&sorted)?,
        count: sorted.len(),
    })
}

/// The density of `samples` at `points` equally spaced places, as pairs of place (in the unit of
/// the samples) and density (one over that unit).
///
/// A Gaussian kernel of bandwidth `0.9 · min(s, IQR / 1.34) · n^(-1/5)` (Silverman, *Density
/// Estimation for Statistics and Data Analysis*, 1986, equation 3.31). Bandwidth and places are
/// those of the samples within three interquartile ranges of the quartiles (Tukey's outer fences,
/// *Exploratory Data Analysis*, 1977), and the places reach three bandwidths beyond these: one
/// interrupt must not flatten the rest into a spike. The density is still that of *all* samples,
/// so the area under the curve is the share of samples in sight.
///
/// Empty if there is no curve to draw: fewer than two points or more than [`MAXIMUM_POINTS`],
/// fewer than two samples, one that is not finite, or samples without spread.
pub fn density(samples: &[f64], points: usize) -> Vec<(f64, f64)> {
    if !(2..=MAXIMUM_POINTS).contains(&points) {
        return Vec::new();
    }
    sorted(samples).and_then(|sorted| density_of_sorted(&sorted, points)).unwrap_or_default()
}

/// [`density`], once there are points and sorted samples.
fn density_of_sorted(sorted: &[f64], points: usize) -> Option<Vec<(f64, f64)>> {
    let inner = within_outer_fences(sorted)?;
    let bandwidth = silverman_bandwidth(inner)?;
    let first = inner.first()? - 3.0 * bandwidth;
    let step = finite((inner.last()? + 3.0 * bandwidth - first) / (points - 1) as f64)?;
    // Too narrow for neighbouring places to differ: the samples are equal but for rounding.
    if first + step <= first {
        return None;
    }
    let scale = 1.0 / (bandwidth * sorted.len() as f64 * (2.0 * std::f64::consts::PI).sqrt());
    let mut sums = vec![0.0; points];
    for sample in sorted {
        add_kernel(&mut sums, (sample - first) / step, step / bandwidth);
    }
    let place = |point: usize| first + step * point as f64;
    sums.iter().enumerate().map(|(point, sum)| Some((place(point), finite(scale * sum)?))).collect()
}

/// Adds `exp(-(width · (point - at))² / 2)` to each of the points 0, 1, 2 and so on within reach.
///
/// The quotients of neighbouring values are a geometric sequence with the ratio `exp(-width²)`, so that
/// three exponentials do for all points. From the nearest point outwards every factor is at most 1.
fn add_kernel(sums: &mut [f64], at: f64, width: f64) {
    let reach = KERNEL_REACH / width;
    let last = (sums.len() - 1) as f64;
    if at < -reach || at > last + reach {
        return;
    }
    let nearest = at.round().clamp(0.0, last);
    let (below, above) = sums.split_at_mut(nearest as usize);
    let distance = width * (nearest - at);
    let (peak, ratio) = ((-0.5 * distance * distance).exp(), (-width * width).exp());
    let quotient = |outwards: f64| (-width * (outwards + 0.5 * width)).exp();
    let reached = |points: f64| points.clamp(0.0, last) as usize + 1;
    let upwards = above.iter_mut().take(reached(at + reach - nearest));
    add_outwards(upwards, peak, quotient(distance), ratio);
    let downwards = below.iter_mut().rev().take(reached(nearest - at + reach));
    let first_quotient = quotient(-distance);
    add_outwards(downwards, peak * first_quotient, first_quotient * ratio, ratio);
}

/// Adds `value` to the first, and to each that follows the last one's value times a quotient that falls by `ratio`.
fn add_outwards<'a>(sums: impl Iterator<Item = &'a mut f64>, mut value: f64, mut quotient: f64, ratio: f64) {
    for sum in sums {
        *sum += value;
        value *= quotient;
        quotient *= ratio;
    }
}

/// The samples within three interquartile ranges of the quartiles. Where more than half are
/// equal that range is nothing and says nothing about the others, so all are kept.
fn within_outer_fences(sorted: &[f64]) -> Option<&[f64]> {
    let (q1, q3) = (quantile_of_sorted(sorted, 0.25)?, quantile_of_sorted(sorted, 0.75)?);
    let reach = 3.0 * finite(q3 - q1)?;
    if reach == 0.0 {
        return Some(sorted);
    }
    let from = sorted.partition_point(|x| *x < q1 - reach);
    let to = sorted.partition_point(|x| *x <= q3 + reach);
    Some(&sorted[from..to])
}

/// Silverman's bandwidth in the unit of the samples; `None` without spread.
fn silverman_bandwidth(sorted: &[f64]) -> Option<f64> {
    let (_, deviation) = mean_and_deviation(sorted)?;
    let quartiles = quantile_of_sorted(sorted, 0.75)? - quantile_of_sorted(sorted, 0.25)?;
    let robust = quartiles / 1.34;
    let spread = if robust > 0.0 { deviation.min(robust) } else { deviation };
    let bandwidth = 0.9 * spread * (sorted.len() as f64).powf(-0.2);
    (bandwidth > 0.0).then_some(bandwidth)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(curve: &[(f64, f64)]) -> f64 {
        let slices = curve.windows(2);
        slices.map(|pair| (pair[1].0 - pair[0].0) * (pair[1].1 + pair[0].1) / 2.0).sum()
    }

    /// The quantiles of a bell-shaped distribution (logistic, scale 1), evenly spread.
    fn bell(count: usize) -> Vec<f64> {
        let shares = (0..count).map(|index| (index as f64 + 0.5) / count as f64);
        shares.map(|share| 100.0 + (share / (1.0 - share)).ln()).collect()
    }

    #[test]
    fn a_summary_is_of_all_samples() {
        let found = summary(&[5.0, 1.0, 2.0, 9.0, 3.0]).unwrap();
        let expected = Summary { min: 1.0, q1: 2.0, median: 3.0, q3: 5.0, max: 9.0, mad: 2.0, count: 5 };
        assert_eq!(found, expected);
        assert_eq!(summary(&[]), None);
        assert_eq!(summary(&[1.0, f64::NAN]), None);
        assert_eq!(summary(&[4.0; 3]).unwrap().mad, 0.0);
    }

    #[test]
    fn a_density_has_area_one_and_its_peak_at_the_centre() {
        let curve = density(&bell(501), 200);
        assert_eq!(curve.len(), 200);
        assert!((area(&curve) - 1.0).abs() < 0.02, "{}", area(&curve));
        let peak = curve.iter().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
        assert!((peak.0 - 100.0).abs() < 0.1);
        // The logistic density at its centre is 1/4; smoothing lowers it a little.
        assert!(peak.1 > 0.22 && peak.1 < 0.26, "{}", peak.1);
    }

    #[test]
    fn a_density_is_the_mean_of_normal_kernels() {
        for (samples, points) in
            [(bell(40), 100), (bell(3), 7), (bell(200), 2), (vec![1e-9, 2e-9, 2.5e-9, 8.0], 300)]
        {
            let inner = within_outer_fences(&samples).unwrap();
            let bandwidth = silverman_bandwidth(inner).unwrap();
            let count = samples.len() as f64;
            let kernel = |x: f64| (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt();
            for (place, found) in density(&samples, points) {
                let sum: f64 = samples.iter().map(|x| kernel((x - place) / bandwidth)).sum();
                let expected = sum / (count * bandwidth);
                assert!((found - expected).abs() < 1e-12 / bandwidth, "{found} {expected} at {place}");
            }
        }
    }

    #[test]
    fn outliers_neither_flatten_nor_stretch_the_curve() {
        let clean = density(&bell(200), 100);
        let mut samples = bell(200);
        samples.extend([1e6, 2e6]);
        let curve = density(&samples, 100);
        let height = |curve: &[(f64, f64)]| curve.iter().map(|point| point.1).fold(0.0, f64::max);
        assert!(curve[99].0 < 120.0);
        assert!((height(&curve) / height(&clean) - 1.0).abs() < 0.03);
        assert!((area(&curve) - 200.0 / 202.0).abs() < 0.02, "the share in sight");
    }

    #[test]
    fn samples_that_are_mostly_equal_still_have_a_curve() {
        let mut samples = vec![10.0; 30];
        samples.extend([9.0, 11.0, 12.0]);
        let curve = density(&samples, 50);
        assert_eq!(curve.len(), 50);
        assert!(curve.iter().all(|(x, y)| x.is_finite() && *y >= 0.0));
    }

    #[test]
    fn nothing_to_draw_is_an_empty_curve() {
        for samples in [&[][..], &[1.0], &[2.0; 9], &[1.0, f64::NAN], &[-f64::MAX, f64::MAX]] {
            assert!(density(samples, 20).is_empty(), "{samples:?}");
        }
        for points in [0, 1, MAXIMUM_POINTS + 1, usize::MAX] {
            assert!(density(&[1.0, 2.0, 3.0], points).is_empty());
        }
        assert!(density(&[1.0, 1.0_f64.next_up()], 1_000).is_empty());
    }
}
