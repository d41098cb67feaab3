//! A neighbour on the machine: burns every core in random bursts of arithmetic and memory traffic,
//! until it is killed or its parent dies. `neighbour [SEED]`.

use std::{
    hint::black_box,
    process::ExitCode,
    thread,
    time::{Duration, Instant},
};

use rustix::{
    process::{Signal, set_parent_process_death_signal},
    thread::{CpuSet, sched_getaffinity, sched_setaffinity},
};

/// Larger than the caches of one core, so that going through it moves memory.
const BUFFER_WORDS: usize = 8 << 20;

fn main() -> ExitCode {
    let seed = match std::env::args().nth(1).map(|text| text.parse::<u64>()) {
        None => 1,
        Some(Ok(seed)) => seed,
        Some(Err(error)) => {
            return refuse(&format!("the seed is not a number: {error}\nhelp: neighbour [SEED]"));
        }
    };
    if let Err(error) = set_parent_process_death_signal(Some(Signal::KILL)) {
        return refuse(&format!("can't ask to die with the parent, so nothing was started: {error}"));
    }
    let allowed = match sched_getaffinity(None) {
        Ok(allowed) => allowed,
        Err(error) => return refuse(&format!("can't ask for the cores: {error}")),
    };
    let cores = (0..CpuSet::MAX_CPU).filter(|core| allowed.is_set(*core));
    let burners: Vec<_> =
        cores.map(|core| thread::spawn(move || burn(core, seed.wrapping_add(core as u64)))).collect();
    for burner in burners {
        if let Ok(error) = burner.join() {
            return refuse(&error);
        }
    }
    ExitCode::FAILURE
}

fn refuse(reason: &str) -> ExitCode {
    eprintln!("error: {reason}");
    ExitCode::from(2)
}

/// Bursts and pauses of 0.05 to 2 seconds on one core; comes back only where it can't be had.
fn burn(core: usize, seed: u64) -> String {
    let mut only = CpuSet::new();
    only.set(core);
    if let Err(error) = sched_setaffinity(None, &only) {
        return format!("can't stay on core {core}: {error}");
    }
    let mut random = seed;
    let mut buffer = vec![1_u64; BUFFER_WORDS];
    loop {
        let end = Instant::now() + length(&mut random);
        let memory = next(&mut random) & 1 == 0;
        while Instant::now() < end {
            if memory { traffic(&mut buffer) } else { arithmetic() }
        }
        thread::sleep(length(&mut random));
    }
}

/// About ten milliseconds of moving memory.
fn traffic(buffer: &mut [u64]) {
    black_box(&mut *buffer).copy_within(..BUFFER_WORDS / 2, BUFFER_WORDS / 2);
}

/// About a tenth of a millisecond of multiplying.
fn arithmetic() {
    black_box((0..100_000_u64).fold(1_u64, |product, factor| product.wrapping_mul(black_box(factor) | 1)));
}

/// As many short ones as long ones: the exponent is what is even.
fn length(random: &mut u64) -> Duration {
    let part = (next(random) >> 11) as f64 / (1_u64 << 53) as f64;
    Duration::from_secs_f64(0.05 * 40_f64.powf(part))
}

/// xorshift64*, from a seed that is never zero.
fn next(random: &mut u64) -> u64 {
    *random |= u64::from(*random == 0);
    *random ^= *random >> 12;
    *random ^= *random << 25;
    *random ^= *random >> 27;
    random.wrapping_mul(0x2545_f491_4f6c_dd1d)
}
