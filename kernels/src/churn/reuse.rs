//! Using again: what is done with goes to a pool, and the allocator is asked only where the pool is empty.
//!
//! Why: it is what programs do about a slow allocator, so it says how much a faster one can save. The pool lives for
//! one iteration, and filling it is part of the work.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};

use super::object::Checksum;
use super::pool::Pool;
use super::worker::Worker;
use super::{Iteration, Script};

/// Prepares one iteration of `script`. Slots, and the other thread, are made here, outside the clock.
pub fn reuse(script: &Script) -> Iteration {
    match script {
        Script::Small { window, steps } => {
            let (steps, mut slots) = (Arc::clone(steps), vec![None; *window]);
            Box::new(move || small(&steps, &mut slots))
        }
        Script::Growing { slots, steps } => {
            let (steps, mut slots) = (Arc::clone(steps), vec![Vec::new(); *slots]);
            Box::new(move || growing(&steps, &mut slots))
        }
        Script::CrossThread { batch, sizes } => {
            let (sizes, batch) = (Arc::clone(sizes), *batch);
            // Room for every batch there can be: a worker that waited here would wait for a maker that waits for it.
            let (back, returned) = sync_channel(sizes.len().div_ceil(batch).max(1));
            let worker = Worker::start(move |batch: Vec<Vec<u8>>, checksum: &mut Checksum| {
                for object in &batch {
                    checksum.object(object);
                }
                // An error means that the maker is gone; then the batch is freed here.
                let _ = back.send(batch);
            });
            Box::new(move || cross_thread(&sizes, batch, &worker, &returned))
        }
    }
}

#[inline(never)]
fn small(steps: &[[u32; 2]], slots: &mut [Option<Vec<u8>>]) -> u64 {
    let mut checksum = Checksum::default();
    let mut pool = Pool::default();
    for (step, &[slot, size]) in steps.iter().enumerate() {
        let replaced = slots[slot as usize].replace(pool.take(size, step));
        if let Some(object) = replaced {
            checksum.object(&object);
            pool.give(object);
        }
    }
    for object in slots.iter_mut().filter_map(Option::take) {
        checksum.object(&object);
    }
    checksum.value()
}

/// A vector that ended is emptied and grows again in the room it has.
#[inline(never)]
fn growing(steps: &[[u32; 3]], slots: &mut [Vec<u64>]) -> u64 {
    let mut checksum = Checksum::default();
    let mut element = 0;
    for &[slot, pushes, ends] in steps {
        let vector = &mut slots[slot as usize];
        for _ in 0..pushes {
            vector.push(element);
            element += 1;
        }
        if ends == 1 {
            checksum.vector(vector);
            vector.clear();
        }
    }
    for vector in slots.iter_mut().map(std::mem::take) {
        checksum.vector(&vector);
    }
    checksum.value()
}

/// The other thread hands batches back, so the thread that made an object also frees it.
#[inline(never)]
fn cross_thread(
    sizes: &[u32],
    batch: usize,
    worker: &Worker<Vec<u8>>,
    returned: &Receiver<Vec<Vec<u8>>>,
) -> u64 {
    let mut pool = Pool::default();
    for (first, sizes) in (0..).step_by(batch).zip(sizes.chunks(batch)) {
        let mut objects = returned.try_recv().unwrap_or_default();
        for object in objects.drain(..) {
            pool.give(object);
        }
        objects.extend(sizes.iter().zip(first..).map(|(&size, step)| pool.take(size, step)));
        worker.send(objects);
    }
    let checksum = worker.checksum();
    // The last batches come back before the checksum does.
    returned.try_iter().for_each(drop);
    checksum
}
