//! What `doctor` finds: what this machine is, what it can measure, and how small a change it shows.

use serde::{Deserialize, Serialize};

use crate::Pressure;

/// All of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Diagnosis {
    /// What the machine is and how it is set up.
    pub facts: Vec<Fact>,
    /// The instruments.
    pub instruments: Vec<InstrumentCheck>,
    /// How busy it was meanwhile.
    pub pressure: Pressure,
    /// How noisy it is; `None` where that could not be measured.
    pub noise: Option<NoiseFloor>,
}

/// One fact about the machine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// Such as `governor`.
    pub name: String,
    /// What was found.
    pub found: String,
    /// What would make the machine steadier, where it is not as it should be.
    pub remedy: Option<String>,
}

/// Whether an instrument works here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstrumentCheck {
    /// Such as `instructions`, or a group of counters.
    pub name: String,
    /// Whether it does.
    pub available: bool,
    /// With what, or why not.
    pub found: String,
    /// What would make it available, where something would.
    pub remedy: Option<String>,
}

/// What comparing the same code with itself shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NoiseFloor {
    /// How long that took.
    pub elapsed_s: f64,
    /// Kernel by kernel.
    pub kernels: Vec<KernelNoise>,
    /// Half the width of a 95 % interval after that time: the median over kernels.
    pub half_width: Option<f64>,
    /// Cases of the gate in question.
    pub gate_cases: u32,
    /// Its time.
    pub gate_s: f64,
    /// The smallest change, as a ratio above 1, that it usually finds: the median over kernels.
    pub gate_smallest_ratio: Option<f64>,
}

/// One small kernel against itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct KernelNoise {
    /// Its name.
    pub kernel: String,
    /// What one iteration takes.
    pub time_ns_median: f64,
    /// Trials.
    pub trials: u32,
    /// What a trial takes, its processes' start included.
    pub trial_s_mean: f64,
    /// The ratio, whose truth is 1.
    pub ratio: f64,
    /// Lower end of its 95 % interval.
    pub low: f64,
    /// Upper end of its 95 % interval.
    pub high: f64,
    /// How far one trial's ratio lies from another's: their standard deviation, estimated so that a
    /// few wild ones don't count.
    pub spread: f64,
    /// The smallest change, as a ratio above 1, that the gate in question usually finds.
    pub gate_smallest_ratio: Option<f64>,
}
