//! The arithmetic that the kernels share: one polynomial sine, one polynomial arcsine, and the
//! haversine made of them.
//!
//! Angles stay in degrees until the polynomial, whose coefficients swallow the conversion. That
//! saves a multiplication per angle, and it keeps precision where it matters: the difference of
//! two nearby `f32` degrees is exact, so two records a metre apart are not a rounding apart.
//!
//! | function | domain | largest relative error, over every `f32` of the domain |
//! | --- | --- | --- |
//! | [`half_sine`] | −180 to 180 | 1.51e-7 (polynomial 5.4e-9, the rest is `f32` rounding) |
//! | [`arcsine_of_root`] | 0 to 0.5 | 2.03e-7 (polynomial 1.5e-8, the rest is `f32` rounding) |
//!
//! The same bounds hold with and without fused multiply-add, so they hold in the SIMD files,
//! which use the same coefficients. The tests measure them again.

/// The mean radius of the earth in km, as the IUGG has it.
pub const RADIUS_KM: f64 = 6_371.008_8;

/// Minimax coefficients of `sin(x / 2)` for x in degrees: `x · (c0 + c1·x² + c2·x⁴ …)`.
pub const HALF_SINE: [f32; 5] = [8.726_646e-3, -1.107_619_5e-7, 4.217_349e-13, -7.634_129e-19, 7.636_906e-25];

/// Minimax coefficients of `asin(√z)` for z up to ½: `√z · (c0 + c1·z + c2·z² …)`.
pub const ARCSINE: [f32; 8] =
    [1.0, 0.166_670_2, 0.074_859_73, 0.046_741_642, 0.015_222_801, 0.080_010_37, -0.096_645_44, 0.113_450_02];

/// A site as the haversine kernels want it, prepared outside the clock.
#[derive(Clone, Copy, Debug)]
pub struct Site {
    /// Degrees north.
    pub latitude: f32,
    /// Degrees east.
    pub longitude: f32,
    /// The latitude's cosine.
    pub cosine: f32,
}

impl Site {
    /// Set-up may be slow: the cosine is computed in `f64`.
    pub fn new([latitude, longitude]: [f32; 2]) -> Self {
        Self { latitude, longitude, cosine: f64::from(latitude).to_radians().cos() as f32 }
    }
}

/// The sine of half of a number of degrees, −180 to 180.
#[inline(always)]
pub fn half_sine(degrees: f32) -> f32 {
    let z = degrees * degrees;
    let [c0, c1, c2, c3, c4] = HALF_SINE;
    degrees * (c0 + z * (c1 + z * (c2 + z * (c3 + z * c4))))
}

/// The cosine of a latitude in degrees, as the sine of what is missing to 90.
#[inline(always)]
pub fn cosine_of_latitude(latitude: f32) -> f32 {
    half_sine(180.0 - 2.0 * latitude.abs())
}

/// The shorter way around between two longitudes whose difference this is: 0 to 180 degrees.
///
/// Nothing is lost: `360 − d` is exact in `f32` for every d from 180 to 360.
#[inline(always)]
pub fn shorter_way(difference: f32) -> f32 {
    let one_way = difference.abs();
    let other_way = 360.0 - one_way;
    // Not `f32::min`, whose care for NaN costs three more instructions.
    if one_way < other_way { one_way } else { other_way }
}

/// The haversine of the angle between a record and a site: it grows with the distance, so the
/// least haversine is the nearest site, and one arcsine per record is enough.
#[inline(always)]
pub fn haversine(latitude: f32, longitude: f32, cosine: f32, site: &Site) -> f32 {
    let north = half_sine(latitude - site.latitude);
    let east = half_sine(shorter_way(longitude - site.longitude));
    north * north + (cosine * site.cosine) * (east * east)
}

/// Takes the candidate if it is less than the best so far.
///
/// The index is chosen by a mask: an `if` would become a branch, which neither vectorises nor is
/// foreseen on data that the branch predictor has not learned by heart.
#[inline(always)]
pub fn keep_nearer(best: &mut f32, best_index: &mut u32, candidate: f32, index: u32) {
    let all_if_nearer = u32::from(candidate < *best).wrapping_neg();
    *best_index = (index & all_if_nearer) | (*best_index & !all_if_nearer);
    *best = if candidate < *best { candidate } else { *best };
}

/// `asin(√z)` for z from 0 to ½.
#[inline(always)]
pub fn arcsine_of_root(z: f32) -> f32 {
    let mut sum = ARCSINE[7];
    for coefficient in ARCSINE[..7].iter().rev() {
        sum = sum * z + coefficient;
    }
    sum * z.sqrt()
}

/// The great-circle distance whose haversine this is.
///
/// Over ½, the arcsine is taken from the other end, `π/2 − asin(√(1 − h))`, where `1 − h` is
/// exact. A rounding that leaves h above 1 counts as 1: the antipodes.
#[inline(always)]
pub fn km(haversine: f32) -> f32 {
    let far = haversine > 0.5;
    let rest = 1.0 - haversine;
    let rest = if rest > 0.0 { rest } else { 0.0 };
    let angle = arcsine_of_root(if far { rest } else { haversine });
    (2.0 * RADIUS_KM) as f32 * if far { std::f32::consts::FRAC_PI_2 - angle } else { angle }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every 61st `f32` between two positive ones; the bounds above come from every single one.
    fn floats(from: f32, to: f32) -> impl Iterator<Item = f32> {
        (from.to_bits()..=to.to_bits()).step_by(61).map(f32::from_bits)
    }

    fn largest_relative_error(
        points: impl Iterator<Item = f32>,
        of: fn(f32) -> f32,
        truth: fn(f64) -> f64,
    ) -> f64 {
        points.map(|x| (f64::from(of(x)) / truth(f64::from(x)) - 1.0).abs()).fold(0.0, f64::max)
    }

    #[test]
    fn the_sine_stays_within_its_stated_error() {
        let truth = |x: f64| (x.to_radians() / 2.0).sin();
        let error = largest_relative_error(floats(1e-6, 180.0), half_sine, truth);
        assert!(error < 1.52e-7, "{error:e}");
        assert_eq!(half_sine(-90.0), -half_sine(90.0));
        assert_eq!(half_sine(0.0), 0.0);
    }

    #[test]
    fn the_arcsine_stays_within_its_stated_error() {
        let error = largest_relative_error(floats(1e-12, 0.5), arcsine_of_root, |z| z.sqrt().asin());
        assert!(error < 2.04e-7, "{error:e}");
        assert_eq!(arcsine_of_root(0.0), 0.0);
    }

    #[test]
    fn distance_is_continuous_where_the_arcsine_changes_its_end() {
        let step = km(0.5_f32.next_up()) - km(0.5);
        assert!(step.abs() < 0.01, "{step} km");
        assert_eq!(km(0.0), 0.0);
        assert_eq!(km(1.0), km(1.0_f32.next_up()));
        assert!((f64::from(km(1.0)) - RADIUS_KM * std::f64::consts::PI).abs() < 0.002);
    }

    #[test]
    fn the_shorter_way_crosses_the_date_line() {
        assert_eq!(shorter_way(180.0 - -180.0), 0.0);
        assert_eq!(shorter_way(179.5 - -179.5), 1.0);
        assert_eq!(shorter_way(-180.0), 180.0);
        assert_eq!(shorter_way(-90.0), 90.0);
    }
}
