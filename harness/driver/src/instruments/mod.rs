//! The instruments that run on one arm at a time, each in a process of its own: one file or folder an
//! instrument, and the table of them.

mod code;
mod counters;
mod criterion;
mod heap;
mod instructions;
mod measurer;
mod memory;
mod preparation;
mod profile;

pub use instructions::count_in_processes;
pub use measurer::{Job, Machine, Measurer, NoFinding, Ready, Tool};

use std::time::Duration;

use duel_record::Instrument;

use crate::measure::Bench;

/// The measurer of an instrument; `None` for the time, which trials find of several arms together.
pub fn measurer(instrument: Instrument) -> Option<&'static dyn Measurer> {
    Some(match instrument {
        Instrument::Time => return None,
        Instrument::Criterion => &criterion::Criterion,
        Instrument::Memory => &memory::Memory,
        Instrument::Heap => &heap::Heap,
        Instrument::Profile => &profile::Profile,
        Instrument::Instructions => &instructions::Instructions,
        Instrument::Counters => &counters::Counters,
        Instrument::Code => &code::Code,
        Instrument::Preparation => &preparation::Preparation,
    })
}

/// About how long an instrument takes for one arm, where others may run beside it.
pub fn expected(instrument: Instrument, bench: &Bench<'_>) -> Duration {
    let Some(measurer) = measurer(instrument) else { return Duration::ZERO };
    let alone = Duration::from_millis(30) + measurer.expected(&bench.effort);
    if instrument.needs_the_machine_alone() {
        alone
    } else {
        alone / u32::try_from(bench.workers()).unwrap_or(1)
    }
}
