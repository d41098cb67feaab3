//! Parsers: bound by branches on bytes.

use crate::{
    case::Kernel,
    mutation::{Map, Table, each, taken},
    random::Random,
};

/// Lines of `name,number`: the numbers are added up, weighed by what the name stands for.
pub(crate) struct ParseTable;

#[cfg_attr(feature = "lost-inline", inline(never))]
#[cfg_attr(not(feature = "lost-inline"), inline(always))]
fn number(digits: &[u8]) -> u64 {
    each(digits).fold(0, |number, digit| number * 10 + u64::from(digit - b'0'))
}

impl Kernel for ParseTable {
    const NAME: &'static str = "parse_table";
    const ELEMENTS: usize = 250;
    type Data = (String, Table<String, u64>);

    fn data(random: &mut Random, elements: usize) -> Self::Data {
        let names = random.words(30, 2, 9);
        let text =
            (0..elements).map(|_| format!("{},{}\n", random.one_of(&names), random.below(1 << 30))).collect();
        (text, Table::new(names.into_iter().zip(1..).collect()))
    }

    #[inline(never)]
    fn run((text, weights): &Self::Data) -> u64 {
        let text = taken(text.as_str());
        let mut total = 0_u64;
        for line in text.lines() {
            let (name, digits) = line.split_once(',').unwrap_or((line, "0"));
            let weight = weights.get(name).unwrap_or(0);
            total = total.wrapping_add(weight * number(digits.as_bytes()));
        }
        total
    }
}

/// One line of `key=value;…` made a map, from which some keys are read.
pub(crate) struct ParsePairs;

#[cfg_attr(feature = "lost-inline", inline(never))]
#[cfg_attr(not(feature = "lost-inline"), inline(always))]
fn end_of(bytes: &[u8], wanted: u8) -> usize {
    each(bytes).position(|byte| *byte == wanted).unwrap_or(bytes.len())
}

impl Kernel for ParsePairs {
    const NAME: &'static str = "parse_pairs";
    const ELEMENTS: usize = 20;
    type Data = (Vec<u8>, Vec<Vec<u8>>);

    fn data(random: &mut Random, elements: usize) -> Self::Data {
        let keys = random.words(elements, 2, 8);
        let line: String = keys.iter().map(|key| format!("{key}={};", random.word(1, 12))).collect();
        (line.into_bytes(), keys.into_iter().step_by(3).map(String::into_bytes).collect())
    }

    #[inline(never)]
    fn run((line, wanted): &Self::Data) -> u64 {
        let line = taken(line.as_slice());
        let mut pairs: Map<&[u8], &[u8]> = Map::default();
        let mut rest = &line[..];
        while !rest.is_empty() {
            let (pair, after) = rest.split_at(end_of(rest, b';'));
            let (key, value) = pair.split_at(end_of(pair, b'='));
            pairs.insert(key, &value[1..]);
            rest = &after[1..];
        }
        wanted
            .iter()
            .filter_map(|key| pairs.get(key.as_slice()))
            .fold(pairs.len() as u64, |sum, value| sum * 31 + value.len() as u64)
    }
}

/// A formula of names, numbers, `+` and `*`, worked out as it is read.
pub(crate) struct Evaluate;

#[cfg_attr(feature = "lost-inline", inline(never))]
#[cfg_attr(not(feature = "lost-inline"), inline(always))]
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

fn value_of(word: &str, values: &Table<String, u64>) -> u64 {
    word.parse().unwrap_or_else(|_| values.get(word).unwrap_or(0))
}

impl Kernel for Evaluate {
    const NAME: &'static str = "evaluate";
    const ELEMENTS: usize = 60;
    type Data = (String, Table<String, u64>);

    fn data(random: &mut Random, elements: usize) -> Self::Data {
        let names = random.words(15, 1, 8);
        let mut formula = String::from("1");
        for _ in 0..elements {
            formula.push_str(if random.below(2) == 0 { " + " } else { " * " });
            if random.below(3) == 0 {
                formula.push_str(&random.below(1000).to_string());
            } else {
                formula.push_str(random.one_of(&names).as_str());
            }
        }
        (formula, Table::new(names.into_iter().zip(2..).collect()))
    }

    #[inline(never)]
    fn run((formula, values): &Self::Data) -> u64 {
        let formula = taken(formula.as_str());
        let (mut sum, mut product, mut start) = (0_u64, 1_u64, 0);
        for (at, byte) in each(formula.as_bytes()).enumerate() {
            if is_word(*byte) {
                continue;
            }
            if start < at {
                product = product.wrapping_mul(value_of(&formula[start..at], values));
            }
            start = at + 1;
            if *byte == b'+' {
                sum = sum.wrapping_add(std::mem::replace(&mut product, 1));
            }
        }
        sum.wrapping_add(product.wrapping_mul(value_of(&formula[start..], values)))
    }
}
