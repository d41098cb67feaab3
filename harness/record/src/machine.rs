//! Where a run was made, and from what.

use serde::{Deserialize, Serialize};

use crate::bounded;

/// The machine. What it does not tell is `None`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    /// Name of the CPU.
    pub cpu: Option<String>,
    /// Logical cores.
    pub cores: u32,
    /// Threads per physical core.
    pub threads_per_core: Option<u32>,
    /// The caches of the first core.
    pub caches: Vec<Cache>,
    /// Main memory.
    pub memory_bytes: Option<u64>,
    /// Operating system and version.
    pub system: Option<String>,
    /// Kernel release.
    pub kernel: Option<String>,
    /// CPU frequency governor.
    pub governor: Option<String>,
    /// Hypervisor, if there is one.
    pub hypervisor: Option<String>,
    /// `rustc -V`.
    pub rustc: Option<String>,
    /// `cargo -V`.
    pub cargo: Option<String>,
}

/// One cache of the first core.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cache {
    /// Such as `L1 data`.
    pub name: String,
    /// Its size.
    pub bytes: u64,
}

/// The source that was measured.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Full git revision, where there is one.
    pub revision: Option<String>,
    /// Whether the work tree differed from it.
    pub dirty: Option<bool>,
    /// `RUSTFLAGS` in force.
    pub rustflags: Option<String>,
}

/// How busy the machine was while something was measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Pressure {
    /// Share of CPU time that other guests of the host took, 0 to 1.
    #[serde(default, deserialize_with = "bounded::optional_share")]
    pub steal: Option<f64>,
    /// Share of CPU time, over all cores, that was busy with anything, 0 to 1.
    #[serde(default, deserialize_with = "bounded::optional_share")]
    pub busy: Option<f64>,
    /// Load average of the last minute.
    pub load: Option<f64>,
}
