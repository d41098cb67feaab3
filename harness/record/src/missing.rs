//! What can't be had on a machine or in a run, why, and how to get it.

use std::fmt::{self, Display, Formatter};

use serde::{Deserialize, Serialize};

use crate::{Allocator, CaseId, Instrument};

/// Something that can't be had here, and how to get it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// The case, if it is about one.
    pub case: Option<CaseId>,
    /// What is missing.
    pub what: MissingKind,
    /// Why, in words.
    pub reason: String,
    /// What would make it available, if anything would.
    pub remedy: Option<String>,
}

/// What is missing. In JSON and in reports it is the text that `Display` gives.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum MissingKind {
    /// An instrument, on the whole machine or for one case: `heap`.
    Instrument(Instrument),
    /// Some of the counters, with a comma between: `counters: cycles, branches`.
    Counters(String),
    /// perf, if pprof takes the profiles in its place: `perf`.
    Perf,
    /// A variant that the processor can't run: `variant`.
    Variant,
    /// An allocator that a runner was built without: `allocator mimalloc`.
    Allocator(Allocator),
    /// The certainty that a case works in one thread, as it says: `one thread`.
    OneThread,
    /// The machine's limits, with which kernels are compared: `roofline`.
    Roofline,
    /// A core for each arm: `pinning`.
    Pinning,
    /// A gate's comparison: `comparison`.
    Comparison,
    /// The verdict of a gate's case that did not have the time for one: `verdict`.
    Verdict,
    /// The verdict identical, if a runner could tell the sides apart: `the verdict identical`.
    Identical,
    /// The ratio of a comparison whose times mean nothing: `ratio`.
    Ratio,
    /// All summaries of another harness: `summaries`.
    Summaries,
    /// A file with a summary of another harness: `summary target/iai/a/summary.json`.
    Summary(String),
    /// What another version of this program wrote.
    Other(String),
}

/// The kinds that are always the same text.
const FIXED: [(&str, MissingKind); 9] = [
    ("perf", MissingKind::Perf),
    ("variant", MissingKind::Variant),
    ("one thread", MissingKind::OneThread),
    ("roofline", MissingKind::Roofline),
    ("pinning", MissingKind::Pinning),
    ("comparison", MissingKind::Comparison),
    ("verdict", MissingKind::Verdict),
    ("the verdict identical", MissingKind::Identical),
    ("ratio", MissingKind::Ratio),
];
const SUMMARIES: &str = "summaries";
const SUMMARY: &str = "summary ";
const ALLOCATOR: &str = "allocator ";

impl Missing {
    /// The instrument that this machine lacks, in whole or in part; `None` if something else is missing, or
    /// of one case alone.
    pub fn instrument_of_machine(&self) -> Option<Instrument> {
        if self.case.is_some() {
            return None;
        }
        match &self.what {
            MissingKind::Instrument(instrument) => Some(*instrument),
            MissingKind::Counters(_) => Some(Instrument::Counters),
            MissingKind::Perf => Some(Instrument::Profile),
            _ => None,
        }
    }
}

impl Display for MissingKind {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Instrument(instrument) => write!(f, "{instrument}"),
            Self::Counters(names) => write!(f, "{}: {names}", Instrument::Counters),
            Self::Allocator(allocator) => write!(f, "{ALLOCATOR}{allocator}"),
            Self::Summaries => f.write_str(SUMMARIES),
            Self::Summary(file) => write!(f, "{SUMMARY}{file}"),
            Self::Other(text) => f.write_str(text),
            fixed => f.write_str(FIXED.iter().find(|(_, kind)| kind == fixed).map_or("", |(text, _)| text)),
        }
    }
}

impl From<&str> for MissingKind {
    fn from(text: &str) -> Self {
        let fixed = || FIXED.iter().find(|(name, _)| *name == text).map(|(_, kind)| kind.clone());
        let instrument = || text.parse().ok().map(Self::Instrument);
        let counters = || {
            let (name, names) = text.split_once(": ")?;
            (name == Instrument::Counters.name()).then(|| Self::Counters(names.to_owned()))
        };
        let allocator = || text.strip_prefix(ALLOCATOR)?.parse().ok().map(Self::Allocator);
        let summaries = || (text == SUMMARIES).then_some(Self::Summaries);
        let summary = || text.strip_prefix(SUMMARY).map(|file| Self::Summary(file.to_owned()));
        fixed()
            .or_else(instrument)
            .or_else(counters)
            .or_else(allocator)
            .or_else(summaries)
            .or_else(summary)
            .unwrap_or_else(|| Self::Other(text.to_owned()))
    }
}

impl From<String> for MissingKind {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<MissingKind> for String {
    fn from(kind: MissingKind) -> Self {
        kind.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_found_again_by_its_text() {
        let with_more = [
            MissingKind::Instrument(Instrument::Counters),
            MissingKind::Instrument(Instrument::Heap),
            MissingKind::Counters("cycles, branches".to_owned()),
            MissingKind::Allocator(Allocator::Jemalloc),
            MissingKind::Summaries,
            MissingKind::Summary("a/summary.json".to_owned()),
            MissingKind::Other("allocator of the future".to_owned()),
            MissingKind::Other(String::new()),
        ];
        for kind in FIXED.map(|(_, kind)| kind).into_iter().chain(with_more) {
            assert!(matches!(kind, MissingKind::Other(_)) || !kind.to_string().is_empty(), "{kind:?}");
            assert_eq!(MissingKind::from(kind.to_string()), kind);
        }
    }

    #[test]
    fn perf_belongs_to_the_profile_and_what_one_case_lacks_to_no_machine() {
        let missing = |what, case| Missing { case, what, reason: String::new(), remedy: None };
        let of = |what| missing(what, None).instrument_of_machine();
        assert_eq!(of(MissingKind::Perf), Some(Instrument::Profile));
        assert_eq!(of(MissingKind::Counters("cycles".to_owned())), Some(Instrument::Counters));
        assert_eq!(of(MissingKind::Pinning), None);
        let case: CaseId = "f/w/s/v@system".parse().unwrap();
        assert_eq!(missing(MissingKind::Perf, Some(case)).instrument_of_machine(), None);
    }
}
