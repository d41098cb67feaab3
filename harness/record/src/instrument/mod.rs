//! The instruments, and what each found for one case.

mod code;
mod counter;
mod counter_events;
mod counters;
mod criterion;
mod folding;
mod heap;
mod instructions;
mod memory;
mod profile;
mod simulation;

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

pub use code::{
    CodeCall, CodeInstruction, CodeLoop, CodePlace, CodeSummary, InlinedFunction, VectorShares, Weight,
};
pub use counter::{Counter, CounterUnit, UnknownCounter};
pub use counter_events::{
    COUNTER_EVENTS, CounterEvent, CounterGroup, PerfFacts, RefusedTogether, by_reason, energy_zones,
};
pub use counters::{Count, CounterSummary, Refused};
pub use criterion::CriterionTiming;
pub use folding::{Folding, LOST_CALLERS, Sampled, Share};
pub use heap::{HeapSite, HeapSummary, LivePoint, SizeClass};
pub use instructions::{
    AddressInstructions, FunctionInstructions, InstructionSummary, LineInstructions, ProcessCounts,
    SimulatedEvents,
};
pub use memory::{AllocatorStatistic, MemorySummary};
pub use profile::{AddressSamples, ProfileSummary, Stack};
pub use simulation::{Simulation, UnknownSimulation};

/// How something is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Instrument {
    /// Ratios from trials.
    Time,
    /// criterion's timings.
    Criterion,
    /// Peak memory and page faults from the operating system.
    Memory,
    /// dhat's heap profile.
    Heap,
    /// The CPU profile behind a flame graph.
    Profile,
    /// Exact counts by callgrind.
    Instructions,
    /// Counters of the processor and the system.
    Counters,
    /// The machine code of the hottest function.
    Code,
}

impl Instrument {
    /// All of them, in the order in which they are named.
    pub const ALL: [Self; 8] = [
        Self::Time,
        Self::Criterion,
        Self::Memory,
        Self::Heap,
        Self::Profile,
        Self::Instructions,
        Self::Counters,
        Self::Code,
    ];
}

impl fmt::Display for Instrument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Time => "time",
            Self::Criterion => "criterion",
            Self::Memory => "memory",
            Self::Heap => "heap",
            Self::Profile => "profile",
            Self::Instructions => "instructions",
            Self::Counters => "counters",
            Self::Code => "code",
        })
    }
}

/// A name that is no instrument.
#[derive(Debug, thiserror::Error)]
#[error(
    "unknown instrument \"{0}\": expected time, criterion, memory, heap, profile, instructions, counters or code"
)]
pub struct UnknownInstrument(pub String);

impl FromStr for Instrument {
    type Err = UnknownInstrument;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|instrument| instrument.to_string() == name)
            .ok_or_else(|| UnknownInstrument(name.to_owned()))
    }
}
