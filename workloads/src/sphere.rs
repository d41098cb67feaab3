//! Points spread evenly over the Earth.
//!
//! Why: the counterpart to the cities. Nothing clusters, so nothing but the arithmetic decides.

use crate::rng::Rng;
use crate::stable_math::asin;

/// `n` points uniform on the sphere as `[latitude, longitude]` in degrees.
///
/// By Archimedes' theorem equal bands of height have equal area: the sine of the latitude is uniform, the latitude not.
pub fn uniform(n: usize, seed: u64) -> Vec<[f32; 2]> {
    let mut rng = Rng::for_recipe("sphere", seed);
    (0..n)
        .map(|_| {
            let latitude = asin(2.0 * rng.f64() - 1.0) * (180.0 / std::f64::consts::PI);
            let longitude = 360.0 * rng.f64() - 180.0;
            [latitude as f32, longitude as f32]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_on_the_sphere_and_spread_evenly() {
        let points = uniform(40_000, 1);
        assert!(
            points.iter().all(|[latitude, longitude]| latitude.abs() <= 90.0 && longitude.abs() <= 180.0)
        );
        // Half of a sphere's area lies within 30 degrees of the equator; a quarter within any quarter turn.
        let count = |inside: &dyn Fn(&[f32; 2]) -> bool| points.iter().filter(|point| inside(point)).count();
        assert!((19_400..20_600).contains(&count(&|point| point[0].abs() < 30.0)));
        assert!((19_400..20_600).contains(&count(&|point| point[0] < 0.0)));
        assert!((9_500..10_500).contains(&count(&|point| (0.0..90.0).contains(&point[1]))));
    }
}
