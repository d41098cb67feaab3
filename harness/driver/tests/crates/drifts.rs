//! Written into a crate by the end-to-end tests: a data set that is another one in every process.

use std::time::{SystemTime, UNIX_EPOCH};

use duel::Family;

fn drifts() -> Family<Vec<u64>, u64> {
    Family::<Vec<u64>, u64>::new("drifts", "Is it the same twice?", duel::exact())
        .workload("clock", &[("s", 50)], |size, _| {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
            (0..size as u64).map(|x| x ^ now.as_nanos() as u64).collect()
        })
        .reference("fold", |data| move || data.iter().fold(0, |a: u64, b| a.wrapping_add(*b)))
        .variant("loop", |data| {
            move || {
                let mut total = 0_u64;
                for x in data.iter() {
                    total = total.wrapping_add(*x);
                }
                total
            }
        })
}

fn steady() -> Family<Vec<u64>, u64> {
    Family::<Vec<u64>, u64>::new("steady", "Is the neighbour measured?", duel::exact())
        .workload("seeded", &[("s", 50)], |size, seed| (0..size as u64).map(|x| x ^ seed).collect())
        .reference("sum", |data| move || data.iter().sum())
        .variant("fold", |data| move || data.iter().fold(0, |a, b| a + b))
}

duel::main!(drifts(), steady());
