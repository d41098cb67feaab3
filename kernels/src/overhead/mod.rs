//! Overhead: what does measuring itself cost?
//!
//! Why: a figure means something only above the floor that the harness itself sets. Each variant
//! does nothing, in one of the ways in which a kernel can be written.

use duel::{Family, InPlace, ResetEvery};

/// The family.
pub fn family() -> Family<(), ()> {
    let nothing = |_: &(), _: &mut u64| {};
    Family::new("overhead", "What does measuring an empty kernel cost?", duel::exact())
        .workload("nothing", &[("one", 1)], |_, _| ())
        .reference("empty", |_| || ())
        .in_place(
            "in_place",
            InPlace {
                prepare: |_: &()| 0_u64,
                reset: nothing,
                run: |_: &mut u64| {},
                output: |_: &u64| (),
                reset_every: ResetEvery::Sample,
            },
        )
        .in_place(
            "in_place_reset",
            InPlace {
                prepare: |_: &()| 0_u64,
                reset: nothing,
                run: |_: &mut u64| {},
                output: |_: &u64| (),
                reset_every: ResetEvery::Iteration,
            },
        )
}
