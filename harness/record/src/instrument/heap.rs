//! What one case allocates, where, and for how long.

use serde::{Deserialize, Serialize};

/// What dhat counted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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
    /// Blocks by their size: each class has sizes above the class before it, up to and with its own.
    #[serde(default)]
    pub sizes: Vec<SizeClass>,
    /// Bytes alive as the iterations went on, evenly spaced in allocations; it starts and ends with
    /// the first and the last.
    #[serde(default)]
    pub live: Vec<LivePoint>,
    /// Where blocks were allocated, most bytes first.
    #[serde(default)]
    pub sites: Vec<HeapSite>,
    /// Sites that are only in dhat's own file.
    #[serde(default)]
    pub sites_left_out: u64,
    /// Bytes of the sites that are left out.
    #[serde(default)]
    pub bytes_left_out: u64,
    /// How long blocks lived, over all sites: the sum of lifetimes over the whole counting time, so
    /// 1 for one block that lives all along; `None` where dhat's file was not read.
    #[serde(default)]
    pub lifetime_share_mean: Option<f64>,
    /// Why there are no sites and lifetimes, where dhat's file can't be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sites_missing: Option<String>,
}

/// Blocks of about one size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SizeClass {
    /// The largest size in it.
    pub bytes_most: u64,
    /// Blocks of such a size, over all iterations.
    pub blocks: u64,
    /// Their bytes together.
    pub bytes: u64,
}

/// What was alive at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LivePoint {
    /// Allocations and releases before it.
    pub events: u64,
    /// Bytes alive.
    pub bytes: u64,
}

/// One place in the code that allocates.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HeapSite {
    /// Function names from the outermost to the one that asked the allocator, shortened, without the
    /// harness and the allocator's own.
    pub frames: Vec<String>,
    /// Source file and line, as in `src/lib.rs:12`, of the innermost frame that is not the standard
    /// library's; empty where unknown.
    pub place: String,
    /// Bytes over all iterations.
    pub total_bytes: u64,
    /// Blocks over all iterations.
    pub total_blocks: u64,
    /// Bytes alive when the whole heap was largest.
    pub peak_bytes: u64,
    /// Blocks alive then.
    pub peak_blocks: u64,
    /// Bytes still alive at the end.
    pub end_bytes: u64,
    /// Blocks still alive at the end.
    pub end_blocks: u64,
    /// Mean lifetime of its blocks as a share of the counting time, 0 to 1.
    pub lifetime_share_mean: f64,
}
