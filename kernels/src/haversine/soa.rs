//! Struct of arrays, plain Rust: written so that the compiler can vectorise it for whatever CPU
//! the build is for.

use super::{
    layout::{LANES, Piece, Sites},
    math::{Site, cosine_of_latitude, haversine, keep_nearer, km},
};

/// The nearest sites, a block of records at a time.
pub fn nearest(sites: &Sites, piece: Piece<'_>) {
    piece.for_each_block(|latitude, longitude, index, km| {
        nearest_in_block(&sites.haversine, latitude, longitude, index, km);
    });
}

/// The nearest site of each record in a block; [`aosoa`](super::aosoa) has the same work on
/// another layout.
///
/// Sites are the outer loop and records the inner, of fixed length, so that the inner loop
/// becomes whole vectors with the block's best in registers.
#[inline(always)]
pub fn nearest_in_block(
    sites: &[Site],
    latitude: &[f32; LANES],
    longitude: &[f32; LANES],
    index: &mut [u32; LANES],
    distance: &mut [f32; LANES],
) {
    let cosine = latitude.map(cosine_of_latitude);
    let mut best = [f32::INFINITY; LANES];
    let mut best_index = [0; LANES];
    for (site_index, site) in (0..).zip(sites) {
        for lane in 0..LANES {
            let haversine = haversine(latitude[lane], longitude[lane], cosine[lane], site);
            keep_nearer(&mut best[lane], &mut best_index[lane], haversine, site_index);
        }
    }
    *index = best_index;
    *distance = best.map(km);
}
