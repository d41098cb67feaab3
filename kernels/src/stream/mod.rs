//! How fast can this machine read two arrays and write one, whatever the loop?
//!
//! The yardstick for [`add_in_place`](crate::add_in_place), whose data, sizes and count of bytes
//! (two reads and one write of four bytes an element) it has. Run both and compare what they
//! move: `cargo duel run stream add_in_place`, at the size `memory`. A third array is as large as
//! the two, so `third_array` at `l1` and `l2` fills half as much again.
//!
//! # The variants
//! | variant | is |
//! | --- | --- |
//! | `third_array` (reference) | `c = a + b`, left to the compiler: STREAM's "add" |
//! | `third_array_stream` | `c = a + b` with stores that go past the caches |
//! | `update` | `a = a + b`, left to the compiler |
//! | `update_prefetch` | `a = a + b`, lines asked for ahead: the most of all loops tried |
//!
//! # What was tried
//! 1 GiB in two arrays, one core of a virtual machine (Sapphire Rapids, 480 MiB of last-level
//! cache shared with other machines), all loops taking turns in one process; medians in GB/s.
//! | loop | large pages | small pages |
//! | --- | --- | --- |
//! | two reads, no write | 26.5 | 24.9 |
//! | third array: ordinary stores, past the caches | 16.3, 23.2 | 16.0, 21.9 |
//! | in place, 128-bit vectors: 1, 4, 16 a round | 27.3, 27.3, 27.4 | 22.9, 22.8, 23.3 |
//! | in place, 256-bit vectors: 2, 4, 8 a round | 26.0, 26.8, 27.2 | 23.5, 24.2, 24.5 |
//! | in place, 512-bit vectors: 1, 2, 4, 8 a round | 25.5, 26.3, 24.5, 26.5 | 24.1, 24.6, 24.0, 24.8 |
//! | in place, 512-bit, all loads of a round first: 2, 4, 8, 16 a round | 25.3, 24.4, 24.4, 24.1 | 24.1, 24.1, 24.2, 23.8 |
//! | in place, stores past the caches | 20.7 | 19.6 |
//! | asking ahead into L1: 256 B, 512 B, 1 KiB, 2 KiB | 27.3, 27.7, 27.7, 27.0 | 24.1, 24.5, 24.8, 24.3 |
//! | asking ahead into L2: **1 KiB**, 4 KiB, 16 KiB | **28.6**, 25.9, 24.1 | 24.9, 24.0, 23.5 |
//! | asking ahead past L2: 512 B, 1 KiB | 19.2, 17.4 | 15.5, 15.3 |
//! | asking for the whole next page | 23.6 | 22.1 |
//! | in place, walking 2, 4, 8 parts of the arrays side by side | 24.4, 24.9, 24.4 | 23.4, 24.4, 24.3 |
//! | in place, walking 2, 4, 8 pages side by side | 24.6, 24.4, 24.1 | 23.9, 24.1, 23.8 |
//!
//! So one core's requests to memory are the limit, not what it does in between: a loop that only
//! reads gets no more, and large pages are worth more than any way of writing the loop.

#[cfg(test)]
mod tests;
mod third_array;
mod third_array_stream;
mod update;
mod update_prefetch;

use duel::{Family, InPlace, ResetEvery};

use crate::{
    add_in_place::{
        Floats, SIZES,
        data::{Arrays, State},
        on_arrays, work,
    },
    aligned::Aligned,
    iteration::{Iteration, in_place},
    table::{self, Parts, with_variants},
};

/// The family.
pub fn family() -> Family<Floats, Vec<f32>> {
    let question = "How fast can this machine read two arrays and write one, whatever the loop?";
    let family = Family::new("stream", question, duel::exact())
        .workload("floats", &SIZES, Floats::draw)
        .work(work)
        .precision_bits(32);
    with_variants(family, variants())
}

/// The family's table.
fn variants() -> Vec<Variant> {
    vec![
        third_array("third_array", third_array::add),
        third_array("third_array_stream", third_array_stream::add).needs(third_array_stream::NEEDS),
        update("update", update::add),
        update("update_prefetch", update_prefetch::add).needs(update_prefetch::NEEDS),
    ]
}

/// One iteration of the reference over the size that the name says.
pub(crate) fn third_array_on_l2(seed: u64) -> Iteration {
    in_place(on_three(third_array::add), &Floats::draw(SIZES[1].1, seed))
}

/// A row of the table. Its kernel on slices writes the sums of the first two to the third.
type Variant = table::Variant<Floats, Vec<f32>, dyn Fn(&[f32], &[f32], &mut [f32])>;

/// The row of a variant that writes to a third array.
fn third_array(name: &'static str, kernel: impl Fn(&[f32], &[f32], &mut [f32]) + Copy + 'static) -> Variant {
    Variant::new(name, on_three(kernel)).kernel(|| Box::new(kernel))
}

/// The row of a variant that writes to the first array.
fn update(name: &'static str, kernel: impl Fn(&mut [f32], &[f32]) + Copy + 'static) -> Variant {
    let sums = move |a: &[f32], b: &[f32], sums: &mut [f32]| {
        sums.copy_from_slice(a);
        kernel(sums, b);
    };
    Variant::new(name, on_arrays(kernel)).kernel(|| Box::new(sums))
}

/// Two arrays to read and one to write.
struct Three {
    read: Arrays,
    sum: Aligned,
}

/// Parts of a variant that writes to a third array; nothing needs resetting.
fn on_three(kernel: impl Fn(&[f32], &[f32], &mut [f32]) + 'static) -> Parts<Floats, Three, Vec<f32>> {
    InPlace {
        prepare: |floats| Three { read: Arrays::prepare(floats), sum: Aligned::zeros(floats.elements()) },
        reset: |_, _| {},
        run: Box::new(move |three: &mut Three| {
            kernel(&three.read.a, &three.read.b, &mut three.sum);
        }),
        output: |three| three.sum.to_vec(),
        reset_every: ResetEvery::Sample,
    }
}
