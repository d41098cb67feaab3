//! Churn: what do objects cost that come and go?
//!
//! Why: here the allocator is the factor. The same script of requests runs on every allocator, and the second variant
//! shows what is left to gain for a program that keeps what it would have freed and uses it again.
//!
//! An iteration starts with nothing allocated and ends when all is freed, whoever frees it. All variants run on the
//! one core that they are pinned to, the two threads of `cross_thread` too: what is compared is how an allocator takes
//! back what another thread made, not how fast cache lines travel.

mod boxes;
mod object;
mod pool;
mod reuse;
mod script;
#[cfg(test)]
mod tests;
mod worker;

use std::sync::Arc;

use duel::{Family, exact};

pub use script::Script;

/// What is measured: one iteration of a script, returning the checksum of all that was freed.
pub type Iteration = Box<dyn FnMut() -> u64>;

/// A variant: its name, and what prepares it.
type Row = (&'static str, fn(&Script) -> Iteration);

/// The family's table; the first row is the reference.
const ROWS: &[Row] = &[("boxes", boxes::boxes), ("reuse", reuse::reuse)];

/// The family. Sizes count objects alive at a time, or elements in growing vectors: about 16 KiB, 0.5 MiB, and 32 MiB.
pub fn family() -> Family<Script, u64> {
    let question = "What do objects cost that come and go, and what would using them again save?";
    let family = Family::new("churn", question, exact())
        .workload("small", &[("l1", 256), ("l2", 8_192), ("memory", 1 << 19)], Script::small)
        .workload("growing", &[("l1", 2_048), ("l2", 1 << 16), ("memory", 1 << 23)], Script::growing)
        .workload("cross_thread", &[("l1", 256), ("l2", 8_192), ("memory", 1 << 19)], Script::cross_thread)
        .work(Script::work)
        .compare_allocators();
    ROWS.iter().enumerate().fold(family, |family, (row, &(name, prepare))| {
        let prepare = move |script: Arc<Script>| prepare(&script);
        if row == 0 { family.reference(name, prepare) } else { family.variant(name, prepare) }
    })
}

/// One iteration of the reference over the workload and size that the name says.
pub(crate) fn boxes_on_small_l2(seed: u64) -> crate::iteration::Iteration {
    let mut iteration = boxes::boxes(&Script::small(8_192, seed));
    Box::new(move || _ = std::hint::black_box(iteration()))
}
