//! The lines that `--message-format json` prints on stdout: one object a line, each with a `kind`.

use serde::{Deserialize, Serialize};

use crate::{Arm, CaseId, CodeSummary, Diagnosis, Factor, MissingKind, Sides};

/// One line of output for programs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Message {
    /// A run has begun.
    Started {
        /// Its id.
        run: String,
        /// Its folder.
        folder: String,
    },
    /// A case that exists.
    Case {
        /// Its id.
        case: CaseId,
        /// Whether it is the reference of its family.
        reference: bool,
        /// Elements of its data set.
        elements: u64,
        /// Why it can't run here, if so.
        unavailable: Option<String>,
    },
    /// A variant's output agreed with the reference's.
    Verified {
        /// Its id.
        case: CaseId,
        /// Content hash of its data set.
        data_hash: String,
    },
    /// Two arms were compared.
    Comparison(Box<ComparisonMessage>),
    /// A case failed.
    Failed {
        /// Its id.
        case: CaseId,
        /// The artifact that it failed in, such as `baseline`; `None` if there is only one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        side: Option<String>,
        /// What happened.
        reason: String,
    },
    /// Something can't be had here.
    Unavailable {
        /// The case, where it is about one.
        case: Option<CaseId>,
        /// What is missing.
        what: MissingKind,
        /// Why.
        reason: String,
    },
    /// Where the CPU was while a case ran.
    Profile(ProfileMessage),
    /// What was established about the two sides of a comparison before its first trial.
    Sides(Sides),
    /// The result of a gate.
    Gate(GateSummary),
    /// What gates, replayed from recorded trials, came to.
    Rescored(RescoredMessage),
    /// The machine code of the hottest function, as the record has it.
    Code {
        /// Whose.
        arm: Arm,
        /// The code.
        summary: CodeSummary,
    },
    /// What `doctor` finds.
    Doctor(Diagnosis),
    /// A run has ended.
    Finished {
        /// Its id.
        run: String,
        /// The HTML report.
        report: String,
        /// The exit status that follows.
        status: u8,
    },
}

/// A CPU profile, with another where there is one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProfileMessage {
    /// What was profiled.
    pub case: CaseId,
    /// What it is compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub against: Option<CaseId>,
    /// What took the samples.
    pub profiler: String,
    /// Samples of the case.
    pub samples: u64,
    /// Samples in each second of its CPU time.
    pub samples_per_cpu_s: Option<f64>,
    /// Of `samples`, those whose callers are incomplete.
    #[serde(default)]
    pub cut_stacks: u64,
    /// Samples beside `samples` of which nobody can tell whether they are the kernel's.
    #[serde(default)]
    pub unattributed: u64,
    /// The functions that were on top of the stack most often.
    pub functions: Vec<HotFunction>,
    /// The files of the profiles.
    pub files: Vec<String>,
}

/// How often a function was on top of the stack.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HotFunction {
    /// Its name.
    pub name: String,
    /// Of the case's samples, 0 to 1.
    pub share: f64,
    /// Of the samples of what it is compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share_against: Option<f64>,
}

/// The counts of a gate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateSummary {
    /// Cases by verdict.
    pub regressed: u32,
    /// Faster ones.
    pub improved: u32,
    /// Equal ones.
    pub equivalent: u32,
    /// Cases whose sides are the same executable and made the same data, so that nothing was measured.
    #[serde(default)]
    pub identical: u32,
    /// Those of which nothing can be said.
    pub inconclusive: u32,
    /// Those among the inconclusive whose regression was found, and time was up before it was confirmed.
    #[serde(default)]
    pub unconfirmed: u32,
    /// Those among the inconclusive whose instructions decide and were counted on one side alone, or in too few processes, so that a
    /// change may have moved the work to where it is not counted.
    #[serde(default)]
    pub not_judged: u32,
    /// Cases whose data sets differ between the sides, and others that both sides have and that
    /// could not be compared.
    pub not_comparable: u32,
    /// Cases that failed.
    pub failed: u32,
    /// Only on the candidate's side.
    pub added: u32,
    /// Only on the baseline's side.
    pub removed: u32,
    /// Why the run can't be trusted, where its controls failed.
    pub contaminated: Option<String>,
}

/// How often replayed gates said what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RescoredMessage {
    /// The folder that the trials came from.
    pub trials: String,
    /// Cases with trials.
    pub pools: u64,
    /// The slowdown that was put in; 1 where none was.
    pub injected: f64,
    /// Cases whose regression was found, and time was up before it was confirmed.
    #[serde(default)]
    pub unconfirmed: u64,
    /// Gates that were replayed.
    pub gates: u64,
    /// Those that called any case regressed.
    pub gates_with_regression: u64,
    /// Cases in all gates.
    pub cases: u64,
    /// Of these: slower.
    pub regressed: u64,
    /// Faster.
    pub improved: u64,
    /// Equal.
    pub equivalent: u64,
    /// Without a verdict.
    pub inconclusive: u64,
    /// Cases whose interval holds the injected ratio.
    pub covered: u64,
    /// Time of a gate's trials.
    pub elapsed_s_mean: f64,
}

/// A ratio with its interval.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ComparisonMessage {
    /// The candidate's case.
    pub case: CaseId,
    /// What differs.
    pub factor: Factor,
    /// The baseline's level of that factor.
    pub baseline: String,
    /// The candidate's level of that factor.
    pub candidate: String,
    /// What was measured, such as `time`.
    pub metric: String,
    /// Candidate over baseline: above 1 is slower.
    pub ratio: f64,
    /// Lower end of the confidence interval.
    pub low: f64,
    /// Upper end of the confidence interval.
    pub high: f64,
    /// How many trials it rests on; 0 if the case is identical or was decided by counting.
    pub trials: u32,
    /// improved, regressed, equivalent, inconclusive or identical. An identical case was not measured:
    /// its ratio is 1 because both sides are the same executable and made the same data.
    pub verdict: String,
    /// What the instruments saw change beside the time, where they looked at both arms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// Where their findings don't fit together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contradiction: Option<String>,
    /// What a gate says beside the verdict.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub gate: Option<GateMessage>,
}

/// What a gate says of one case beside its verdict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GateMessage {
    /// Why this verdict, in words.
    pub reason: String,
    /// p-value of "regressed", with its looks paid for, before the correction for many cases.
    pub p_regressed: f64,
    /// False-discovery q-value of "regressed" among all cases of the gate.
    pub q_regressed: f64,
    /// The smallest true ratio above 1 that this case's trials would usually have found.
    pub smallest_detectable_ratio: Option<f64>,
    /// Instructions of the candidate over the baseline's, where they were counted.
    pub instructions_ratio: Option<f64>,
    /// What time and instructions say together, where that is worth a word.
    pub note: Option<String>,
}
