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
mod preparation;
mod profile;
mod simulation;

use serde::{Deserialize, Serialize};

use crate::{Arm, Pressure, closed_set::closed_set};

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
pub use preparation::PreparationSummary;
pub use profile::{AddressSamples, ProfileSummary, Stack};
pub use simulation::Simulation;

closed_set! {
    /// How something is measured.
    pub enum Instrument, "instrument" {
        /// Ratios from trials.
        Time = "time",
        /// criterion's timings.
        Criterion = "criterion",
        /// Peak memory and page faults from the operating system.
        Memory = "memory",
        /// dhat's heap profile.
        Heap = "heap",
        /// The CPU profile behind a flame graph.
        Profile = "profile",
        /// Exact counts by callgrind.
        Instructions = "instructions",
        /// Counters of the processor and the system.
        Counters = "counters",
        /// The machine code of the hottest function.
        Code = "code",
        /// The time until a case is prepared.
        Preparation = "preparation",
    }
}

/// Which commands run an instrument if the user chose none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DefaultChoice {
    /// All.
    Always,
    /// All but `run --quick`: it is slow.
    Unhurried,
    /// None: it must be named.
    Never,
}

impl Instrument {
    /// Which commands run it if the user chose no instruments.
    pub const fn default_choice(self) -> DefaultChoice {
        match self {
            Self::Instructions => DefaultChoice::Unhurried,
            Self::Preparation => DefaultChoice::Never,
            Self::Time
            | Self::Criterion
            | Self::Memory
            | Self::Heap
            | Self::Profile
            | Self::Counters
            | Self::Code => DefaultChoice::Always,
        }
    }

    /// Whether a neighbour would change what it finds: times; switches, shared caches and energy among the
    /// counters.
    pub const fn needs_the_machine_alone(self) -> bool {
        match self {
            Self::Time | Self::Criterion | Self::Counters | Self::Preparation => true,
            Self::Memory | Self::Heap | Self::Profile | Self::Instructions | Self::Code => false,
        }
    }

    /// The instruments that run before it on every arm: those whose findings it uses, or, since counting
    /// instructions is slow, those of which an interrupted run should have all.
    pub const fn after(self) -> &'static [Self] {
        match self {
            Self::Instructions => &[Self::Criterion, Self::Memory, Self::Heap, Self::Profile, Self::Counters],
            Self::Code => &[Self::Profile, Self::Instructions],
            Self::Time
            | Self::Criterion
            | Self::Memory
            | Self::Heap
            | Self::Profile
            | Self::Counters
            | Self::Preparation => &[],
        }
    }
}

/// The result of one instrument on one arm: a line of a record, whose kind is the instrument's name.
/// [`Instrument::Time`] has none, since a trial is of several arms.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Finding {
    /// criterion's timing.
    Criterion {
        /// What was timed.
        arm: Arm,
        /// Raw samples and estimate.
        timing: CriterionTiming,
        /// How busy the machine was.
        pressure: Pressure,
    },
    /// Memory, as the operating system sees it.
    Memory {
        /// What ran.
        arm: Arm,
        /// What it took.
        summary: MemorySummary,
    },
    /// A heap profile.
    Heap {
        /// What was counted.
        arm: Arm,
        /// The totals.
        summary: HeapSummary,
        /// dhat's own file, relative to the run's folder.
        file: String,
    },
    /// A CPU profile.
    Profile {
        /// What was profiled.
        arm: Arm,
        /// Its stacks.
        summary: ProfileSummary,
        /// Folded stacks, relative to the run's folder.
        file: String,
    },
    /// Instructions counted.
    Instructions {
        /// What ran.
        arm: Arm,
        /// What it took.
        summary: InstructionSummary,
        /// callgrind's own file of one repetition, relative to the run's folder.
        file: String,
    },
    /// Counters of the processor and the system.
    Counters {
        /// What ran.
        arm: Arm,
        /// What they said.
        summary: CounterSummary,
    },
    /// The machine code of the hottest function.
    Code {
        /// Whose.
        arm: Arm,
        /// The code.
        summary: CodeSummary,
    },
    /// The time until a case is prepared.
    Preparation {
        /// What was prepared.
        arm: Arm,
        /// How long it took.
        summary: PreparationSummary,
    },
}

impl Finding {
    /// The instrument, and the arm that it was run on.
    pub fn about(&self) -> (Instrument, &Arm) {
        match self {
            Self::Criterion { arm, .. } => (Instrument::Criterion, arm),
            Self::Memory { arm, .. } => (Instrument::Memory, arm),
            Self::Heap { arm, .. } => (Instrument::Heap, arm),
            Self::Profile { arm, .. } => (Instrument::Profile, arm),
            Self::Instructions { arm, .. } => (Instrument::Instructions, arm),
            Self::Counters { arm, .. } => (Instrument::Counters, arm),
            Self::Code { arm, .. } => (Instrument::Code, arm),
            Self::Preparation { arm, .. } => (Instrument::Preparation, arm),
        }
    }
}
