//! Written into a crate by the end-to-end tests: kernels that touch fresh memory, and that start
//! threads, so that it shows over what counters count.

use std::{hint::black_box, thread};

use duel::{Family, InPlace, ResetEvery};

/// Beyond every size that an allocator keeps for later.
const BYTES: usize = 40 << 20;
const TOUCHED: usize = 64;

/// Touches so many places, each on a page of its own.
fn touch(pages: &mut [u8]) -> usize {
    for part in pages.chunks_mut(BYTES / TOUCHED) {
        black_box(part)[0] = 1;
    }
    pages.len()
}

/// Memory that the system has not handed out yet.
fn fresh() -> Vec<u8> {
    vec![0; BYTES]
}

fn pages() -> Family<Vec<u64>, usize> {
    Family::<Vec<u64>, usize>::new("pages", "Who pays for fresh pages?", duel::exact())
        .workload("none", &[("one", 1)], |_, seed| vec![seed])
        .reference("fresh_pages", |_| || touch(&mut fresh()))
        .in_place(
            "pages_made_before",
            InPlace {
                prepare: |_: &Vec<u64>| {
                    let mut pages = fresh();
                    touch(&mut pages);
                    pages
                },
                reset: |_: &Vec<u64>, pages: &mut Vec<u8>| {
                    *pages = fresh();
                    touch(pages);
                },
                run: |pages: &mut Vec<u8>| {
                    touch(pages);
                },
                output: |pages: &Vec<u8>| pages.len(),
                reset_every: ResetEvery::Iteration,
            },
        )
}

fn threads() -> Family<Vec<u64>, usize> {
    Family::<Vec<u64>, usize>::new("threads", "Are both threads counted?", duel::exact())
        .workload("none", &[("one", 1)], |_, seed| vec![seed])
        .reference("one_thread", |_| || touch(&mut fresh()))
        .variant("two_threads", |_| {
            || {
                thread::scope(|scope| {
                    let other = scope.spawn(|| touch(&mut fresh()));
                    let own = touch(&mut fresh());
                    other.join().map_or(0, |_| own)
                })
            }
        })
}

duel::main!(pages(), threads());
