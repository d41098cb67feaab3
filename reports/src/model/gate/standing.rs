//! The seven things that a case of a gate can come to, the worst first.

use duel_stats::Verdict;

/// What a case of a gate came to. The order is that of a report: what needs a look comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Standing {
    /// Slower, found and confirmed.
    Regressed,
    /// It crashed, hung or answered wrongly.
    Failed,
    /// Neither word could be supported.
    Inconclusive,
    /// Its sides don't do the same.
    NotComparable,
    /// Faster by more than the margin.
    Improved,
    /// The same, within the margin.
    Equivalent,
    /// Not measured: both sides are the same executable and made the same data.
    Identical,
}

impl Standing {
    /// All of them, the worst first.
    pub const ALL: [Self; 7] = [
        Self::Regressed,
        Self::Failed,
        Self::Inconclusive,
        Self::NotComparable,
        Self::Improved,
        Self::Equivalent,
        Self::Identical,
    ];

    /// As reports print it: `regressed`, `not comparable`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Regressed => "regressed",
            Self::Failed => "failed",
            Self::Inconclusive => "inconclusive",
            Self::NotComparable => "not comparable",
            Self::Improved => "improved",
            Self::Equivalent => "equivalent",
            Self::Identical => "identical",
        }
    }
}

impl From<Verdict> for Standing {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Improved => Self::Improved,
            Verdict::Regressed => Self::Regressed,
            Verdict::Equivalent => Self::Equivalent,
            Verdict::Inconclusive => Self::Inconclusive,
        }
    }
}
