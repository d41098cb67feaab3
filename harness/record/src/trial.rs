//! A trial as it is kept: raw samples, and what disturbed them.

use serde::{Deserialize, Serialize};

use crate::{Arm, Factor, Pressure};

/// One round with fresh processes for all arms, their samples taken in turn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// What differs between the arms.
    pub factor: Factor,
    /// Which trial of its comparison, from 0.
    pub index: u32,
    /// What it was taken for.
    #[serde(default, skip_serializing_if = "Purpose::is_explore")]
    pub purpose: Purpose,
    /// Why it does not count, by a rule that was fixed beforehand and sees no arm's time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set_aside: Option<String>,
    /// The arms; the first is the baseline.
    pub arms: Vec<TrialArm>,
    /// How busy the machine was.
    pub pressure: Pressure,
    /// How long it took, the start of its processes included; 0 where that was not kept.
    #[serde(default)]
    pub elapsed_ns: u64,
}

/// What a trial was taken for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    /// To find an effect.
    #[default]
    Explore,
    /// To confirm a regression that was found, on trials that had no part in finding it.
    Confirm,
    /// To see whether the measuring itself is sound: the baseline against itself (second arm) and
    /// against itself slowed down (third arm).
    Control,
}

impl Purpose {
    fn is_explore(&self) -> bool {
        *self == Self::Explore
    }
}

/// One arm's samples within a trial. Sample `i` of every arm belongs to turn `i`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrialArm {
    /// Which.
    #[serde(flatten)]
    pub arm: Arm,
    /// Iterations per sample, as reported.
    pub iters: u64,
    /// Iterations per sample that ran, where they were more than reported: an injected slowdown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_iters: Option<u64>,
    /// Time of each sample.
    pub time_ns: Vec<u64>,
    /// The core that its process was pinned to; `None` where it was not (parallel cases).
    pub core: Option<u32>,
    /// How often the system took the core away from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub involuntary_switches: Option<u64>,
}

impl TrialArm {
    /// Time of one iteration, sample by sample.
    pub fn ns_per_iter(&self) -> Vec<f64> {
        self.time_ns.iter().map(|time_ns| *time_ns as f64 / self.iters.max(1) as f64).collect()
    }

    /// The slowdown that was put in: iterations that ran for each that is reported.
    pub fn injected(&self) -> f64 {
        self.run_iters.map_or(1.0, |run| run as f64 / self.iters.max(1) as f64)
    }
}
