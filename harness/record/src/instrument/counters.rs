//! What the processor's and the system's counters say of one case.

use serde::{Deserialize, Serialize};

/// Counters of one case, each over iterations alone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CounterSummary {
    /// Iterations that were counted.
    pub iters: u64,
    /// What could be counted.
    pub counts: Vec<Count>,
    /// What the machine refused.
    pub refused: Vec<Refused>,
    /// Whether what happens in the kernel on the case's behalf is left out, since the system lets
    /// this user count no more.
    #[serde(default)]
    pub user_space_only: bool,
}

impl CounterSummary {
    /// What a counter says of one iteration.
    pub fn per_iter(&self, name: &str) -> Option<f64> {
        self.counts.iter().find(|count| count.name == name).map(|count| count.per_iter)
    }
}

/// One counter.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Count {
    /// Such as `cycles`, `branch misses` or `package energy`.
    pub name: String,
    /// What it counts in, such as `J`; empty for a plain number.
    pub unit: String,
    /// Of one iteration.
    pub per_iter: f64,
    /// The share of the time in which it counted, 0 to 1: under 1 where there were more counters
    /// than the processor has, and the count is scaled up.
    pub counted_share: f64,
}

/// A counter that can't be had.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Which.
    pub name: String,
    /// Why.
    pub reason: String,
    /// What would make it available, where something would.
    pub remedy: Option<String>,
}
