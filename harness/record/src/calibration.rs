//! What a machine can do at most: what a roofline is drawn from.

use serde::{Deserialize, Serialize};

/// The limits of one machine, measured once.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// What tells the machine from others: CPU, cores, caches, memory, kernel, in one hash.
    pub machine: String,
    /// When it was measured, in RFC 3339.
    pub at: String,
    /// How fast memory streams.
    pub bandwidths: Vec<Bandwidth>,
    /// How fast arithmetic goes.
    pub peaks: Vec<Peak>,
}

/// Streaming through a working set, read and written.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bandwidth {
    /// Where the working set lies: `L1`, `L2`, `L3` or `memory`.
    pub level: String,
    /// How large data may be that lie there for all these threads together; `None` for memory.
    pub level_bytes: Option<u64>,
    /// The working set that was streamed, of each thread.
    pub working_set_bytes: u64,
    /// Threads that streamed at once.
    pub threads: u32,
    /// What the loop did: `update` (two reads and one write of each element) or `read` (two reads).
    #[serde(default)]
    pub mix: String,
    /// Bytes read and written a second, over all threads.
    pub bytes_per_s: f64,
}

/// Independent multiply-adds in registers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Peak {
    /// Bits of the floating-point numbers: 32 or 64.
    pub precision_bits: u32,
    /// Bits of the registers; the precision itself for scalar code.
    pub register_bits: u32,
    /// Threads that computed at once.
    pub threads: u32,
    /// Floating-point operations a second, over all threads; a multiply-add is two.
    pub flops_per_s: f64,
}
