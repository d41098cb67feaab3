//! Written into a crate by the end-to-end tests: kernels of every shape, under names that try
//! to break out of whatever shows them. No family here asks for allocators.

use duel::{Family, InPlace, ResetEvery, Work};

const LONG: &str =
    "a name that goes on for so long that no folder of criterion's can hold all of it, and ends in";

fn numbers(size: usize, seed: u64) -> Vec<u64> {
    (0..size as u64).map(|i| (i ^ seed).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(17)).collect()
}

/// Every part of every id is hostile.
fn hostile() -> Family<Vec<u64>, u64> {
    let sum = |data: std::sync::Arc<Vec<u64>>| move || data.iter().fold(0_u64, |sum, x| sum.wrapping_add(*x));
    Family::new(
        "<script>alert(\"family\")</script> & 'co' 50 % / @ + * 🦀",
        "Does <img src=x onerror=alert(1)> & \"all\" of this come through?\u{202e}",
        duel::exact(),
    )
    .workload(
        "w/ slash <i>%2F</i>",
        &[("tiny \"size\"", 100), ("½ ..", 1_000), ("../../etc", 2_000)],
        numbers,
    )
    .work(|data| Work { elements: data.len() as u64, bytes: 8 * data.len() as u64, flops: 0 })
    .reference("</td><script>alert('reference')</script>", sum)
    .variant("a?b", sum)
    .variant("a*b", sum)
    .variant(format!("{LONG} one"), sum)
    .variant(format!("{LONG} two"), sum)
    .variant("ohne AVX-9000 \"&lt;\"", sum)
    .needs_cpu(&["avx9000 <b>"])
}

/// Where a test names a folder by `HELD_IN`, the data set is made 10 times; after that its makers wait
/// until the folder has a file `released`. A test then knows that a run is still in its trials.
fn held(size: usize, seed: u64) -> Vec<u64> {
    if let Some(folder) = std::env::var_os("HELD_IN").map(std::path::PathBuf::from) {
        let turns = std::fs::File::options().create(true).append(true).open(folder.join("turns"));
        let mut turns = turns.expect("a file that counts");
        std::io::Write::write_all(&mut turns, b".").expect("a turn");
        let last = turns.metadata().expect("a file has a length").len() > 10;
        while last && !folder.join("released").exists() {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }
    numbers(size, seed)
}

/// Kernels that change their input, reset for every iteration.
fn sort() -> Family<Vec<u64>, Vec<u64>> {
    Family::new("sort", "Which sort is faster?", duel::exact())
        .workload("shuffled", &[("s", 100), ("m", 3_000), ("l", 10_000)], held)
        .in_place_reference("stable", in_place(|data| data.sort(), ResetEvery::Iteration))
        .in_place("unstable", in_place(|data| data.sort_unstable(), ResetEvery::Iteration))
}

/// Kernels that change their input, reset for every sample.
fn increment() -> Family<Vec<u64>, Vec<u64>> {
    Family::new("increment", "How are numbers incremented in place?", duel::exact())
        .workload("counting", &[("s", 1_000)], numbers)
        .in_place_reference(
            "for",
            in_place(|data| data.iter_mut().for_each(|x| *x = x.wrapping_add(1)), ResetEvery::Sample),
        )
        .in_place(
            "index",
            in_place(
                |data| (0..data.len()).for_each(|i| data[i] = data[i].wrapping_add(1)),
                ResetEvery::Sample,
            ),
        )
}

#[allow(clippy::type_complexity)]
fn in_place(
    run: fn(&mut Vec<u64>),
    reset_every: ResetEvery,
) -> InPlace<
    fn(&Vec<u64>) -> Vec<u64>,
    fn(&Vec<u64>, &mut Vec<u64>),
    fn(&mut Vec<u64>),
    fn(&Vec<u64>) -> Vec<u64>,
> {
    InPlace {
        prepare: Vec::clone,
        reset: |data, state| state.clone_from(data),
        run,
        output: Vec::clone,
        reset_every,
    }
}

/// Kernels that return 8 MB each.
fn double() -> Family<Vec<u64>, Vec<u64>> {
    Family::new("double", "How is a large output filled?", duel::exact())
        .workload("numbers", &[("l", 1_000_000)], numbers)
        .reference("collect", |data| move || data.iter().map(|x| x.wrapping_mul(2)).collect::<Vec<_>>())
        .variant("push", |data| {
            move || {
                let mut doubled = Vec::new();
                for x in data.iter() {
                    doubled.push(x.wrapping_mul(2));
                }
                doubled
            }
        })
}

/// A kernel on as many threads as it is told.
fn parallel() -> Family<Vec<u64>, u64> {
    let sum = |part: &[u64]| part.iter().fold(0_u64, |sum, x| sum.wrapping_add(*x));
    Family::new("parallel sum", "Do threads help?", duel::exact())
        .workload("numbers", &[("l", 200_000)], numbers)
        .reference("one", move |data| move || sum(&data))
        .variant("scoped", move |data| {
            let threads = duel::threads();
            move || {
                std::thread::scope(|scope| {
                    let parts = data.chunks(data.len().div_ceil(threads));
                    let parts: Vec<_> = parts.map(|part| scope.spawn(move || sum(part))).collect();
                    parts.into_iter().fold(0_u64, |total, part| total.wrapping_add(part.join().unwrap()))
                })
            }
        })
        .parallel()
}

duel::main!(hostile(), sort(), increment(), double(), parallel());
