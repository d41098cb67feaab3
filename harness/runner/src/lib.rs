//! The library that a crate's bench target depends on: families of interchangeable variants,
//! workloads, and the runner that `cargo duel` talks to.
//!
//! ```no_run
//! // benches/sums.rs, with `harness = false` in Cargo.toml
//! use duel::{Family, Work};
//!
//! fn sum() -> Family<Vec<u64>, u64> {
//!     Family::<Vec<u64>, u64>::new("sum", "How is a slice of integers summed fastest?", duel::exact())
//!         .workload("counting", &[("l1", 1_000), ("l2", 50_000)], |size, seed| {
//!             (0..size as u64).map(|i| i ^ seed).collect()
//!         })
//!         .work(|data| Work { elements: data.len() as u64, bytes: 8 * data.len() as u64, flops: 0 })
//!         .reference("loop", |data| {
//!             move || {
//!                 let mut total = 0_u64;
//!                 for value in data.iter() {
//!                     total = total.wrapping_add(*value);
//!                 }
//!                 total
//!             }
//!         })
//!         .variant("fold", |data| move || data.iter().fold(0_u64, |a, b| a.wrapping_add(*b)))
//! }
//!
//! duel::main!(sum());
//! ```
//!
//! A variant *prepares* from the data set and returns what is measured. Preparation, the
//! resetting of inputs that a kernel changes ([`InPlace`]) and the dropping of outputs stay
//! outside the clock. Families are typed for their author and erased behind [`main!`].

#[cfg(test)]
extern crate self as duel; // the path that derived code names

mod allocator;
mod bench;
mod check;
mod clock;
mod content;
mod counting;
mod cpu;
mod early_exit;
mod erased;
mod family;
mod instruments;
mod kernel;
mod output;
mod recorder;
mod serve;
mod threads;
mod valgrind;

pub use allocator::Switch;
pub use check::{Check, checked_by, equal, exact, within_absolute, within_relative};
pub use content::{Content, ContentHash};
pub use duel_derive::{Content, Output};
pub use duel_record::protocol::Work;
pub use erased::{AnyFamily, IntoFamilies};
pub use family::Family;
pub use kernel::{InPlace, ResetEvery};
pub use output::{Difference, Output, Tolerance};
pub use threads::threads;

use std::process::ExitCode;

/// The README's example must compile.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;

/// So must the examples of the page on a user's own crate.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/your-crate.md")]
struct YourCrate;

/// Makes a bench target a runner: `duel::main!(family_a(), family_b());`.
///
/// Takes any number of [`Family`] values, or vectors of boxed ones. Sets the global allocator
/// to [`Switch`], so the crate must not set one itself.
#[macro_export]
macro_rules! main {
    ($($family:expr),+ $(,)?) => {
        #[global_allocator]
        static DUEL_ALLOCATOR: $crate::Switch = $crate::Switch;

        fn main() -> ::std::process::ExitCode {
            // Compiled into this crate, so that the runner itself says what it was built from.
            $crate::run_built_from(::core::option_env!("CARGO_DUEL_TREE"), || {
                let mut families = ::std::vec::Vec::new();
                $(families.extend($crate::IntoFamilies::into_families($family));)+
                families
            })
        }
    };
}

/// The marker by which the driver knows a runner without running it. Not `#[used]`: a program that links
/// this library and is no runner must not have it.
static MARKER: [u8; 32] = duel_record::protocol::marker(duel_record::protocol::MASKED_MARKER);

/// What [`main!`] calls: speaks the protocol where the driver asks for it, and otherwise
/// answers `cargo bench`, `cargo test` and `cargo nextest` as any criterion bench does.
pub fn run(families: impl FnOnce() -> Vec<Box<dyn AnyFamily>>) -> ExitCode {
    run_built_from(None, families)
}

/// The same for a runner that was built from a snapshot with this git tree, which it tells the driver.
#[doc(hidden)]
pub fn run_built_from(
    tree: Option<&'static str>,
    families: impl FnOnce() -> Vec<Box<dyn AnyFamily>>,
) -> ExitCode {
    // Referenced here, so that no linker drops it from a runner.
    std::hint::black_box(&MARKER);
    if std::env::args().nth(1).as_deref() == Some(duel_record::protocol::ARGUMENT) {
        // Opaque, so that the name stays in one piece in the executable.
        serve::serve(std::hint::black_box(tree), families)
    } else {
        let families = {
            let _running = early_exit::UsersCode::begins("the making of the families");
            families()
        };
        bench::bench(&families)
    }
}
