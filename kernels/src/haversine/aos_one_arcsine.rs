//! The reference's layout and std's sines, but one arcsine per record: the haversine grows with
//! the distance, so it is compared as it is. Shows what the formulation gives without SIMD.

use super::{
    aos::{cosine_of_latitude, haversine, km},
    layout::{Nearest, Structs},
};

/// The least haversine wins, and only it becomes a distance.
pub fn nearest(structs: &mut Structs) {
    let (sites, records, answers) = structs.parts();
    for (&[latitude, longitude], answer) in records.iter().zip(answers) {
        let cosine = cosine_of_latitude(latitude);
        let mut best = (0, f32::INFINITY);
        for (index, site) in (0..).zip(sites) {
            let haversine = haversine(latitude, longitude, cosine, site);
            if haversine < best.1 {
                best = (index, haversine);
            }
        }
        *answer = Nearest { index: best.0, km: km(best.1) };
    }
}
