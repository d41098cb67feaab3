//! Compressors and checksums: a byte at a time, each step waiting for the one before.

use crate::{
    case::Kernel,
    mutation::{Map, Mutation, Table, each, taken},
    random::Random,
};

/// Runs of equal bytes, written as count and byte.
pub(crate) struct RunLengths;

#[cfg_attr(feature = "lost-inline", inline(never))]
#[cfg_attr(not(feature = "lost-inline"), inline(always))]
fn put_run(out: &mut Vec<u8>, byte: u8, length: u8) {
    if length > 0 {
        out.extend([length, byte]);
    }
}

impl Kernel for RunLengths {
    const NAME: &'static str = "run_lengths";
    const ELEMENTS: usize = 6000;
    const UNTOUCHED_BY: &'static [(Mutation, &'static str)] =
        &[(Mutation::SlowHasher, "runs are found without looking anything up")];
    type Data = Vec<u8>;

    fn data(random: &mut Random, elements: usize) -> Self::Data {
        let mut bytes = Vec::new();
        while bytes.len() < elements {
            let byte = random.below(6) as u8;
            bytes.extend(std::iter::repeat_n(byte, 1 + random.below(12) as usize));
        }
        bytes
    }

    #[inline(never)]
    fn run(bytes: &Self::Data) -> u64 {
        let bytes = taken(bytes.as_slice());
        let mut out = Vec::with_capacity(bytes.len());
        let (mut run, mut length) = (0, 0_u8);
        for byte in each(&bytes) {
            if *byte == run && length < u8::MAX {
                length += 1;
            } else {
                put_run(&mut out, run, length);
                (run, length) = (*byte, 1);
            }
        }
        put_run(&mut out, run, length);
        out.iter().step_by(64).fold(out.len() as u64, |sum, byte| sum * 31 % 1_000_003 + u64::from(*byte))
    }
}

/// Repetitions found by the four bytes that they start with.
pub(crate) struct LempelZiv;

#[cfg_attr(feature = "lost-inline", inline(never))]
#[cfg_attr(not(feature = "lost-inline"), inline(always))]
fn shared_length(left: &[u8], right: &[u8]) -> usize {
    each(left).zip(right).take_while(|(left, right)| left == right).count()
}

impl Kernel for LempelZiv {
    const NAME: &'static str = "lempel_ziv";
    const ELEMENTS: usize = 18_000;
    type Data = Vec<u8>;

    fn data(random: &mut Random, elements: usize) -> Self::Data {
        let words = random.words(150, 3, 9);
        let mut text = String::new();
        while text.len() < elements {
            text.push_str(random.one_of(&words).as_str());
            text.push(' ');
        }
        text.into_bytes()
    }

    #[inline(never)]
    fn run(bytes: &Self::Data) -> u64 {
        let bytes = taken(bytes.as_slice());
        let mut last: Map<[u8; 4], u32> = Map::default();
        let (mut at, mut out) = (0, 0_u64);
        while let Some(start) = bytes[at..].first_chunk::<4>() {
            let length = match last.insert(*start, at as u32) {
                Some(before) => shared_length(&bytes[before as usize..], &bytes[at..]),
                None => 1,
            };
            out = out * 31 % 1_000_003 + length as u64;
            at += length;
        }
        out
    }
}

/// A checksum of every packet, compared with what a table has for the packet's number.
pub(crate) struct Checksum;

#[cfg_attr(feature = "lost-inline", inline(never))]
#[cfg_attr(not(feature = "lost-inline"), inline(always))]
fn step(table: &[u32], sum: u32, byte: u8) -> u32 {
    table[(sum as u8 ^ byte) as usize] ^ (sum >> 8)
}

impl Kernel for Checksum {
    const NAME: &'static str = "checksum";
    const ELEMENTS: usize = 2048;
    /// Packets of 32 bytes, CRC-32's table, what each packet's checksum should be.
    type Data = (Vec<u8>, Vec<u32>, Table<u32, u32>);

    fn data(random: &mut Random, elements: usize) -> Self::Data {
        let table = (0..256_u32)
            .map(|byte| (0..8).fold(byte, |sum, _| (sum >> 1) ^ if sum & 1 == 1 { 0xedb8_8320 } else { 0 }))
            .collect();
        let expected = (0..elements as u32 / 32).map(|packet| (packet, random.next() as u32)).collect();
        (
            random.numbers(elements, 256).into_iter().map(|byte| byte as u8).collect(),
            table,
            Table::new(expected),
        )
    }

    #[inline(never)]
    fn run((bytes, table, expected): &Self::Data) -> u64 {
        let bytes = taken(bytes.as_slice());
        let mut total = 0;
        for (packet, number) in bytes.chunks_exact(32).zip(0_u32..) {
            let sum = each(packet).fold(u32::MAX, |sum, byte| step(table, sum, *byte));
            total += u64::from(sum ^ expected.get(&number).unwrap_or(0));
        }
        total
    }
}
