//! Sorts: the input is copied in any case, so one more copy is a small part of the work.

use crate::{
    case::Kernel,
    mutation::{Table, each, taken},
    random::Random,
};

/// A short list sorted by inserting, as the base of larger sorts does it; the rank of the least is looked up.
pub(crate) struct InsertionSort;

#[cfg_attr(feature = "lost-inline", inline(never))]
#[cfg_attr(not(feature = "lost-inline"), inline(always))]
fn insert(sorted: &mut [u32], filled: usize, value: u32) {
    let mut at = filled;
    while at > 0 && sorted[at - 1] > value {
        sorted[at] = sorted[at - 1];
        at -= 1;
    }
    sorted[at] = value;
}

impl Kernel for InsertionSort {
    const NAME: &'static str = "insertion_sort";
    const ELEMENTS: usize = 24;
    type Data = (Vec<u32>, Table<u32, u64>);

    fn data(random: &mut Random, elements: usize) -> Self::Data {
        let values = random.numbers(elements, 1 << 16);
        let ranks = values.iter().copied().zip(1..).collect();
        (values, Table::new(ranks))
    }

    #[inline(never)]
    fn run((values, ranks): &Self::Data) -> u64 {
        let values = taken(values.as_slice());
        let mut sorted = [0_u32; 24];
        for (filled, value) in each(&values).enumerate() {
            insert(&mut sorted, filled, *value);
        }
        let rank = ranks.get(&sorted[0]).unwrap_or(0) + ranks.get(&sorted[23]).unwrap_or(0);
        sorted.iter().fold(rank, |sum, value| sum.wrapping_mul(31).wrapping_add(u64::from(*value)))
    }
}

/// Records sorted by std's sort, whose classes come from a table.
pub(crate) struct SortNumbers;

#[cfg_attr(feature = "lost-inline", inline(never))]
#[cfg_attr(not(feature = "lost-inline"), inline(always))]
fn before(left: &(u32, u32), right: &(u32, u32)) -> bool {
    (left.0 & 7, left.1) < (right.0 & 7, right.1)
}

impl Kernel for SortNumbers {
    const NAME: &'static str = "sort_records";
    const ELEMENTS: usize = 4000;
    type Data = (Vec<u32>, Table<u32, u32>);

    fn data(random: &mut Random, elements: usize) -> Self::Data {
        let classes = (0..64).map(|kind| (kind, random.below(1 << 20) as u32)).collect();
        (random.numbers(elements, 1 << 24), Table::new(classes))
    }

    #[inline(never)]
    fn run((values, classes): &Self::Data) -> u64 {
        let values = taken(values.as_slice());
        let mut records: Vec<(u32, u32)> =
            each(&values).map(|value| (classes.get(&(value & 63)).unwrap_or(0), *value)).collect();
        records.sort_unstable_by(|left, right| before(right, left).cmp(&before(left, right)));
        records
            .iter()
            .zip(1..)
            .fold(0_u64, |sum, (record, rank)| sum.wrapping_add(u64::from(record.1) * rank))
    }
}

/// Numbers sorted digit by digit; how far each bucket reaches is looked up in a table.
pub(crate) struct RadixSort;

#[cfg_attr(feature = "lost-inline", inline(never))]
#[cfg_attr(not(feature = "lost-inline"), inline(always))]
fn digit(value: u32, shift: u32) -> usize {
    (value >> shift) as usize & 255
}

impl Kernel for RadixSort {
    const NAME: &'static str = "radix_sort";
    const ELEMENTS: usize = 3000;
    type Data = (Vec<u32>, Table<u32, u64>);

    fn data(random: &mut Random, elements: usize) -> Self::Data {
        let weights = (0..256).map(|bucket| (bucket, random.below(100))).collect();
        (random.numbers(elements, 1 << 24), Table::new(weights))
    }

    #[inline(never)]
    fn run((values, weights): &Self::Data) -> u64 {
        let mut from = values.clone();
        let mut to = vec![0; from.len()];
        let mut total = 0;
        for shift in [0, 8, 16] {
            let from_now = taken(from.as_slice());
            let mut starts = [0_usize; 256];
            for value in each(&from_now) {
                starts[digit(*value, shift)] += 1;
            }
            let mut start = 0;
            for (bucket, count) in starts.iter_mut().enumerate() {
                total += weights.get(&(bucket as u32)).unwrap_or(0) * *count as u64;
                start += std::mem::replace(count, start);
            }
            for value in each(&from_now) {
                let place = &mut starts[digit(*value, shift)];
                to[*place] = *value;
                *place += 1;
            }
            drop(from_now);
            std::mem::swap(&mut from, &mut to);
        }
        from.iter().zip(1..).fold(total, |sum, (value, rank)| sum.wrapping_add(u64::from(*value) * rank))
    }
}
