//! What driver and runner say to each other: JSON lines over stdin and stdout.
//!
//! The driver asks, the runner answers each request with exactly one [`Response`]. The first
//! exchange is `hello` with both versions; a runner that speaks another version says so and
//! the driver names both. Times are nanoseconds, sizes bytes. While a runner measures it
//! prints nothing; its logs go to stderr.

use serde::{Deserialize, Serialize};

use crate::{
    Allocator, CaseId, CounterSummary, CriterionTiming, HeapSummary, MemorySummary, ProfileSummary, plain,
};

/// The version of this protocol; raised whenever a message changes its meaning.
pub const VERSION: u32 = 1;

/// The argument that makes a runner speak this protocol instead of answering `cargo bench`.
pub const ARGUMENT: &str = "--duel-protocol";

/// The marker that tells a runner's executable from any other, with every byte masked: so the
/// driver, which looks for [`marker`], does not itself carry it.
pub const MASKED_MARKER: [u8; 32] = mask(*b"duel-runner/5f1ec3a9/marker/end.");

/// The marker as a runner's executable carries it.
pub const fn marker(masked: [u8; 32]) -> [u8; 32] {
    mask(masked)
}

const fn mask(mut bytes: [u8; 32]) -> [u8; 32] {
    let mut i = 0;
    while i < bytes.len() {
        bytes[i] ^= 0xA5;
        i += 1;
    }
    bytes
}

/// What the driver asks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "snake_case")]
pub enum Request {
    /// The first message.
    Hello {
        /// The driver's [`VERSION`].
        version: u32,
    },
    /// Which families are there.
    List,
    /// Make the data set, run variant and reference once and hold their outputs together.
    Verify {
        /// What to verify.
        case: CaseId,
        /// The seed of the data set.
        seed: u64,
    },
    /// Make the data set and prepare the variant; all that is measured later is this case.
    Prepare {
        /// What to prepare.
        case: CaseId,
        /// The seed of the data set.
        seed: u64,
        /// Whether the answer carries the data set's content hash (it costs a pass over the data).
        hash: bool,
    },
    /// Find how many iterations last `target_ns`.
    Calibrate {
        /// The wished length of a batch.
        target_ns: u64,
    },
    /// Time one batch.
    Sample {
        /// Iterations before the clock starts, so that what the other arm evicted is loaded again.
        warm_iters: u64,
        /// Iterations under the clock.
        iters: u64,
    },
    /// Take criterion's timing.
    Criterion {
        /// The folder for criterion's own files.
        folder: String,
        /// Length of its warm-up.
        warm_up_ns: u64,
        /// Length of its measurement.
        measurement_ns: u64,
        /// How many samples it takes (at least 10).
        samples: u32,
    },
    /// Count allocations with dhat; only in a process whose allocator is [`Allocator::Dhat`].
    Heap {
        /// Where dhat writes its JSON file.
        file: String,
        /// Iterations to count.
        iters: u64,
    },
    /// Sample the CPU while the kernel runs.
    Profile {
        /// For how long.
        duration_ns: u64,
        /// Wished samples per CPU second.
        hertz: u32,
    },
    /// Run the kernel and report what the operating system says of memory.
    Memory {
        /// For how long to run it.
        duration_ns: u64,
    },
    /// Count instructions; only in a process that runs under valgrind's callgrind.
    Instructions {
        /// Iterations of each repetition.
        iters: u64,
        /// How often to count.
        repetitions: u32,
    },
    /// Count what processor and system count while the kernel runs.
    Counters {
        /// For how long.
        duration_ns: u64,
    },
    /// Run the kernel, for something outside that watches this process.
    Run {
        /// For how long.
        duration_ns: u64,
    },
    /// Whether the clock ran at these moments of the last [`Request::Run`].
    ClockRan {
        /// In nanoseconds of `CLOCK_MONOTONIC`.
        moments_ns: Vec<u64>,
    },
    /// End in peace.
    Done,
}

/// Where a kernel works beside the thread that calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Elsewhere {
    /// In other threads of its process.
    Threads,
    /// In processes that it starts.
    Processes,
}

impl std::fmt::Display for Elsewhere {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Threads => "other threads",
            Self::Processes => "processes that it starts",
        })
    }
}

/// What a runner answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "response", rename_all = "snake_case")]
pub enum Response {
    /// Answers [`Request::Hello`].
    Hello(Identity),
    /// Answers [`Request::List`].
    Listed {
        /// In the order of the author's table.
        families: Vec<FamilyListing>,
    },
    /// Answers [`Request::Verify`].
    Verified {
        /// The first difference from the reference; `None` where the outputs agree.
        difference: Option<String>,
        /// Content hash of the data set, in hexadecimal.
        data_hash: String,
        /// What one iteration moves and computes.
        work: Work,
        /// Largest resident set of the process up to now: how many such arms fit side by side.
        peak_resident_bytes: u64,
    },
    /// Answers [`Request::Prepare`].
    Prepared {
        /// Content hash of the data set where it was asked for.
        data_hash: Option<String>,
    },
    /// Answers [`Request::Calibrate`].
    Calibrated {
        /// Iterations that last about the target.
        iters: u64,
        /// What one iteration took.
        ns_per_iter: f64,
        /// Where an iteration works beside the thread that calls it; older runners don't say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        elsewhere: Option<Elsewhere>,
    },
    /// Answers [`Request::Sample`].
    Sampled {
        /// Time of the batch.
        time_ns: u64,
    },
    /// Answers [`Request::Criterion`].
    Criterion(CriterionTiming),
    /// Answers [`Request::Heap`].
    Heap(HeapSummary),
    /// Answers [`Request::Profile`].
    Profile(ProfileSummary),
    /// Answers [`Request::Memory`].
    Memory(MemorySummary),
    /// Answers [`Request::Instructions`]: callgrind has written one dump of an empty kernel, then
    /// one for each repetition.
    Instructions {
        /// Iterations of each repetition.
        iters: u64,
        /// Repetitions that were counted.
        repetitions: u32,
    },
    /// Answers [`Request::Counters`].
    Counters(CounterSummary),
    /// Answers [`Request::Run`].
    Ran {
        /// Iterations.
        iters: u64,
        /// What they took.
        duration_ns: u64,
        /// CPU time of the process in the meantime, over all threads.
        cpu_ns: u64,
    },
    /// Answers [`Request::ClockRan`].
    ClockRan {
        /// One for each moment; `None` where the runner does not remember.
        ran: Vec<Option<bool>>,
    },
    /// What was asked for can't be had here; the process is still good.
    Unavailable {
        /// Why.
        reason: String,
    },
    /// It went wrong (a panic in the kernel, a wrong request); the process is still good.
    Failed {
        /// What went wrong.
        reason: String,
    },
    /// Answers [`Request::Done`].
    Bye,
}

/// What a runner says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The runner's [`VERSION`].
    pub version: u32,
    /// Version of the `duel` library in it.
    pub library: String,
    /// The allocator that is in force.
    pub allocator: Allocator,
    /// The allocators that this executable carries.
    pub allocators: Vec<Allocator>,
    /// Whether it was built with debug assertions, and so without optimisation as a rule.
    pub debug_assertions: bool,
    /// CPU features found at run time, of those that matter for kernels.
    pub cpu_features: Vec<String>,
    /// The git tree that it was built from, as the command that built it has put it in; `None` where
    /// cargo built it in place, or where the library is older.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tree: Option<String>,
    /// Smallest step of the clock.
    pub clock_step_ns: u64,
    /// What reading the clock costs.
    pub clock_cost_ns: u64,
}

/// One family as a runner lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FamilyListing {
    /// Its name.
    #[serde(deserialize_with = "plain::name")]
    pub name: String,
    /// The question that it answers.
    pub question: String,
    /// How outputs are compared with the reference.
    pub check: String,
    /// Its workloads.
    pub workloads: Vec<WorkloadListing>,
    /// Its variants; exactly one is the reference.
    pub variants: Vec<VariantListing>,
    /// Whether the family itself asks for its allocators to be compared.
    pub compare_allocators: bool,
    /// Bits of the numbers that its floating-point operations work on, 32 or 64; 0 where it does not say.
    #[serde(default)]
    pub precision_bits: u32,
}

/// One workload as a runner lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkloadListing {
    /// Its name.
    #[serde(deserialize_with = "plain::name")]
    pub name: String,
    /// Its sizes, smallest first by the author's order.
    pub sizes: Vec<SizeListing>,
}

/// One size of a workload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SizeListing {
    /// Its name, such as `l2`.
    #[serde(deserialize_with = "plain::name")]
    pub name: String,
    /// The number that the recipe is given.
    pub elements: u64,
}

/// One variant as a runner lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VariantListing {
    /// Its name.
    #[serde(deserialize_with = "plain::name")]
    pub name: String,
    /// Whether the others are compared with it.
    pub reference: bool,
    /// Whether it uses more than one thread.
    pub parallel: bool,
    /// Why it can't run on this machine, if so.
    pub unavailable: Option<String>,
}

/// What one iteration moves and computes; zero means not stated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    /// Elements handled.
    pub elements: u64,
    /// Bytes read and written.
    pub bytes: u64,
    /// Floating-point operations.
    pub flops: u64,
}
