//! The measuring itself: every level of the memory and every width of register, on one core and on
//! all of them.

use std::{hint::black_box, thread, time::Duration};

use duel_record::{Bandwidth, Peak};
use serde::{Deserialize, Serialize};

use super::{
    bandwidth::{self, Stream},
    buffer::Buffer,
    levels::{self, CacheLevel},
    peak,
    rounds::{Rounds, Worker, fastest, pin},
};

/// What was measured.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Found {
    pub bandwidths: Vec<Bandwidth>,
    pub peaks: Vec<Peak>,
}

/// In caches: many rounds, each longer than an interrupt.
const IN_CACHE: Rounds = rounds(24);
/// Enough to walk what is in memory once or more.
const IN_MEMORY: Rounds = rounds(150);
/// Longer in all than a CPU takes to let wide registers run at full speed.
const PEAK: Rounds = rounds(20);

/// Short, so that a neighbour spoils some and not all.
const fn rounds(rounds: usize) -> Rounds {
    Rounds { rounds, each: Duration::from_millis(2), most: Duration::from_millis(400) }
}

/// What is farther away than the second cache is walked in pieces of a number of elements of each array:
/// a round is one or more, and the whole has been walked before the same one comes again.
const PIECE_ELEMENTS: usize = 1 << 19;
/// Steps between two looks at the repetitions.
const PEAK_STEPS: u64 = 4_096;

/// Measures everything.
pub fn measure() -> Found {
    let cores = cores();
    let mut found = Found { bandwidths: bandwidths(&cores), peaks: Vec::new() };
    for threads in counts(cores.len()) {
        found.peaks.extend(peaks(&cores[..threads]));
    }
    found
}

/// One thread, and as many as there are cores.
fn counts(cores: usize) -> Vec<usize> {
    if cores > 1 { vec![1, cores] } else { vec![1] }
}

/// The cores that this process may run on.
fn cores() -> Vec<usize> {
    let most = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let allowed = rustix::thread::sched_getaffinity(None);
    let mut cores: Vec<usize> = allowed.map_or_else(
        |_| (0..most).collect(),
        |set| (0..rustix::thread::CpuSet::MAX_CPU).filter(|core| set.is_set(*core)).collect(),
    );
    // A group's quota may be less than the cores that it may use.
    cores.truncate(most);
    if cores.is_empty() { vec![0] } else { cores }
}

fn bandwidths(cores: &[usize]) -> Vec<Bandwidth> {
    let caches = levels::caches_of(cores[0]);
    let threads = cores.len() as u64;
    let memory = levels::memory_working_set_bytes(&caches, threads, levels::free_bytes());
    let spared = levels::free_bytes().map_or(1 << 30, |free| free / 4) / threads;
    let in_caches = caches.iter().map(CacheLevel::working_set_bytes).max().unwrap_or(0).min(spared);
    let each = memory.map_or(0, |bytes| bytes / threads).max(in_caches);
    let mut buffers: Vec<Buffer> = cores.iter().map(|_| Buffer::new(each)).collect();
    thread::scope(|scope| {
        for (buffer, core) in buffers.iter_mut().zip(cores) {
            scope.spawn(|| {
                pin(*core);
                buffer.touch();
            });
        }
    });
    let mut found = Vec::new();
    for cache in &caches {
        let bytes = cache.working_set_bytes();
        if bytes > in_caches {
            continue;
        }
        for threads in counts(cores.len()) {
            let mut workers = workers(cores, &mut buffers[..threads], 1, bytes);
            let of = |stream: &Stream, bytes_per_s| Bandwidth {
                level: cache.name.clone(),
                level_bytes: Some(cache.bytes_of(threads as u64)),
                working_set_bytes: bytes,
                threads: threads as u32,
                mix: stream.mix.to_owned(),
                bytes_per_s,
            };
            found.extend(streamed(&mut workers, IN_CACHE, of));
        }
    }
    for threads in memory.map_or_else(Vec::new, |_| counts(cores.len())) {
        // One thread alone walks what all of them have, so that no cache holds it.
        let buffers_each = buffers.len() / threads;
        let mut workers = workers(cores, &mut buffers, buffers_each, each);
        let of = |stream: &Stream, bytes_per_s| Bandwidth {
            level: "memory".to_owned(),
            level_bytes: None,
            working_set_bytes: each * buffers_each as u64,
            threads: threads as u32,
            mix: stream.mix.to_owned(),
            bytes_per_s,
        };
        found.extend(streamed(&mut workers, IN_MEMORY, of));
    }
    found
}

/// What one thread walks: pieces of pairs of arrays, one after the other, round and round.
struct Walk<'a> {
    pieces: Vec<(&'a mut [f64], &'a [f64])>,
    next: usize,
}

impl Walk<'_> {
    fn step(&mut self, pass: fn(&mut [f64], &[f64]) -> f64) {
        let count = self.pieces.len();
        let Some((a, b)) = self.pieces.get_mut(self.next) else { return };
        black_box(pass(black_box(a), black_box(b)));
        self.next = (self.next + 1) % count;
    }
}

fn workers<'a>(
    cores: &[usize],
    buffers: &'a mut [Buffer],
    buffers_each: usize,
    bytes: u64,
) -> Vec<Worker<Walk<'a>>> {
    let walk = |of: &'a mut [Buffer]| {
        let arrays = of.iter_mut().map(|buffer| buffer.arrays(bytes));
        // Whole pieces only: a shorter one would be the fastest.
        let pieces = arrays.flat_map(|(a, b)| {
            let elements = b.len().clamp(1, PIECE_ELEMENTS);
            a.chunks_exact_mut(elements).zip(b.chunks_exact(elements))
        });
        Walk { pieces: pieces.collect(), next: 0 }
    };
    let shares = buffers.chunks_mut(buffers_each);
    cores.iter().zip(shares).map(|(core, of)| Worker { core: *core, on: walk(of) }).collect()
}

/// Both mixes over the same arrays.
fn streamed(
    workers: &mut [Worker<Walk<'_>>],
    rounds: Rounds,
    of: impl Fn(&Stream, f64) -> Bandwidth,
) -> Vec<Bandwidth> {
    let piece = |worker: &Worker<Walk<'_>>| worker.on.pieces.first().map_or(0, |(_, b)| b.len());
    let elements: usize = workers.iter().map(piece).sum();
    let measured = bandwidth::streams().into_iter().map(|stream| {
        let seconds = fastest(workers, rounds, |walk| walk.step(stream.pass));
        of(&stream, (elements as u64 * stream.bytes_per_element) as f64 / seconds)
    });
    measured.collect()
}

fn peaks(cores: &[usize]) -> Vec<Peak> {
    let of = |arithmetic: peak::Arithmetic| {
        let mut workers: Vec<_> = cores.iter().map(|core| Worker { core: *core, on: () }).collect();
        let seconds = fastest(&mut workers, PEAK, |()| {
            // Chains that come to rest at 2: neither endless nor too small to be quick.
            black_box((arithmetic.run)(PEAK_STEPS, black_box(0.5), black_box(1.0)));
        });
        let flops = cores.len() as u64 * PEAK_STEPS * arithmetic.flops_per_step();
        Peak {
            precision_bits: arithmetic.precision_bits,
            register_bits: arithmetic.register_bits,
            threads: cores.len() as u32,
            flops_per_s: flops as f64 / seconds,
        }
    };
    peak::all().into_iter().filter(|arithmetic| arithmetic.runs_here).map(of).collect()
}
