//! A kernel as every harness sees it, and the list of all of them.

use std::{hint::black_box, sync::Arc};

use duel::{AnyFamily, Content, Family, IntoFamilies};

use crate::{
    compressing, hashing, matrix, mutation::Mutation, parsing, random::Random, searching, sorting, strings,
    summing, trees,
};

/// The seed that the driver takes where nobody chose one, so that all harnesses measure the same data.
pub const SEED: u64 = 1;

/// One function over seeded data.
pub(crate) trait Kernel: 'static {
    const NAME: &'static str;
    const ELEMENTS: usize;
    /// Mutations that change nothing here, each with the reason.
    const UNTOUCHED_BY: &'static [(Mutation, &'static str)] = &[];
    type Data: Content + Send + Sync + 'static;

    fn data(random: &mut Random, elements: usize) -> Self::Data;
    /// Never inlined, so that its code is the same whatever harness stands round it.
    fn run(data: &Self::Data) -> u64;
}

/// A kernel without its types.
pub struct Case {
    /// Its name, in every harness.
    pub name: &'static str,
    /// Mutations that change nothing here, each with the reason.
    pub untouched_by: &'static [(Mutation, &'static str)],
    /// Makes the data set and returns what is measured.
    pub prepare: fn() -> Box<dyn FnMut() -> u64>,
    /// The kernel as duel's family with the one variant.
    pub family: fn() -> Vec<Box<dyn AnyFamily>>,
}

fn case<K: Kernel>() -> Case {
    Case {
        name: K::NAME,
        untouched_by: K::UNTOUCHED_BY,
        prepare: || {
            let data = K::data(&mut Random::new(SEED), K::ELEMENTS);
            Box::new(move || K::run(black_box(&data)))
        },
        family: || {
            Family::<K::Data, u64>::new(K::NAME, "Does the gate see what was done to it?", duel::exact())
                .workload("seeded", &[("one", K::ELEMENTS)], |elements, seed| {
                    K::data(&mut Random::new(seed), elements)
                })
                .reference("kernel", |data: Arc<K::Data>| move || K::run(&data))
                .into_families()
        },
    }
}

/// Every kernel.
#[must_use]
pub fn cases() -> Vec<Case> {
    vec![
        case::<summing::SumScaled>(),
        case::<summing::Dot>(),
        case::<searching::BinarySearch>(),
        case::<searching::Substring>(),
        case::<searching::Intersect>(),
        case::<sorting::InsertionSort>(),
        case::<sorting::SortNumbers>(),
        case::<sorting::RadixSort>(),
        case::<parsing::ParseTable>(),
        case::<parsing::ParsePairs>(),
        case::<parsing::Evaluate>(),
        case::<hashing::CountWords>(),
        case::<hashing::Dedupe>(),
        case::<hashing::Join>(),
        case::<strings::Escape>(),
        case::<strings::EditDistance>(),
        case::<strings::FormatRows>(),
        case::<matrix::Multiply>(),
        case::<matrix::Life>(),
        case::<trees::TreeWalk>(),
        case::<trees::TreeInsert>(),
        case::<trees::BreadthFirst>(),
        case::<compressing::RunLengths>(),
        case::<compressing::LempelZiv>(),
        case::<compressing::Checksum>(),
    ]
}
