//! Kernels that allocate nothing, once, again and again, on several threads, for good, and one that
//! panics while its allocations are counted.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use duel::Family;

type Data = Vec<u64>;

fn sum(data: &[u64]) -> u64 {
    data.iter().fold(0, |total, value| total.wrapping_add(*value))
}

#[inline(never)]
fn copy(data: &[u64]) -> Vec<u64> {
    black_box(data.to_vec())
}

/// Waits until dhat's clock has moved, which counts whole microseconds: what is alive meanwhile has a
/// lifetime above 0, however quick the processor and however coarse the clock.
fn wait_for_the_clock() {
    let start = Instant::now();
    while start.elapsed() < Duration::from_micros(2) {
        std::hint::spin_loop();
    }
}

#[inline(never)]
fn boxes(count: u64) -> u64 {
    (0..count).map(|i| *black_box(Box::new(i))).sum()
}

fn summed() -> Family<Data, u64> {
    Family::<Data, u64>::new("allocate", "What is counted?", duel::exact())
        .workload("numbers", &[("few", 500), ("many", 2_000_000)], |size, seed| {
            (0..size as u64).map(|i| i ^ seed).collect()
        })
        .reference("nothing", |data| move || sum(&data))
        .variant("once", |data| {
            move || {
                let copied = copy(&data);
                wait_for_the_clock();
                sum(&copied)
            }
        })
        .variant("grows", |data| {
            move || {
                let mut grown = Vec::new();
                for value in data.iter() {
                    grown.push(*black_box(value));
                }
                sum(&grown)
            }
        })
        .variant("panics", |data| {
            // Not where it is verified or timed, and not in the iteration that warms up.
            let counted = std::env::var("DUEL_ALLOCATOR").is_ok_and(|name| name.trim() == "dhat");
            let mut calls = 0;
            move || {
                calls += 1;
                black_box(boxes(10));
                assert!(!counted || calls < 2, "while it is counted");
                sum(&data)
            }
        })
        .variant("threads", |data| {
            move || {
                std::thread::scope(|scope| {
                    for _ in 0..4 {
                        scope.spawn(|| black_box(boxes(300)));
                    }
                });
                sum(&data)
            }
        })
        .parallel()
}

/// What it returns is alive at the end.
fn returned() -> Family<Data, Data> {
    Family::<Data, Data>::new("return", "What is left?", duel::exact())
        .workload("numbers", &[("few", 500)], |size, seed| (0..size as u64).map(|i| i ^ seed).collect())
        .reference("copy", |data| move || copy(&data))
}

duel::main!(summed(), returned());
