//! Kernels that are mostly hashing.

use crate::{
    case::Kernel,
    mutation::{Map, Set, each, taken},
    random::Random,
};

/// How often each word of a text occurs.
pub(crate) struct CountWords;

#[cfg_attr(feature = "lost-inline", inline(never))]
#[cfg_attr(not(feature = "lost-inline"), inline(always))]
fn is_space(byte: u8) -> bool {
    byte == b' ' || byte == b'\n'
}

impl Kernel for CountWords {
    const NAME: &'static str = "count_words";
    const ELEMENTS: usize = 1500;
    type Data = Vec<u8>;

    fn data(random: &mut Random, elements: usize) -> Self::Data {
        let words = random.words(200, 2, 10);
        // The product of two makes some words frequent and most of them rare, as in a text.
        let text: Vec<&str> = (0..elements)
            .map(|_| words[(random.below(200) * random.below(200) / 200) as usize].as_str())
            .collect();
        (text.join(" ") + "\n").into_bytes()
    }

    #[inline(never)]
    fn run(text: &Self::Data) -> u64 {
        let text = taken(text.as_slice());
        let mut counts: Map<&[u8], u64> = Map::default();
        let mut start = 0;
        for (at, byte) in each(&text).enumerate() {
            if is_space(*byte) {
                *counts.entry(&text[start..at]).or_default() += 1;
                start = at + 1;
            }
        }
        counts.values().map(|count| count * count).sum()
    }
}

/// The sum of the numbers that a list has, each counted once.
pub(crate) struct Dedupe;

#[cfg_attr(feature = "lost-inline", inline(never))]
#[cfg_attr(not(feature = "lost-inline"), inline(always))]
fn key(value: u32) -> u64 {
    u64::from(value).wrapping_mul(0x9e37_79b9)
}

impl Kernel for Dedupe {
    const NAME: &'static str = "dedupe";
    const ELEMENTS: usize = 600;
    type Data = Vec<u32>;

    fn data(random: &mut Random, elements: usize) -> Self::Data {
        random.numbers(elements, elements as u32 / 2)
    }

    #[inline(never)]
    fn run(values: &Self::Data) -> u64 {
        let values = taken(values.as_slice());
        let mut seen: Set<u64> = Set::default();
        each(&values).filter(|value| seen.insert(key(**value))).map(|value| u64::from(*value)).sum()
    }
}

/// Orders joined with their customers.
pub(crate) struct Join;

#[cfg_attr(feature = "lost-inline", inline(never))]
#[cfg_attr(not(feature = "lost-inline"), inline(always))]
fn price(amount: u32, discount: u32) -> u64 {
    u64::from(amount) * u64::from(100 - discount)
}

impl Kernel for Join {
    const NAME: &'static str = "join";
    const ELEMENTS: usize = 2000;
    type Data = (Vec<(u32, u32)>, Vec<(u32, u32)>);

    fn data(random: &mut Random, elements: usize) -> Self::Data {
        let customers: Vec<(u32, u32)> =
            (0..elements as u32 / 4).map(|at| (at * 7 + 3, random.below(40) as u32)).collect();
        let orders = (0..elements)
            .map(|_| {
                (random.one_of(&customers).0 + u32::from(random.below(4) == 0), random.below(5000) as u32)
            })
            .collect();
        (customers, orders)
    }

    #[inline(never)]
    fn run((customers, orders): &Self::Data) -> u64 {
        let orders = taken(orders.as_slice());
        let discounts: Map<u32, u32> = customers.iter().copied().collect();
        each(&orders).filter_map(|(customer, amount)| Some(price(*amount, *discounts.get(customer)?))).sum()
    }
}
