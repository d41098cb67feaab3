//! What a process that ran one case took of the machine's memory.

use serde::{Deserialize, Serialize};

/// What the operating system says of a process that ran only this case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemorySummary {
    /// Iterations that ran.
    pub iters: u64,
    /// Largest resident set of the whole process.
    pub peak_resident_bytes: u64,
    /// Largest resident set before the data set was made: runtime and allocator alone.
    pub start_resident_bytes: u64,
    /// Largest resident set when the case was prepared, before the first iteration.
    pub prepared_resident_bytes: u64,
    /// Page faults while iterating that needed no disk.
    pub minor_faults: u64,
    /// Page faults while iterating that waited for a disk.
    pub major_faults: u64,
    /// Context switches while iterating that the kernel forced.
    pub involuntary_switches: u64,
    /// Resident set after the iterations, with the case still prepared; `None` where the system does
    /// not say.
    #[serde(default)]
    pub used_resident_bytes: Option<u64>,
    /// Resident set after kernel and data set were dropped.
    #[serde(default)]
    pub freed_resident_bytes: Option<u64>,
    /// What the allocator says of itself; empty for one that says nothing.
    #[serde(default)]
    pub allocator: Vec<AllocatorStatistic>,
}

/// One number of an allocator's own account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllocatorStatistic {
    /// In the allocator's own words, such as `active` or `retained`.
    pub name: String,
    /// After the iterations, with the case still prepared.
    pub used_bytes: u64,
    /// After kernel and data set were dropped.
    pub freed_bytes: u64,
}
