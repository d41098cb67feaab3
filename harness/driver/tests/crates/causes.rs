//! Pairs of kernels that differ in one known way, so that a comparison has one right cause.

use std::hint::black_box;

use duel::Family;

type Data = Vec<u64>;

fn family(name: &str) -> Family<Data, u64> {
    Family::<Data, u64>::new(name, "What is the cause?", duel::exact())
        .workload("numbers", &[("few", 4_096)], |size, seed| (0..size as u64).map(|i| i ^ seed).collect())
}

/// The candidate does a fourth of the work.
fn work() -> Family<Data, u64> {
    let sum = |data: &[u64]| data.iter().fold(0_u64, |sum, x| black_box(sum.wrapping_add(*x)));
    family("work")
        .reference("four times", move |data| {
            move || {
                for _ in 0..3 {
                    black_box(sum(&data));
                }
                sum(&data)
            }
        })
        .variant("once", move |data| move || sum(&data))
}

/// The candidate writes into what is there instead of allocating.
fn memory() -> Family<Data, u64> {
    family("memory")
        .reference("fresh", |data| {
            move || {
                let mut total = 0_u64;
                for part in data.chunks(64) {
                    total = total.wrapping_add(black_box(part.to_vec())[0]);
                }
                total
            }
        })
        .variant("reused", |data| {
            let mut room = vec![0; 64];
            move || {
                let mut total = 0_u64;
                for part in data.chunks(64) {
                    room.copy_from_slice(part);
                    total = total.wrapping_add(black_box(&room)[0]);
                }
                total
            }
        })
}

/// The candidate has fewer instructions, each of which waits for the one before.
fn waiting() -> Family<Data, u64> {
    family("waiting")
        .reference("many", |data| {
            move || {
                let mut x = 7_u64;
                for value in data.iter() {
                    let other = black_box(*value);
                    x = x.wrapping_add(other) ^ (other >> 3) ^ (other << 2) ^ (other >> 7) ^ (other << 5);
                    x = x.wrapping_add(other >> 9) ^ (other << 4) ^ (other >> 11) ^ (other << 6);
                }
                black_box(x);
                data.len() as u64
            }
        })
        .variant("few", |data| {
            move || {
                let mut x = u64::MAX;
                for value in data.iter() {
                    // A division takes many times as long as an addition.
                    x = u64::MAX - (x / black_box(*value | 3));
                }
                black_box(x);
                data.len() as u64
            }
        })
}

duel::main! { work(), memory(), waiting() }
