//! What each instrument found for one case.

use serde::{Deserialize, Serialize};

/// criterion's raw samples of one case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CriterionTiming {
    /// Iterations of each sample.
    pub iters: Vec<f64>,
    /// Time of each sample.
    pub time_ns: Vec<f64>,
    /// criterion's estimate of the median time of one iteration.
    pub time_ns_median: f64,
    /// criterion's 95 % interval of that median: within this one process, so it says nothing of
    /// what differs between processes.
    pub time_ns_median_low: f64,
    /// The interval's upper end.
    pub time_ns_median_high: f64,
}

/// What dhat counted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeapSummary {
    /// Iterations that were counted.
    pub iters: u64,
    /// Bytes allocated over all iterations.
    pub total_bytes: u64,
    /// Blocks allocated over all iterations.
    pub total_blocks: u64,
    /// Bytes alive at the peak.
    pub peak_bytes: u64,
    /// Blocks alive at the peak.
    pub peak_blocks: u64,
    /// Bytes still alive at the end.
    pub end_bytes: u64,
    /// Blocks still alive at the end.
    pub end_blocks: u64,
}

/// A CPU profile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProfileSummary {
    /// Stacks, most frequent first.
    pub stacks: Vec<Stack>,
    /// Samples in all.
    pub samples: u64,
    /// How long the kernel ran.
    pub duration_ns: u64,
    /// Iterations in that time.
    pub iters: u64,
    /// What took the samples, such as `pprof`.
    pub profiler: String,
}

/// One call stack of a profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stack {
    /// Function names from the outermost to the leaf, joined with `;`.
    pub frames: String,
    /// How often it was met.
    pub samples: u64,
}

/// What the operating system says of a process that ran only this case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
}
