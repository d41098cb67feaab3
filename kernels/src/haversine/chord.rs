//! The straight line through the earth instead of the arc over it: records become unit vectors,
//! and the square of the distance between two unit vectors is four times the haversine.
//!
//! A record costs four polynomials once, and a pair of record and site three subtractions and
//! three multiplications. The differences are what keeps this precise: the dot product, which
//! would be a third cheaper, is flat at 1 between neighbours and loses 3 km there. What remains
//! is the rounding of the unit vectors, under 2 m everywhere.

use super::{
    layout::{LANES, Piece, Sites},
    math::{cosine_of_latitude, half_sine, keep_nearer, km},
};

/// The nearest sites, a block of records at a time; plain Rust that the compiler can vectorise.
pub fn nearest(sites: &Sites, piece: Piece<'_>) {
    piece.for_each_block(|latitude, longitude, index, km| {
        nearest_in_block(&sites.chord, latitude, longitude, index, km);
    });
}

#[inline(always)]
fn nearest_in_block(
    sites: &[[f32; 3]],
    latitude: &[f32; LANES],
    longitude: &[f32; LANES],
    index: &mut [u32; LANES],
    distance: &mut [f32; LANES],
) {
    let (mut x, mut y, mut z) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
    for lane in 0..LANES {
        [x[lane], y[lane], z[lane]] = unit_vector(latitude[lane], longitude[lane]);
    }
    let mut best = [f32::INFINITY; LANES];
    let mut best_index = [0; LANES];
    for (site_index, site) in (0..).zip(sites) {
        for lane in 0..LANES {
            let (dx, dy, dz) = (x[lane] - site[0], y[lane] - site[1], z[lane] - site[2]);
            let square = dx * dx + dy * dy + dz * dz;
            keep_nearer(&mut best[lane], &mut best_index[lane], square, site_index);
        }
    }
    *index = best_index;
    *distance = best.map(|square| km(0.25 * square));
}

#[inline(always)]
fn unit_vector(latitude: f32, longitude: f32) -> [f32; 3] {
    let cosine = cosine_of_latitude(latitude);
    [
        cosine * cosine_of_longitude(longitude),
        cosine * sine_of_longitude(longitude),
        half_sine(2.0 * latitude),
    ]
}

/// Like a latitude's, but past 90 degrees it is negative, which the sine of what is missing to 90
/// gives by itself.
#[inline(always)]
fn cosine_of_longitude(longitude: f32) -> f32 {
    cosine_of_latitude(longitude)
}

/// Past 90 degrees the sine is that of what is missing to 180.
#[inline(always)]
fn sine_of_longitude(longitude: f32) -> f32 {
    let east = longitude.abs();
    let missing = 180.0 - east;
    let folded = if east < missing { east } else { missing };
    half_sine(2.0 * folded).copysign(longitude)
}
