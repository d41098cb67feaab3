//! What a gate declares before its first trial, so that nothing of it can depend on what it finds.

use serde::{Deserialize, Serialize};

use crate::{Arm, CaseId, bounded, closed_set::closed_set};

/// The rules of a gate and its cases.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GateDeclared {
    /// What decides.
    pub metric: Metric,
    /// The share of gates in which any word may be wrong.
    #[serde(deserialize_with = "bounded::share")]
    pub family_error: f64,
    /// The share of regressions, found where there are none, that may be confirmed.
    #[serde(deserialize_with = "bounded::share")]
    pub confirmation_error: f64,
    /// Trials at one look over trials at the look before.
    #[serde(deserialize_with = "bounded::factor")]
    pub growth: f64,
    /// The share of a case's error that its early look may spend; 0 in records of gates that took none.
    #[serde(default, deserialize_with = "bounded::share")]
    pub early_look: f64,
    /// The factor by which the control is slowed.
    #[serde(deserialize_with = "bounded::factor")]
    pub control_slowdown: f64,
    /// A trial during which other guests of the host took more than this share of CPU time is set aside.
    #[serde(deserialize_with = "bounded::share")]
    pub set_aside_steal: f64,
    /// Whether a case without a verdict counts as a fault of the job.
    pub strict: bool,
    /// The cases, in the order of the families' tables.
    pub cases: Vec<GateCase>,
    /// Cases that only the candidate has.
    pub added: Vec<CaseId>,
    /// Cases that only the baseline has.
    pub removed: Vec<CaseId>,
}

/// One case of a gate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GateCase {
    /// The old side.
    pub baseline: Arm,
    /// The new side.
    pub candidate: Arm,
    /// How large a change must be to count: 0.01 is 1 %.
    #[serde(deserialize_with = "bounded::share")]
    pub change_margin: f64,
    /// Up to where no difference matters.
    #[serde(deserialize_with = "bounded::share")]
    pub equivalent_margin: f64,
}

closed_set! {
    /// What a gate decides by.
    #[derive(Default)]
    pub enum Metric, "metric" {
        /// Time, in trials.
        #[default]
        Time = "time",
        /// Instructions, as callgrind counts them.
        Instructions = "instructions",
    }
}
