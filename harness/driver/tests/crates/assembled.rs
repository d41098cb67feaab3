//! Kernels whose machine code is known beforehand: a loop over one number at a time, one over
//! several, and one that calls a function for each.

use std::hint::black_box;

use duel::Family;

type Data = Vec<u64>;

#[inline(always)]
fn one_by_one(data: &[u64]) -> u64 {
    data.iter().fold(0, |total, value| black_box(total.wrapping_add(*value)))
}

fn several_at_once(data: &[u64]) -> u64 {
    data.iter().fold(0, |total, value| total.wrapping_add(*value))
}

#[inline(never)]
fn added(total: u64, value: u64) -> u64 {
    black_box(total.wrapping_add(value))
}

#[inline(never)]
fn called_for_each(data: &[u64]) -> u64 {
    data.iter().fold(0, |total, value| added(total, *value))
}

fn summed() -> Family<Data, u64> {
    Family::<Data, u64>::new("sum", "What does it look like?", duel::exact())
        .workload("numbers", &[("few", 1_000), ("many", 8_000)], |size, seed| {
            (0..size as u64).map(|i| i ^ seed).collect()
        })
        .reference("scalar", |data| move || one_by_one(&data))
        .variant("packed", |data| move || several_at_once(&data))
        .variant("called", |data| move || called_for_each(&data))
}

duel::main!(summed());
