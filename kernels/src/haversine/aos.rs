//! The textbook: an array of structs, and std's sine, cosine and arcsine. The reference.

use super::{
    layout::{Nearest, Structs},
    math::{RADIUS_KM, Site},
};

/// The distance to every site in full; the least of them wins.
pub fn nearest(structs: &mut Structs) {
    let (sites, records, answers) = structs.parts();
    for (&[latitude, longitude], answer) in records.iter().zip(answers) {
        let cosine = cosine_of_latitude(latitude);
        let mut best = Nearest { index: 0, km: f32::INFINITY };
        for (index, site) in (0..).zip(sites) {
            let km = km(haversine(latitude, longitude, cosine, site));
            if km < best.km {
                best = Nearest { index, km };
            }
        }
        *answer = best;
    }
}

/// 90 degrees as `f32` radians are a little more than a right angle, whose cosine is below zero.
/// So would the haversine be, and its root NaN: hence never below zero.
pub fn cosine_of_latitude(latitude: f32) -> f32 {
    latitude.to_radians().cos().max(0.0)
}

/// The haversine of the angle between a record and a site.
pub fn haversine(latitude: f32, longitude: f32, cosine: f32, site: &Site) -> f32 {
    let north = ((site.latitude - latitude).to_radians() / 2.0).sin();
    let east = ((site.longitude - longitude).to_radians() / 2.0).sin();
    north * north + cosine * site.cosine * east * east
}

/// The distance whose haversine this is. Rounding may leave it above 1, which has no arcsine.
pub fn km(haversine: f32) -> f32 {
    (2.0 * RADIUS_KM) as f32 * haversine.sqrt().min(1.0).asin()
}
