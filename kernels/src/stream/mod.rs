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

mod third_array;
mod third_array_stream;
mod update;
mod update_prefetch;

use duel::{Family, InPlace, ResetEvery};

use crate::{
    add_in_place::{
        Floats, Parts, SIZES,
        data::{Arrays, State},
        serial, work,
    },
    aligned::Aligned,
    iteration::{Iteration, in_place},
};

/// The family.
pub fn family() -> Family<Floats, Vec<f32>> {
    let question = "How fast can this machine read two arrays and write one, whatever the loop?";
    Family::new("stream", question, duel::exact())
        .workload("floats", &SIZES, Floats::draw)
        .work(work)
        .precision_bits(32)
        .in_place_reference("third_array", third(third_array::add))
        .in_place("third_array_stream", third(third_array_stream::add))
        .needs_cpu(&["avx"])
        .in_place("update", serial(update::add))
        .in_place("update_prefetch", serial(update_prefetch::add))
        .needs_cpu(&["avx512f"])
}

/// One iteration of the reference over the size that the name says.
pub(crate) fn third_array_on_l2(seed: u64) -> Iteration {
    in_place(third(third_array::add), &Floats::draw(SIZES[1].1, seed))
}

/// Two arrays to read and one to write.
struct Three {
    read: Arrays,
    sum: Aligned,
}

/// Parts of a variant that writes to a third array; nothing needs resetting.
fn third(kernel: impl Fn(&[f32], &[f32], &mut [f32]) + 'static) -> Parts<Three> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    /// A loop under test: its name, whether this CPU runs it, and the sums it makes of the two
    /// within `memory`, which begins where the sums belong.
    type Tested = (&'static str, bool, fn(a: &[f32], b: &[f32], memory: &mut [f32]));

    fn loops() -> [Tested; 4] {
        [
            ("third_array", true, third_array::add),
            ("third_array_stream", third_array_stream::runs_here(), third_array_stream::add),
            ("update", true, |a, b, memory| {
                memory.copy_from_slice(a);
                update::add(memory, b);
            }),
            ("update_prefetch", update_prefetch::runs_here(), |a, b, memory| {
                memory.copy_from_slice(a);
                update_prefetch::add(memory, b);
            }),
        ]
    }

    /// At every length up to some rounds, and wherever in a line the arrays begin.
    #[test]
    fn every_loop_makes_the_same_sums_and_writes_nothing_else() {
        const ROOM: usize = 160;
        let Arrays { a, b } = Arrays::prepare(&Floats::draw(ROOM, 1));
        let sums: Vec<f32> = a.iter().zip(b.iter()).map(|(a, b)| a + b).collect();
        for (name, runs_here, add) in loops() {
            if !testing::runs_here(&format!("stream {name}"), runs_here) {
                continue;
            }
            for start in 0..17 {
                for len in 0..ROOM - 17 {
                    let end = start + len;
                    let mut expected = vec![-1.0; ROOM];
                    expected[start..end].copy_from_slice(&sums[start..end]);
                    let mut found = vec![-1.0; ROOM];
                    add(&a[start..end], &b[start..end], &mut found[start..end]);
                    assert_eq!(found, expected, "{name} {start}..{end}");
                }
            }
        }
    }
}
