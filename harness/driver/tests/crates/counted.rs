//! Kernels whose instructions are counted: some that differ in what they do, one whose count is
//! another each time, and some that can't be counted.

use std::{collections::HashSet, hint::black_box};

use duel::{Family, InPlace, ResetEvery};

type Data = Vec<u64>;

fn sum(data: &[u64]) -> u64 {
    data.iter().fold(0, |total, value| black_box(total.wrapping_add(*value)))
}

/// valgrind loads itself into what it runs by this variable.
fn under_valgrind() -> bool {
    std::env::var("LD_PRELOAD").is_ok_and(|libraries| libraries.contains("vgpreload"))
}

/// Whether this text stands behind the executable, so that two sides of one build differ.
fn ends_with(text: &str) -> bool {
    let read = std::env::current_exe().and_then(std::fs::read);
    read.is_ok_and(|executable| executable.ends_with(text.as_bytes()))
}

fn summed() -> Family<Data, u64> {
    Family::<Data, u64>::new("sum", "What is counted?", duel::exact())
        .workload("numbers", &[("few", 1_000)], |size, seed| (0..size as u64).map(|i| i ^ seed).collect())
        .reference("once", |data| move || sum(&data))
        .variant("twice", |data| {
            move || {
                black_box(sum(&data));
                sum(&data)
            }
        })
        .variant("clone", |data| move || sum(&black_box(data.to_vec())))
        .variant("random", |data| {
            move || {
                // New random keys each time.
                let set: HashSet<u64> = data.iter().copied().collect();
                black_box(set.len());
                sum(&data)
            }
        })
        .variant("illegal", |data| {
            let illegal = under_valgrind();
            move || {
                if illegal {
                    // SAFETY: ends the process with the signal that an unknown instruction brings.
                    unsafe { std::arch::asm!("ud2") };
                }
                sum(&data)
            }
        })
        .variant("slow", |data| {
            let slow = under_valgrind();
            move || {
                if slow {
                    std::thread::sleep(std::time::Duration::from_secs(3600));
                }
                sum(&data)
            }
        })
        .variant("moves", |data| {
            let moved = ends_with("moved");
            move || {
                if moved {
                    return std::thread::scope(|scope| scope.spawn(|| sum(&data)).join().unwrap_or_default());
                }
                sum(&data)
            }
        })
        .variant("two threads", |data| {
            move || {
                let (left, right) = data.split_at(data.len() / 2);
                std::thread::scope(|scope| {
                    let right = scope.spawn(|| sum(right));
                    sum(left).wrapping_add(right.join().unwrap_or_default())
                })
            }
        })
        .parallel()
}

/// A kernel that changes its input must find it fresh for every count.
fn sorted() -> Family<Data, Data> {
    let family =
        Family::<Data, Data>::new("sort", "Is every count of fresh data?", duel::exact()).workload(
            "backwards",
            &[("few", 500)],
            |size, _| (0..size as u64).rev().collect(),
        );
    family.in_place_reference(
        "bubble",
        InPlace {
            prepare: |data: &Data| data.clone(),
            reset: |data: &Data, state: &mut Data| state.clone_from(data),
            run: |state: &mut Data| while state.windows(2).any(|pair| pair[0] > pair[1]) {
                for i in 1..state.len() {
                    if state[i - 1] > state[i] {
                        state.swap(i - 1, i);
                    }
                }
            },
            output: |state: &Data| state.clone(),
            reset_every: ResetEvery::Iteration,
        },
    )
}

duel::main!(summed(), sorted());
