//! One thing that an instrument measured of both arms.

use duel_record::Missing;

use crate::model::ArmModel;

/// What was measured, the most telling first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum FactKind {
    Instructions,
    Vectors,
    Allocations,
    Faults,
    PerCycle,
    Misses,
    Function,
}

impl FactKind {
    /// As it is in a list of what is the same.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Instructions => "instructions",
            Self::Vectors => "vector code",
            Self::Allocations => "allocations",
            Self::Faults => "page faults",
            Self::PerCycle => "instructions per cycle",
            Self::Misses => "cache and branch misses",
            Self::Function => "functions",
        }
    }
}

/// How the candidate differs, in the direction of the time that it should take: `Less` is what makes
/// code faster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FactChange {
    Less,
    More,
    Same,
}

/// What an instrument says of a ratio: what it measured, which way it went, and the words for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CauseFact {
    pub what: FactKind,
    pub change: FactChange,
    /// With its numbers; empty where nothing changed.
    pub words: String,
}

impl CauseFact {
    pub fn same(what: FactKind) -> Self {
        Self { what, change: FactChange::Same, words: String::new() }
    }

    /// `less`: whether the candidate has less of what takes time.
    pub fn moved(what: FactKind, less: bool, words: String) -> Self {
        Self { what, change: if less { FactChange::Less } else { FactChange::More }, words }
    }
}

/// The baseline and the candidate.
pub(crate) type ArmPair<'a> = (&'a ArmModel, &'a ArmModel);

/// One arm and the time that it takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timed<'a> {
    pub variant: &'a str,
    pub found: &'a ArmModel,
    pub ns_per_iter: Option<f64>,
    /// What can't be had of its case.
    pub missing: &'a [Missing],
}
