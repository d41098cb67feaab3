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

/// What callgrind counted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InstructionSummary {
    /// Iterations of each repetition.
    pub iters: u64,
    /// Fresh processes that counted; each made the same number of repetitions.
    pub processes: u32,
    /// Instructions of one iteration, for each repetition, one process after the other. What
    /// switching the counter on and off takes is subtracted.
    pub instructions_per_iter: Vec<f64>,
    /// Instructions that were subtracted from every repetition: an empty kernel's, counted in the
    /// same process.
    pub empty_instructions: u64,
    /// CPU features that the counting process saw, of those that matter for kernels.
    pub cpu_features: Vec<String>,
    /// CPU features that the machine has and the counting process did not see, so a kernel that
    /// looks for them ran another path than under the clock.
    pub hidden_cpu_features: Vec<String>,
    /// What counted, such as `valgrind-3.19.0`.
    pub counter: String,
    /// The costliest functions of one repetition, by what they and their callees took.
    pub functions: Vec<FunctionInstructions>,
}

impl InstructionSummary {
    /// Whether every process counted what the first did, repetition by repetition.
    pub fn processes_agree(&self) -> bool {
        let repetitions = self.instructions_per_iter.len() / self.processes.max(1) as usize;
        let mut processes = self.instructions_per_iter.chunks(repetitions.max(1));
        let first = processes.next();
        processes.all(|process| Some(process) == first)
    }

    /// Whether all repetitions, in all processes, counted the same.
    pub fn repeats_exactly(&self) -> bool {
        self.instructions_per_iter.windows(2).all(|pair| pair[0] == pair[1])
    }
}

/// What one function took of an iteration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FunctionInstructions {
    /// Its name; the measured loop with all that was inlined into it has the variant's name.
    pub name: String,
    /// Instructions of one iteration in itself.
    pub own_per_iter: f64,
    /// Instructions of one iteration in itself and all that it called.
    pub inclusive_per_iter: f64,
}
