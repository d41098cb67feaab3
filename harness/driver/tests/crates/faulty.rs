//! Written into a crate by the end-to-end tests: each family has one variant that goes wrong
//! in its own way, and a good one that must be measured all the same.

use std::{
    sync::Arc,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use duel::Family;

type Data = Arc<Vec<u64>>;

fn numbers(size: usize, seed: u64) -> Vec<u64> {
    (0..size as u64).map(|i| i.wrapping_mul(seed | 1)).collect()
}

fn doubled(data: Data) -> impl FnMut() -> Vec<u64> {
    move || data.iter().map(|x| x.wrapping_mul(2)).collect()
}

/// A family of a reference, a good variant, and one called `bad`.
fn with<K: FnMut() -> Vec<u64> + 'static>(
    name: &str,
    bad: impl Fn(Data) -> K + 'static,
) -> Family<Vec<u64>, Vec<u64>> {
    Family::new(name, "What becomes of the good one?", duel::exact())
        .workload("numbers", &[("s", 500)], numbers)
        .reference("reference", doubled)
        .variant("bad", bad)
        .variant("good", doubled)
}

fn overflow(depth: u64) -> u64 {
    let place = std::hint::black_box([depth; 64]);
    if depth == u64::MAX { 0 } else { overflow(depth + 1).wrapping_add(place[7]) }
}

fn reference_panics() -> Family<Vec<u64>, Vec<u64>> {
    Family::new("reference panics", "Who is to blame?", duel::exact())
        .workload("numbers", &[("s", 500)], numbers)
        .reference("reference", |_| || panic!("the reference itself is broken"))
        .variant("good", doubled)
}

/// A static so that a segfault is one: a read of an address that nothing can prove wrong.
static NOWHERE: AtomicU32 = AtomicU32::new(16);

fn main_families() -> Vec<Family<Vec<u64>, Vec<u64>>> {
    vec![
        with("panics", |_| || panic!("I can't go on <b>\nwith this")),
        with("panics late", |data| {
            let mut calls = 0;
            let mut good = doubled(data);
            move || {
                calls += 1;
                assert!(calls < 20, "tired after {calls} calls");
                good()
            }
        }),
        with("panics in preparing", |_| -> fn() -> Vec<u64> { panic!("not even prepared") }),
        with("aborts", |_| || std::process::abort()),
        with("exits", |_| || std::process::exit(7)),
        with("reads nowhere", |_| {
            || {
                let nowhere = NOWHERE.load(Ordering::Relaxed) as usize as *const u64;
                // SAFETY: there is none; this is the test.
                vec![unsafe { nowhere.read_volatile() }]
            }
        }),
        with("overflows its stack", |_| || vec![overflow(1)]),
        with("asks for too much", |_| {
            || std::alloc::handle_alloc_error(std::alloc::Layout::new::<[u64; 1000]>())
        }),
        with("hangs", |_| {
            || {
                loop {
                    std::thread::sleep(Duration::from_secs(1));
                }
            }
        }),
        with("is wrong", |data| {
            move || data.iter().enumerate().map(|(i, x)| x.wrapping_mul(2) + u64::from(i == 17)).collect()
        }),
        with("is wrong later", |data| {
            let mut calls = 0;
            move || {
                calls += 1;
                data.iter().map(|x| x.wrapping_mul(2) + u64::from(calls == 2)).collect()
            }
        }),
        with("is short", |data| move || data[1..].iter().map(|x| x.wrapping_mul(2)).collect()),
        reference_panics(),
    ]
}

fn families() -> Vec<Box<dyn duel::AnyFamily>> {
    main_families().into_iter().map(|family| Box::new(family) as Box<dyn duel::AnyFamily>).collect()
}

duel::main!(families());
