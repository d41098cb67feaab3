//! A prepared variant, and how its iterations are put under the clock.
//!
//! What does not belong to a kernel's work (making its input, resetting what it changed,
//! dropping what it returned) happens in chunks before and after the clock: `load`, `fire`,
//! `unload`. A kernel that needs none of this runs its whole batch in one chunk.

use std::{hint::black_box, mem::needs_drop, sync::Arc, time::Instant};

use crate::{
    clock::{clock, nanoseconds},
    counting::switch_counter,
};

/// When the input of a kernel that changes it is made fresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResetEvery {
    /// Before every iteration: the kernel's work depends on what it finds (sorting).
    Iteration,
    /// Before every sample: repeated iterations do the same work (adding to a running sum).
    Sample,
}

/// A kernel that changes its input in place.
///
/// ```
/// # use duel::{Family, InPlace, ResetEvery};
/// # let family: Family<Vec<u64>, Vec<u64>> = Family::new("sort", "…", duel::exact());
/// family.in_place_reference("std", InPlace {
///     prepare: |data: &Vec<u64>| data.clone(),
///     reset: |data: &Vec<u64>, state: &mut Vec<u64>| state.clone_from(data),
///     run: |state: &mut Vec<u64>| state.sort(),
///     output: |state: &Vec<u64>| state.clone(),
///     reset_every: ResetEvery::Iteration,
/// })
/// # ;
/// ```
#[derive(Clone, Copy, Debug)]
pub struct InPlace<Prepare, Reset, Run, Out> {
    /// Makes the state from the data set; outside the clock.
    pub prepare: Prepare,
    /// Brings a used state back to how `prepare` left it; outside the clock.
    pub reset: Reset,
    /// What is measured.
    pub run: Run,
    /// What is compared with the reference after one run; outside the clock.
    pub output: Out,
    /// When `reset` is called.
    pub reset_every: ResetEvery,
}

/// Iterations of one kernel, whatever its types.
pub trait Prepared {
    /// Before a sample.
    fn begin(&mut self) {}
    /// How many iterations of a batch of `iters` go under one reading of the clock.
    fn chunk(&self, iters: u64) -> u64;
    /// Makes ready for `count` iterations; outside the clock.
    fn load(&mut self, count: u64);
    /// Runs `count` iterations and returns their time.
    fn fire(&mut self, count: u64) -> u64;
    /// Drops what the iterations left; outside the clock.
    fn unload(&mut self) {}
}

/// A prepared kernel whose output can be looked at.
pub(crate) trait Kernel<O>: Prepared {
    /// Runs once from a fresh start.
    fn output(&mut self) -> O;
}

/// The clock round a piece of work, and the switch of what counts. Profiles know the
/// measured part by this frame.
#[inline(never)]
pub(crate) fn clocked(work: impl FnOnce()) -> u64 {
    let start = Instant::now();
    switch_counter();
    work();
    switch_counter();
    nanoseconds(start.elapsed())
}

/// A batch of about 0.4 ms is cut in 256: reading the clock then costs about 2 %, which is
/// subtracted, and the inputs and outputs of a chunk stay in the nearest caches.
fn small_chunk(iters: u64) -> u64 {
    (iters / 256).clamp(1, 64)
}

/// A kernel that returns its output.
pub(crate) struct Returning<K, O> {
    kernel: K,
    outputs: Vec<O>,
}

impl<K, O> Returning<K, O> {
    pub(crate) fn new(kernel: K) -> Self {
        Self { kernel, outputs: Vec::new() }
    }
}

impl<K: FnMut() -> O, O> Prepared for Returning<K, O> {
    fn chunk(&self, iters: u64) -> u64 {
        if needs_drop::<O>() { small_chunk(iters) } else { iters }
    }

    fn load(&mut self, count: u64) {
        if needs_drop::<O>() {
            self.outputs.reserve(usize::try_from(count).unwrap_or(usize::MAX));
        }
    }

    fn fire(&mut self, count: u64) -> u64 {
        if needs_drop::<O>() {
            clocked(|| {
                for _ in 0..count {
                    // The kernel's captures are opaque, so that nothing moves out of the loop.
                    self.outputs.push(black_box(black_box(&mut self.kernel)()));
                }
            })
        } else {
            clocked(|| {
                for _ in 0..count {
                    black_box(black_box(&mut self.kernel)());
                }
            })
        }
    }

    fn unload(&mut self) {
        self.outputs.clear();
    }
}

impl<K: FnMut() -> O, O> Kernel<O> for Returning<K, O> {
    fn output(&mut self) -> O {
        (self.kernel)()
    }
}

/// A kernel that changes its input.
pub(crate) struct Changing<D, S, P, R, F, G> {
    data: Arc<D>,
    states: Vec<S>,
    parts: Arc<InPlace<P, R, F, G>>,
}

impl<D, S, P: Fn(&D) -> S, R, F, G> Changing<D, S, P, R, F, G> {
    pub(crate) fn new(data: Arc<D>, parts: Arc<InPlace<P, R, F, G>>) -> Self {
        let states = vec![(parts.prepare)(&data)];
        Self { data, states, parts }
    }
}

impl<D, S, P, R, F, G> Prepared for Changing<D, S, P, R, F, G>
where
    P: Fn(&D) -> S,
    R: Fn(&D, &mut S),
    F: Fn(&mut S),
{
    fn begin(&mut self) {
        if self.parts.reset_every == ResetEvery::Sample {
            (self.parts.reset)(&self.data, &mut self.states[0]);
        }
    }

    fn chunk(&self, iters: u64) -> u64 {
        match self.parts.reset_every {
            ResetEvery::Iteration => small_chunk(iters),
            ResetEvery::Sample => iters,
        }
    }

    fn load(&mut self, count: u64) {
        if self.parts.reset_every == ResetEvery::Iteration {
            let count = usize::try_from(count).unwrap_or(usize::MAX);
            while self.states.len() < count {
                self.states.push((self.parts.prepare)(&self.data));
            }
            for state in &mut self.states[..count] {
                (self.parts.reset)(&self.data, state);
            }
        }
    }

    fn fire(&mut self, count: u64) -> u64 {
        let run = &self.parts.run;
        match self.parts.reset_every {
            ResetEvery::Iteration => {
                let states = &mut self.states[..count as usize];
                clocked(|| {
                    for state in states {
                        run(black_box(state));
                    }
                })
            }
            ResetEvery::Sample => {
                let state = &mut self.states[0];
                clocked(|| {
                    for _ in 0..count {
                        run(black_box(state));
                    }
                    black_box(state);
                })
            }
        }
    }
}

impl<D, S, O, P, R, F, G> Kernel<O> for Changing<D, S, P, R, F, G>
where
    P: Fn(&D) -> S,
    R: Fn(&D, &mut S),
    F: Fn(&mut S),
    G: Fn(&S) -> O,
{
    fn output(&mut self) -> O {
        let state = &mut self.states[0];
        (self.parts.reset)(&self.data, state);
        (self.parts.run)(state);
        (self.parts.output)(state)
    }
}

/// Runs `iters` iterations in chunks and returns their time, the clock's own cost taken off.
fn batch(kernel: &mut dyn Prepared, iters: u64) -> u64 {
    let clock_cost_ns = clock().cost_ns;
    let chunk = kernel.chunk(iters).max(1);
    let mut left = iters;
    let mut time_ns = 0;
    while left > 0 {
        let count = chunk.min(left);
        kernel.load(count);
        time_ns += kernel.fire(count).saturating_sub(clock_cost_ns);
        kernel.unload();
        left -= count;
    }
    time_ns
}

/// One sample: `warm_iters` untimed iterations, then the time of `iters`.
pub(crate) fn sample(kernel: &mut dyn Prepared, warm_iters: u64, iters: u64) -> u64 {
    kernel.begin();
    batch(kernel, warm_iters);
    batch(kernel, iters)
}

/// How many iterations last about `target_ns`, and what one takes.
///
/// Doubles the batch until it lasts half the target every time, so that a moment in which
/// something else had the core does not pass for slowness. Most batches of several milliseconds have
/// such a moment on a busy machine, so they are tried more often. A slow kernel runs only twice.
pub(crate) fn calibrate(kernel: &mut dyn Prepared, target_ns: u64) -> (u64, f64) {
    sample(kernel, 0, 1);
    calibrate_warm(kernel, target_ns)
}

/// The same of a kernel that has run once.
pub(crate) fn calibrate_warm(kernel: &mut dyn Prepared, target_ns: u64) -> (u64, f64) {
    const MOST_ITERS: u64 = 1 << 40;
    const LONGER_THAN_ANY_PAUSE_NS: u64 = 50_000_000;
    const AS_LONG_AS_A_PAUSE_NS: u64 = 2_000_000;
    let more_tries = if target_ns < AS_LONG_AS_A_PAUSE_NS { 3 } else { 9 };
    let mut iters = 1_u64;
    loop {
        let mut time_ns = sample(kernel, 0, iters);
        for _ in 0..more_tries {
            if time_ns.saturating_mul(2) < target_ns || time_ns > LONGER_THAN_ANY_PAUSE_NS {
                break;
            }
            time_ns = time_ns.min(sample(kernel, 0, iters));
        }
        if time_ns.saturating_mul(2) >= target_ns || iters >= MOST_ITERS {
            let ns_per_iter = time_ns as f64 / iters as f64;
            let wished = if ns_per_iter > 0.0 { target_ns as f64 / ns_per_iter } else { iters as f64 };
            return ((wished.round() as u64).clamp(1, MOST_ITERS), ns_per_iter);
        }
        iters *= 2;
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn every_iteration_of_a_sample_runs_once() {
        let calls = Cell::new(0);
        let mut kernel = Returning::new(|| calls.set(calls.get() + 1));
        sample(&mut kernel, 3, 10);
        assert_eq!(calls.get(), 13);
    }

    #[test]
    fn outputs_are_dropped_between_chunks_and_never_leak() {
        let alive = Arc::new(());
        let mut kernel = Returning::new({
            let alive = Arc::clone(&alive);
            move || Arc::clone(&alive)
        });
        sample(&mut kernel, 0, 10_000);
        assert_eq!(Arc::strong_count(&alive), 2);
    }

    #[test]
    fn an_input_changed_in_place_is_fresh_for_every_iteration() {
        let parts = InPlace {
            prepare: |data: &Vec<u8>| data.clone(),
            reset: |data: &Vec<u8>, state: &mut Vec<u8>| state.clone_from(data),
            run: |state: &mut Vec<u8>| {
                assert_eq!(state.len(), 3, "a used state came back");
                state.push(0);
            },
            output: |state: &Vec<u8>| state.len(),
            reset_every: ResetEvery::Iteration,
        };
        let mut kernel = Changing::new(Arc::new(vec![1_u8, 2, 3]), Arc::new(parts));
        sample(&mut kernel, 5, 20_000);
        assert_eq!(kernel.output(), 4);
        assert_eq!(kernel.output(), 4);
    }

    #[test]
    fn a_state_reset_per_sample_carries_over_its_iterations() {
        let parts = InPlace {
            prepare: |start: &u64| *start,
            reset: |start: &u64, state: &mut u64| *state = *start,
            run: |state: &mut u64| *state += 1,
            output: |state: &u64| *state,
            reset_every: ResetEvery::Sample,
        };
        let mut kernel = Changing::new(Arc::new(5), Arc::new(parts));
        sample(&mut kernel, 1, 10);
        assert_eq!(kernel.states[0], 16);
        sample(&mut kernel, 0, 1);
        assert_eq!(kernel.states[0], 6);
    }

    /// A kernel of 100 ns that loses the core for 5 ms in every fifth batch.
    struct Interrupted {
        batches: u64,
    }

    impl Prepared for Interrupted {
        fn chunk(&self, iters: u64) -> u64 {
            iters
        }

        fn load(&mut self, _: u64) {}

        fn fire(&mut self, count: u64) -> u64 {
            self.batches += 1;
            let pause_ns = if self.batches % 5 == 3 { 5_000_000 } else { 0 };
            clock().cost_ns + count * 100 + pause_ns
        }
    }

    /// A kernel that takes this many nanoseconds, whatever the clock says.
    struct Paced(u64);

    impl Prepared for Paced {
        fn chunk(&self, iters: u64) -> u64 {
            iters
        }

        fn load(&mut self, _: u64) {}

        fn fire(&mut self, count: u64) -> u64 {
            clock().cost_ns + count * self.0
        }
    }

    #[test]
    fn a_pause_during_calibration_does_not_pass_for_slowness() {
        for batches in 0..5 {
            let (iters, ns_per_iter) = calibrate(&mut Interrupted { batches }, 400_000);
            assert_eq!((iters, ns_per_iter), (4_000, 100.0), "first paused in batch {batches}");
        }
    }

    #[test]
    fn calibration_finds_more_iterations_for_a_longer_target() {
        let found = [10_000, 10_000_000].map(|target_ns| calibrate(&mut Paced(100), target_ns));
        assert_eq!(found, [(100, 100.0), (100_000, 100.0)]);
    }

    #[test]
    fn a_kernel_slower_than_the_target_has_one_iteration() {
        assert_eq!(calibrate(&mut Paced(3_000_000), 400_000), (1, 3e6));
    }
}
