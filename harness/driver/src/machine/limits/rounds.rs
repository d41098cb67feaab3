//! The best of many short rounds, by threads that are each on a core of their own: what a neighbour
//! or an interrupt disturbed is not the best, so it does not count.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use rustix::thread::{CpuSet, sched_setaffinity};

/// How often, how long a round should be, and when enough is enough on a busy machine.
#[derive(Clone, Copy)]
pub struct Rounds {
    pub rounds: usize,
    pub each: Duration,
    pub most: Duration,
}

/// Rounds that are taken however long they last.
const FEWEST: usize = 3;

/// One thread's core and what it works on.
pub struct Worker<W> {
    pub core: usize,
    pub on: W,
}

/// The fewest seconds that all workers together took for one repetition of `work`.
pub fn fastest<W: Send>(workers: &mut [Worker<W>], rounds: Rounds, work: impl Fn(&mut W) + Sync) -> f64 {
    let repetitions = repetitions(workers, rounds.each, &work);
    let start =
        Start { all: workers.len(), arrived: AtomicUsize::new(0), end: AtomicUsize::new(rounds.rounds) };
    let times: Vec<Vec<(Instant, Instant)>> = thread::scope(|scope| {
        let threads: Vec<_> = workers
            .iter_mut()
            .enumerate()
            .map(|(index, worker)| {
                let (start, work) = (&start, &work);
                scope.spawn(move || {
                    pin(worker.core);
                    let begun = Instant::now();
                    let mut times = Vec::with_capacity(rounds.rounds);
                    while start.wait_for(times.len()) {
                        let from = Instant::now();
                        for _ in 0..repetitions {
                            work(&mut worker.on);
                        }
                        times.push((from, Instant::now()));
                        if index == 0 && times.len() >= FEWEST && begun.elapsed() > rounds.most {
                            start.end.fetch_min(times.len(), Ordering::AcqRel);
                        }
                    }
                    times
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or_default()).collect()
    });
    let took = |round: usize| {
        let start = times.iter().filter_map(|of| of.get(round)).map(|(start, _)| *start).min()?;
        let end = times.iter().filter_map(|of| of.get(round)).map(|(_, end)| *end).max()?;
        Some((end - start).as_secs_f64())
    };
    let best = (0..rounds.rounds).filter_map(took).fold(f64::INFINITY, f64::min);
    best / repetitions as f64
}

/// Repetitions that last about a round.
fn repetitions<W: Send>(workers: &mut [Worker<W>], each: Duration, work: &(impl Fn(&mut W) + Sync)) -> u32 {
    let Some(worker) = workers.first_mut() else { return 1 };
    thread::scope(|scope| {
        let thread = scope.spawn(|| {
            pin(worker.core);
            let mut repetitions = 1_u32;
            loop {
                let start = Instant::now();
                for _ in 0..repetitions {
                    work(&mut worker.on);
                }
                if start.elapsed() * 2 >= each || repetitions >= 1 << 24 {
                    return repetitions;
                }
                repetitions *= 2;
            }
        });
        thread.join().unwrap_or(1)
    })
}

/// Keeps this thread on one core; where that is not permitted, rounds are noisier.
pub fn pin(core: usize) {
    let mut cores = CpuSet::new();
    cores.set(core);
    let _ = sched_setaffinity(None, &cores);
}

/// Has all begin a round at once, awake: waking a sleeping thread takes longer than a round may err.
struct Start {
    all: usize,
    arrived: AtomicUsize,
    /// The round that is not begun. The first worker sets it before it comes to that round, so all
    /// see it there.
    end: AtomicUsize,
}

impl Start {
    /// Whether there is such a round.
    fn wait_for(&self, round: usize) -> bool {
        self.arrived.fetch_add(1, Ordering::AcqRel);
        while self.arrived.load(Ordering::Acquire) < self.all * (round + 1) {
            // Where threads share a core, the one that is late must have it.
            thread::yield_now();
        }
        round < self.end.load(Ordering::Acquire)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_worker_does_as_many_repetitions_as_the_others() {
        for most in [Duration::ZERO, Duration::from_secs(60)] {
            let mut workers = [0, 0, 0].map(|on| Worker { core: 0, on });
            let rounds = Rounds { rounds: 5, each: Duration::from_micros(20), most };
            let seconds = fastest(&mut workers, rounds, |count: &mut u64| {
                *count += 1;
                // So that each repetition takes time on any clock.
                let start = Instant::now();
                while start.elapsed().is_zero() {
                    std::hint::spin_loop();
                }
            });
            assert!(seconds > 0.0 && seconds.is_finite());
            let [first, second, third] = workers.map(|worker| worker.on);
            assert_eq!(second, third);
            assert!(first > second, "the first one tries how many make a round");
        }
    }
}
