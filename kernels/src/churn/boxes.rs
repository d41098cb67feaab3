//! The reference: every object is its own box, made when it is needed and freed when it is not.

use std::sync::Arc;

use super::object::{Checksum, filling};
use super::worker::Worker;
use super::{Iteration, Script};

/// Prepares one iteration of `script`. Slots, and the other thread, are made here, outside the clock.
pub fn boxes(script: &Script) -> Iteration {
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
            let worker = Worker::start(|batch: Vec<Box<[u8]>>, checksum| {
                for object in batch {
                    checksum.object(&object);
                }
            });
            Box::new(move || cross_thread(&sizes, batch, &worker))
        }
    }
}

#[inline(never)]
fn small(steps: &[[u32; 2]], slots: &mut [Option<Box<[u8]>>]) -> u64 {
    let mut checksum = Checksum::default();
    for (step, &[slot, size]) in steps.iter().enumerate() {
        let replaced = slots[slot as usize].replace(object(size, step));
        if let Some(object) = replaced {
            checksum.object(&object);
        }
    }
    for object in slots.iter_mut().filter_map(Option::take) {
        checksum.object(&object);
    }
    checksum.value()
}

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
            *vector = Vec::new();
        }
    }
    for vector in slots.iter_mut().map(std::mem::take) {
        checksum.vector(&vector);
    }
    checksum.value()
}

#[inline(never)]
fn cross_thread(sizes: &[u32], batch: usize, worker: &Worker<Box<[u8]>>) -> u64 {
    for (first, sizes) in (0..).step_by(batch).zip(sizes.chunks(batch)) {
        worker.send(sizes.iter().zip(first..).map(|(&size, step)| object(size, step)).collect());
    }
    worker.checksum()
}

#[inline]
fn object(size: u32, step: usize) -> Box<[u8]> {
    vec![filling(step); size as usize].into_boxed_slice()
}
