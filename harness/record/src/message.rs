//! The lines that `--message-format json` prints on stdout: one object a line, each with a `kind`.

use serde::{Deserialize, Serialize};

use crate::{CaseId, Factor};

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
    Comparison(ComparisonMessage),
    /// A case failed.
    Failed {
        /// Its id.
        case: CaseId,
        /// What happened.
        reason: String,
    },
    /// Something can't be had here.
    Unavailable {
        /// The case, where it is about one.
        case: Option<CaseId>,
        /// What is missing.
        what: String,
        /// Why.
        reason: String,
    },
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
    /// How many trials it rests on.
    pub trials: u32,
    /// improved, regressed, equivalent or inconclusive.
    pub verdict: String,
}
