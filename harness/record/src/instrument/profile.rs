//! Where the CPU was while a case ran.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

/// A CPU profile.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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
    /// CPU time of the process while it was sampled, over all threads.
    #[serde(default)]
    pub cpu_ns: u64,
    /// How often the CPU was at which address of the runner's executable file (as `nm` names
    /// addresses), hottest first: what the code view weighs instructions with. Not all profilers
    /// tell.
    #[serde(default)]
    pub addresses: Vec<AddressSamples>,
    /// What should be known of it, such as why the better profiler did not take it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl ProfileSummary {
    /// With fewer samples than this a share of a tenth is off by more than a fifth of itself, one
    /// time in twenty.
    pub const ENOUGH_SAMPLES: u64 = 1_000;

    /// Samples in each second of CPU time, of all that fell into the kernel.
    pub fn samples_per_cpu_s(&self) -> Option<f64> {
        let ns = if self.cpu_ns > 0 { self.cpu_ns } else { self.duration_ns };
        (ns > 0).then(|| self.samples as f64 * 1e9 / ns as f64)
    }
}

/// How often the CPU was at one address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressSamples {
    /// In the executable file, without where it was loaded.
    pub address: u64,
    /// Samples there.
    pub samples: u64,
}

impl AddressSamples {
    /// Adds up what was met where; hottest first.
    pub fn count(met: impl IntoIterator<Item = (u64, u64)>) -> Vec<Self> {
        let mut counts: HashMap<u64, u64> = HashMap::new();
        for (address, samples) in met {
            *counts.entry(address).or_default() += samples;
        }
        let mut all: Vec<_> =
            counts.into_iter().map(|(address, samples)| Self { address, samples }).collect();
        all.sort_by_key(|at| (std::cmp::Reverse(at.samples), at.address));
        all
    }
}

/// One call stack of a profile.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stack {
    /// Function names from the outermost to the leaf, joined with `;`.
    pub frames: String,
    /// How often it was met.
    pub samples: u64,
}
