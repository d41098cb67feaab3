//! Kernels that state their work: one that moves bytes, one that computes, one that states more than
//! it does, and one that states nothing.

use std::hint::black_box;

use duel::{Family, Work};

type Data = Vec<f64>;

fn numbers(size: usize, seed: u64) -> Data {
    (0..size as u64).map(|i| (i ^ seed) as f64).collect()
}

fn family(name: &str) -> Family<Data, f64> {
    Family::<Data, f64>::new(name, "How near to the limits?", duel::within_relative(1e-9))
        .workload("numbers", &[("few", 1_000)], numbers)
        .reference("sum", |data| move || black_box(&data).iter().sum())
}

fn moves() -> Family<Data, f64> {
    let work = |data: &Data| Work { elements: data.len() as u64, bytes: 8 * data.len() as u64, flops: 0 };
    family("moves").work(work)
}

/// A thousand operations for each number.
fn computes() -> Family<Data, f64> {
    let work = |data: &Data| Work {
        elements: data.len() as u64,
        bytes: 8 * data.len() as u64,
        flops: 2_000 * data.len() as u64,
    };
    Family::<Data, f64>::new("computes", "How near to the limits?", duel::within_relative(1e-9))
        .workload("numbers", &[("few", 100)], numbers)
        .work(work)
        .precision_bits(64)
        .reference("chain", |data| {
            move || {
                let chain = |x: &f64| (0..1_000).fold(*x, |x, _| x * 0.5 + 1.0);
                black_box(&data).iter().map(chain).sum()
            }
        })
}

fn boasts() -> Family<Data, f64> {
    let work = |_: &Data| Work { elements: 1, bytes: 16 << 10, flops: 0 };
    Family::<Data, f64>::new("boasts", "Does it move what it states?", duel::exact())
        .workload("numbers", &[("few", 10)], numbers)
        .work(work)
        .reference("nothing", |data| move || black_box(data[0]))
}

duel::main!(moves(), computes(), boasts(), family("silent"));
