//! Searches: bound by branches and by the latency of the nearest caches.

use crate::{
    case::Kernel,
    mutation::{Table, each, taken},
    random::Random,
};

/// Finds numbers in a sorted list, and what each stands for in a table.
pub(crate) struct BinarySearch;

#[cfg_attr(feature = "lost-inline", inline(never))]
#[cfg_attr(not(feature = "lost-inline"), inline(always))]
fn place(sorted: &[u32], wanted: u32) -> usize {
    sorted.partition_point(|value| *value < wanted)
}

impl Kernel for BinarySearch {
    const NAME: &'static str = "binary_search";
    const ELEMENTS: usize = 4096;
    type Data = (Vec<u32>, Vec<u32>, Table<u32, u32>);

    fn data(random: &mut Random, elements: usize) -> Self::Data {
        let mut sorted = random.numbers(elements, u32::MAX);
        sorted.sort_unstable();
        let wanted: Vec<u32> = (0..48).map(|_| *random.one_of(&sorted)).collect();
        let meanings = wanted.iter().map(|wanted| (*wanted, wanted >> 7)).collect();
        (sorted, wanted, Table::new(meanings))
    }

    #[inline(never)]
    fn run((sorted, wanted, meanings): &Self::Data) -> u64 {
        let wanted = taken(wanted.as_slice());
        each(&wanted)
            .map(|wanted| place(sorted, *wanted) as u64 + u64::from(meanings.get(wanted).unwrap_or(0)))
            .sum()
    }
}

/// Counts where the phrases that are named occur in a text.
pub(crate) struct Substring;

#[cfg_attr(feature = "lost-inline", inline(never))]
#[cfg_attr(not(feature = "lost-inline"), inline(always))]
fn starts_here(text: &[u8], at: usize, phrase: &[u8]) -> bool {
    text[at..].starts_with(phrase)
}

impl Kernel for Substring {
    const NAME: &'static str = "substring";
    const ELEMENTS: usize = 800;
    type Data = (Vec<u8>, Vec<Vec<u8>>, Vec<u32>, Table<u32, u32>);

    fn data(random: &mut Random, elements: usize) -> Self::Data {
        let text: Vec<u8> = (0..elements).map(|_| b'a' + random.below(4) as u8).collect();
        let phrases: Vec<Vec<u8>> = (0..8_usize).map(|at| text[at * 50..at * 50 + 5].to_vec()).collect();
        let names: Vec<u32> = random.numbers(4, u32::MAX);
        let by_name = names.iter().copied().zip(0..).collect();
        (text, phrases, names, Table::new(by_name))
    }

    #[inline(never)]
    fn run((text, phrases, names, by_name): &Self::Data) -> u64 {
        let text = taken(text.as_slice());
        let mut found = 0;
        for name in names {
            let phrase = &phrases[by_name.get(name).unwrap_or(0) as usize];
            for (at, byte) in each(&text).enumerate() {
                if *byte == phrase[0] && starts_here(&text, at, phrase) {
                    found += at as u64 + 1;
                }
            }
        }
        found
    }
}

/// Which numbers two sorted lists share, weighed by a table.
pub(crate) struct Intersect;

#[cfg_attr(feature = "lost-inline", inline(never))]
#[cfg_attr(not(feature = "lost-inline"), inline(always))]
fn skip_to(sorted: &[u32], mut at: usize, wanted: u32) -> usize {
    while at < sorted.len() && sorted[at] < wanted {
        at += 1;
    }
    at
}

impl Kernel for Intersect {
    const NAME: &'static str = "intersect";
    const ELEMENTS: usize = 1200;
    type Data = (Vec<u32>, Vec<u32>, Table<u32, u64>);

    fn data(random: &mut Random, elements: usize) -> Self::Data {
        let mut list = || {
            let mut list = random.numbers(elements, 4 * elements as u32);
            list.sort_unstable();
            list.dedup();
            list
        };
        let (left, right) = (list(), list());
        let weights = left.iter().map(|value| (*value, u64::from(value % 17))).collect();
        (left, right, Table::new(weights))
    }

    #[inline(never)]
    fn run((left, right, weights): &Self::Data) -> u64 {
        let left = taken(left.as_slice());
        let (mut total, mut at) = (0, 0);
        for value in each(&left) {
            at = skip_to(right, at, *value);
            if right.get(at) == Some(value) {
                total += weights.get(value).unwrap_or(0) + 1;
            }
        }
        total
    }
}
