//! What processor and system count: the closed set of counters, with the names that they have on disk and
//! for people.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A counter of the processor or the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Counter {
    /// Time on any core.
    TaskClock,
    /// Pages that were brought in or mapped.
    PageFaults,
    /// Switches to another thread.
    ContextSwitches,
    /// Moves to another core.
    CpuMigrations,
    /// Cycles of the core.
    Cycles,
    /// Instructions that were retired.
    Instructions,
    /// Branches that were retired.
    Branches,
    /// Branches that were predicted wrongly.
    BranchMisses,
    /// Reads of the first-level data cache.
    L1dReads,
    /// Reads that the first-level data cache did not have.
    L1dMisses,
    /// Reads of the last-level cache.
    LlcReads,
    /// Reads that no cache had.
    LlcMisses,
    /// Reads whose address the data TLB did not have.
    DtlbMisses,
    /// The energy of the whole processor, from the file system.
    PackageEnergy,
}

/// What a counter counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CounterUnit {
    /// Events.
    Number,
    /// Nanoseconds.
    Nanoseconds,
    /// Joules.
    Joules,
}

impl CounterUnit {
    /// As a record has it: `ns`, `J`, or nothing for a plain number.
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Number => "",
            Self::Nanoseconds => "ns",
            Self::Joules => "J",
        }
    }
}

impl Counter {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 14] = [
        Self::TaskClock,
        Self::PageFaults,
        Self::ContextSwitches,
        Self::CpuMigrations,
        Self::Cycles,
        Self::Instructions,
        Self::Branches,
        Self::BranchMisses,
        Self::L1dReads,
        Self::L1dMisses,
        Self::LlcReads,
        Self::LlcMisses,
        Self::DtlbMisses,
        Self::PackageEnergy,
    ];

    /// The misses, each of which stalls the processor.
    pub const MISSES: [Self; 4] = [Self::BranchMisses, Self::L1dMisses, Self::LlcMisses, Self::DtlbMisses];

    /// Its name on disk and in tables, as perf's users know it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TaskClock => "task clock",
            Self::PageFaults => "page faults",
            Self::ContextSwitches => "context switches",
            Self::CpuMigrations => "CPU migrations",
            Self::Cycles => "cycles",
            Self::Instructions => "instructions",
            Self::Branches => "branches",
            Self::BranchMisses => "branch misses",
            Self::L1dReads => "L1d reads",
            Self::L1dMisses => "L1d misses",
            Self::LlcReads => "LLC reads",
            Self::LlcMisses => "LLC misses",
            Self::DtlbMisses => "dTLB misses",
            Self::PackageEnergy => "package energy",
        }
    }

    /// The same without abbreviations, for a sentence.
    pub const fn words(self) -> &'static str {
        match self {
            Self::L1dReads => "first-level cache reads",
            Self::L1dMisses => "first-level cache misses",
            Self::LlcReads => "last-level cache reads",
            Self::LlcMisses => "last-level cache misses",
            Self::DtlbMisses => "data TLB misses",
            other => other.name(),
        }
    }

    /// What it counts in.
    pub const fn unit(self) -> CounterUnit {
        match self {
            Self::TaskClock => CounterUnit::Nanoseconds,
            Self::PackageEnergy => CounterUnit::Joules,
            _ => CounterUnit::Number,
        }
    }
}

impl fmt::Display for Counter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that no counter has.
#[derive(Debug, thiserror::Error)]
#[error(
    "unknown counter \"{name}\": expected {}; a newer version of cargo-duel may know it",
    Counter::ALL.map(Counter::name).join(", ")
)]
pub struct UnknownCounter {
    /// The name.
    pub name: String,
}

impl FromStr for Counter {
    type Err = UnknownCounter;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|counter| counter.name() == name)
            .ok_or_else(|| UnknownCounter { name: name.to_owned() })
    }
}

impl TryFrom<String> for Counter {
    type Error = UnknownCounter;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        name.parse()
    }
}

impl From<Counter> for String {
    fn from(counter: Counter) -> Self {
        counter.name().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_counter_is_read_by_the_name_that_it_is_written_by() {
        for counter in Counter::ALL {
            let json = serde_json::to_string(&counter).unwrap();
            assert_eq!(json, format!("{:?}", counter.name()));
            assert_eq!(serde_json::from_str::<Counter>(&json).unwrap(), counter);
        }
    }

    /// Names of records that were written before the set was closed.
    #[test]
    fn names_on_disk_do_not_change() {
        let names = Counter::ALL.map(Counter::name).join(",");
        assert_eq!(
            names,
            "task clock,page faults,context switches,CPU migrations,cycles,instructions,branches,branch misses,\
             L1d reads,L1d misses,LLC reads,LLC misses,dTLB misses,package energy"
        );
    }

    #[test]
    fn another_name_is_refused_with_the_names_that_there_are() {
        let error = serde_json::from_str::<Counter>("\"cache misses\"").unwrap_err().to_string();
        assert!(error.contains("\"cache misses\"") && error.contains("LLC misses"), "{error}");
    }
}
