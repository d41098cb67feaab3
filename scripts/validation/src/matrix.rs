//! Grids: a dense one of numbers, a sparse one of living cells.

use crate::{
    case::Kernel,
    mutation::{Map, Mutation, each, taken},
    random::Random,
};

/// The product of two square matrices.
pub(crate) struct Multiply;

const SIDE: usize = 24;

#[cfg_attr(feature = "lost-inline", inline(never))]
#[cfg_attr(not(feature = "lost-inline"), inline(always))]
fn add_scaled(sums: &mut [u32], row: &[u32], factor: u32) {
    for (sum, value) in sums.iter_mut().zip(each(row)) {
        *sum = sum.wrapping_add(value.wrapping_mul(factor));
    }
}

impl Kernel for Multiply {
    const NAME: &'static str = "multiply";
    const ELEMENTS: usize = SIDE * SIDE;
    const UNTOUCHED_BY: &'static [(Mutation, &'static str)] =
        &[(Mutation::SlowHasher, "a dense matrix has nothing to look up by hash")];
    type Data = (Vec<u32>, Vec<u32>);

    fn data(random: &mut Random, elements: usize) -> Self::Data {
        (random.numbers(elements, 1 << 10), random.numbers(elements, 1 << 10))
    }

    #[inline(never)]
    fn run((left, right): &Self::Data) -> u64 {
        let right = taken(right.as_slice());
        let mut product = [0_u32; SIDE * SIDE];
        for (sums, row) in product.chunks_exact_mut(SIDE).zip(left.chunks_exact(SIDE)) {
            for (factor, other) in row.iter().zip(right.chunks_exact(SIDE)) {
                add_scaled(sums, other, *factor);
            }
        }
        product.iter().fold(0_u64, |sum, value| sum.wrapping_mul(31).wrapping_add(u64::from(*value)))
    }
}

/// One generation of Life on a plane without an edge.
pub(crate) struct Life;

#[cfg_attr(feature = "lost-inline", inline(never))]
#[cfg_attr(not(feature = "lost-inline"), inline(always))]
fn lives(neighbours: u8, alive: bool) -> bool {
    neighbours == 3 || (alive && neighbours == 2)
}

impl Kernel for Life {
    const NAME: &'static str = "life";
    const ELEMENTS: usize = 1000;
    type Data = Vec<(i32, i32)>;

    fn data(random: &mut Random, elements: usize) -> Self::Data {
        let mut cells: Vec<_> =
            (0..elements).map(|_| (random.below(64) as i32, random.below(64) as i32)).collect();
        cells.sort_unstable();
        cells.dedup();
        cells
    }

    #[inline(never)]
    fn run(cells: &Self::Data) -> u64 {
        let cells = taken(cells.as_slice());
        // The number of neighbours, and 16 more where the cell lives.
        let mut fields: Map<(i32, i32), u8> = Map::default();
        for (x, y) in each(&cells) {
            for (right, down) in [(-1, -1), (0, -1), (1, -1), (-1, 0), (1, 0), (-1, 1), (0, 1), (1, 1)] {
                *fields.entry((x + right, y + down)).or_default() += 1;
            }
            *fields.entry((*x, *y)).or_default() += 16;
        }
        fields
            .iter()
            .filter(|(_, field)| lives(**field & 15, **field >= 16))
            .map(|((x, y), _)| (i64::from(*x) * 64 + i64::from(*y) + 65) as u64)
            .sum()
    }
}
