//! Array of structs of arrays: the same work as [`soa`](super::soa) on blocks that hold all that
//! is known of their records, so that one place in memory is read and one written instead of two.

use super::{layout::Blocks, soa::nearest_in_block};

/// The nearest sites, block by block.
pub fn nearest(blocks: &mut Blocks) {
    let (sites, records, answers) = blocks.parts();
    for (record, answer) in records.iter().zip(answers) {
        nearest_in_block(sites, &record.latitude, &record.longitude, &mut answer.index, &mut answer.km);
    }
}
