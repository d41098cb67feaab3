//! Strings: made, compared and formatted.

use std::fmt::Write as _;

use crate::{
    case::Kernel,
    mutation::{Table, each, taken},
    random::Random,
};

/// A text with its special characters replaced by what a table has for them.
pub(crate) struct Escape;

#[cfg_attr(feature = "lost-inline", inline(never))]
#[cfg_attr(not(feature = "lost-inline"), inline(always))]
fn is_special(byte: u8) -> bool {
    matches!(byte, b'<' | b'>' | b'&' | b'"')
}

impl Kernel for Escape {
    const NAME: &'static str = "escape";
    const ELEMENTS: usize = 2500;
    type Data = (Vec<u8>, Vec<Vec<u8>>, Table<u8, u32>);

    fn data(random: &mut Random, elements: usize) -> Self::Data {
        let text =
            (0..elements)
                .map(|_| {
                    if random.below(25) == 0 {
                        *random.one_of(b"<>&\"")
                    } else {
                        b'a' + random.below(26) as u8
                    }
                })
                .collect();
        let entities = ["&lt;", "&gt;", "&amp;", "&quot;"].map(|entity| entity.as_bytes().to_vec()).to_vec();
        (text, entities, Table::new(b"<>&\"".iter().copied().zip(0..).collect()))
    }

    #[inline(never)]
    fn run((text, entities, by_byte): &Self::Data) -> u64 {
        let text = taken(text.as_slice());
        let mut escaped = Vec::with_capacity(text.len() * 2);
        for byte in each(&text) {
            if is_special(*byte) {
                escaped.extend_from_slice(&entities[by_byte.get(byte).unwrap_or(0) as usize]);
            } else {
                escaped.push(*byte);
            }
        }
        escaped
            .iter()
            .step_by(64)
            .fold(escaped.len() as u64, |sum, byte| sum * 31 % 1_000_003 + u64::from(*byte))
    }
}

/// How many edits lie between two words, with the price of each letter from a table.
pub(crate) struct EditDistance;

#[cfg_attr(feature = "lost-inline", inline(never))]
#[cfg_attr(not(feature = "lost-inline"), inline(always))]
fn cheapest(replace: u32, delete: u32, insert: u32) -> u32 {
    replace.min(delete).min(insert)
}

impl Kernel for EditDistance {
    const NAME: &'static str = "edit_distance";
    const ELEMENTS: usize = 20;
    type Data = (String, String, Table<u8, u32>);

    fn data(random: &mut Random, elements: usize) -> Self::Data {
        let prices = (b'a'..=b'z').map(|letter| (letter, 1 + random.below(3) as u32)).collect();
        (random.word(elements, elements), random.word(elements, elements), Table::new(prices))
    }

    #[inline(never)]
    fn run((left, right, prices): &Self::Data) -> u64 {
        let right = taken(right.as_str());
        let mut row = [0_u32; 21];
        row.iter_mut().zip(0..).for_each(|(cost, at)| *cost = at);
        for letter in left.bytes() {
            let price = prices.get(&letter).unwrap_or(1);
            let mut diagonal = row[0];
            row[0] += 1;
            let mut before = row[0];
            for (other, cost) in each(right.as_bytes()).zip(&mut row[1..]) {
                let replaced = diagonal + if *other == letter { 0 } else { price };
                diagonal = *cost;
                *cost = cheapest(replaced, *cost + 1, before + 1);
                before = *cost;
            }
        }
        u64::from(row[20])
    }
}

/// Rows of a name and two numbers, formatted.
pub(crate) struct FormatRows;

#[cfg_attr(feature = "lost-inline", inline(never))]
#[cfg_attr(not(feature = "lost-inline"), inline(always))]
fn mixed(sum: u64, byte: u8) -> u64 {
    (sum * 31 + u64::from(byte)) % 1_000_003
}

impl Kernel for FormatRows {
    const NAME: &'static str = "format_rows";
    const ELEMENTS: usize = 150;
    type Data = (Vec<u32>, Vec<String>, Table<u32, u32>);

    fn data(random: &mut Random, elements: usize) -> Self::Data {
        let names = random.words(50, 3, 12);
        (random.numbers(elements, 1 << 24), names, Table::new((0..50).map(|at| (at, at)).collect()))
    }

    #[inline(never)]
    fn run((values, names, by_id): &Self::Data) -> u64 {
        let mut text = String::new();
        for value in each(values) {
            let name = taken(names[by_id.get(&(value % 50)).unwrap_or(0) as usize].as_str());
            // Writing to a string can't fail.
            let _ = writeln!(text, "{name:12} {:>8}.{:02}", value / 100, value % 100);
        }
        text.bytes().step_by(2).fold(text.len() as u64, mixed)
    }
}
