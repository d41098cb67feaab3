//! criterion's timing of one case, within one process.

use serde::{Deserialize, Serialize};

/// criterion's raw samples of one case.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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
