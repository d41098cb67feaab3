//! Sums: bound by arithmetic, vectorised where nothing is in the way.

use crate::{
    case::Kernel,
    mutation::{Table, each, taken},
    random::Random,
};

/// Adds up readings and converts the total from the unit that is named.
pub(crate) struct SumScaled;

#[cfg_attr(feature = "lost-inline", inline(never))]
#[cfg_attr(not(feature = "lost-inline"), inline(always))]
fn block_sum(block: &[u32]) -> u64 {
    block.iter().map(|value| u64::from(*value)).sum()
}

impl Kernel for SumScaled {
    const NAME: &'static str = "sum_scaled";
    const ELEMENTS: usize = 640;
    type Data = (Vec<u32>, String, Table<String, u64>);

    fn data(random: &mut Random, elements: usize) -> Self::Data {
        let units = random.words(12, 3, 10);
        let unit = random.one_of(&units).clone();
        let factors = units.into_iter().zip(1..).collect();
        (random.numbers(elements, 1 << 20), unit, Table::new(factors))
    }

    #[inline(never)]
    fn run((values, unit, factors): &Self::Data) -> u64 {
        let unit = taken(unit.as_str());
        let blocks = values.as_chunks::<64>().0;
        let total: u64 = each(blocks).map(|block| block_sum(block)).sum();
        total * factors.get(&*unit).unwrap_or(1)
    }
}

/// The dot product of signals with weights that are chosen by each block's channel.
pub(crate) struct Dot;

const BLOCK: usize = 32;

#[cfg_attr(feature = "lost-inline", inline(never))]
#[cfg_attr(not(feature = "lost-inline"), inline(always))]
fn block_dot(signal: &[u32], weights: &[u32]) -> u64 {
    each(signal).zip(weights).map(|(value, weight)| u64::from(value.wrapping_mul(*weight))).sum()
}

impl Kernel for Dot {
    const NAME: &'static str = "dot";
    const ELEMENTS: usize = 64 * BLOCK;
    type Data = (Vec<u32>, Vec<u32>, Vec<u64>, Table<u64, u32>);

    fn data(random: &mut Random, elements: usize) -> Self::Data {
        let ids: Vec<u64> = (0..16).map(|_| random.next()).collect();
        let channels = (0..elements / BLOCK).map(|_| *random.one_of(&ids)).collect();
        let weights = random.numbers(ids.len() * BLOCK, 1 << 16);
        (random.numbers(elements, 1 << 16), weights, channels, Table::new(ids.into_iter().zip(0..).collect()))
    }

    #[inline(never)]
    fn run((signal, weights, channels, rows): &Self::Data) -> u64 {
        let channels = taken(channels.as_slice());
        let mut total = 0_u64;
        for (block, channel) in signal.chunks_exact(BLOCK).zip(channels.iter()) {
            let row = rows.get(channel).unwrap_or(0) as usize * BLOCK;
            total = total.wrapping_add(block_dot(block, &weights[row..row + BLOCK]));
        }
        total
    }
}
