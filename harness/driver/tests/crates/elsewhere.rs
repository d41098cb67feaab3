//! Written into a crate by the end-to-end tests: kernels that leave before they return, that work in threads
//! or processes, that are slow to tell who wrote what, and one whose name is long.

use std::{hint::black_box, process::Command, thread};

use duel::Family;

fn burn(steps: u64) -> u64 {
    (0..steps).fold(1, |sum, step| black_box(sum.wrapping_mul(31) ^ step))
}

fn leaves() -> Family<u64, u64> {
    Family::<u64, u64>::new("leaves", "Who comes back?", duel::exact())
        .workload("w", &[("s", 10)], |size, _| size as u64)
        .reference("stays", |data| move || *data)
        .variant("exits", |data| {
            move || {
                if black_box(*data) == 10 {
                    std::process::exit(0);
                }
                *data
            }
        })
}

fn works() -> Family<u64, u64> {
    Family::<u64, u64>::new("works", "Where is the work done?", duel::exact())
        .workload("w", &[("s", 40_000)], |size, _| size as u64)
        .reference("here", |data| move || burn(*data))
        .variant("a thread each time", |data| {
            move || {
                let steps = *data;
                thread::spawn(move || burn(steps)).join().expect("a sum")
            }
        })
        .variant("a thread that waits", |data| {
            let (ask, asked) = std::sync::mpsc::channel::<u64>();
            let (tell, told) = std::sync::mpsc::channel();
            thread::spawn(move || asked.into_iter().try_for_each(|steps| tell.send(burn(steps))));
            move || {
                ask.send(*data).expect("a thread");
                told.recv().expect("a sum")
            }
        })
        .variant("a process", |data| {
            move || {
                Command::new("true").status().expect("a process");
                burn(*data)
            }
        })
}

fn writes() -> Family<u64, u64> {
    Family::<u64, u64>::new("writes", "Who wrote it?", duel::exact())
        .workload("w", &[("s", 10)], |size, _| size as u64)
        .reference("quiet", |data| move || *data)
        .variant("a much", |data| move || { (0..2_000).for_each(|_| eprintln!("OF-ANOTHER")); *data })
        .variant("aborts", |_| move || { eprintln!("LAST-WORDS"); std::process::abort() })
}

fn long() -> Family<u64, u64> {
    let workload = "w".repeat(70);
    Family::<u64, u64>::new("long", "Which name is whole?", duel::exact())
        .workload(&workload, &[("s", 10)], |size, _| size as u64)
        .reference("right", |data| move || *data)
        .variant("wrong: ünïcode and more than a hundred characters before the end", |data| move || *data + 1)
}

duel::main!(leaves(), works(), writes(), long());
