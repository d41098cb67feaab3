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

/// Deeper than a profiler follows; every call has 4 KiB of the stack.
#[inline(never)]
fn deep(calls: u64, work: fn() -> u64) -> u64 {
    let room = black_box([calls; 512]);
    if calls == 0 { work() } else { deep(calls - 1, work).wrapping_add(room[7]) }
}

#[inline(never)]
fn spent_before() -> u64 {
    (0..30_000).fold(1, |total: u64, i| black_box(total.wrapping_mul(31) ^ i))
}

#[inline(never)]
fn spent_under_the_clock() -> u64 {
    (0..20_000).fold(1, |total: u64, i| black_box(total.wrapping_mul(33) ^ i))
}

trait Mix {
    fn mix(&self) -> u64;
}

impl Mix for [u64; 64] {
    #[inline(never)]
    fn mix(&self) -> u64 {
        (0..30).flat_map(|_| self).fold(1, |total: u64, value| black_box(total.wrapping_mul(31) ^ value))
    }
}

// Two functions of one address.
std::arch::global_asm!(
    ".pushsection .text.twins, \"ax\"",
    ".globl twin_one, twin_two",
    ".type twin_one, @function",
    ".type twin_two, @function",
    "twin_one:",
    "twin_two:",
    ".cfi_startproc",
    // A profiler may look up the address before the one that it met.
    "xor eax, eax",
    "2: sub rdi, 1",
    "jnz 2b",
    "ret",
    ".cfi_endproc",
    ".size twin_one, . - twin_one",
    ".size twin_two, . - twin_one",
    ".popsection",
);

unsafe extern "C" {
    fn twin_one(steps: u64);
}

/// What profiles show of the stack and of names.
fn stacks() -> Family<u64, u64> {
    let family = Family::<u64, u64>::new("stacks", "Whose is a sample?", duel::exact())
        .workload("calls", &[("deep", 400)], |size, _| size as u64)
        .in_place_reference(
            "resets deep",
            InPlace {
                prepare: |calls: &u64| *calls,
                reset: |calls: &u64, state: &mut u64| {
                    black_box(deep(*calls, spent_before));
                    *state = 0;
                },
                run: |state: &mut u64| *state = deep(5, spent_under_the_clock) & 0,
                output: |state: &u64| *state,
                reset_every: ResetEvery::Iteration,
            },
        );
    family
        .variant("runs deep", |calls| move || deep(*calls, spent_under_the_clock) & 0)
        .variant("arrays", |calls| {
            let data = [*calls; 64];
            move || black_box(&data).mix() & 0
        })
        .variant("twins", |calls| {
            let steps = *calls * 20;
            move || {
                // SAFETY: it counts down in a register that it may change.
                unsafe { twin_one(steps) };
                0
            }
        })
}

duel::main!(summed(), sorted(), stacks());
