//! What callgrind can simulate while it counts.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A simulated part of the processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Simulation {
    /// First-level and last-level caches, of this machine's sizes: misses.
    Cache,
    /// A branch predictor: mispredictions.
    Branches,
}

impl Simulation {
    /// All of them, in the order in which they are named.
    pub const ALL: [Self; 2] = [Self::Cache, Self::Branches];
}

impl fmt::Display for Simulation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cache => "cache",
            Self::Branches => "branches",
        })
    }
}

/// A name that is no simulation.
#[derive(Debug, thiserror::Error)]
#[error("unknown simulation \"{0}\": expected cache or branches")]
pub struct UnknownSimulation(pub String);

impl FromStr for Simulation {
    type Err = UnknownSimulation;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|simulation| simulation.to_string() == name)
            .ok_or_else(|| UnknownSimulation(name.to_owned()))
    }
}
