//! How long it takes to prepare a case, which no clock of a kernel shows.

use serde::{Deserialize, Serialize};

/// The wall-clock time from asking a fresh process to prepare a case until it is ready: its data set is made, and
/// what the variant needs outside of the clock is done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreparationSummary {
    /// One time for each process.
    pub time_ns: Vec<u64>,
}
