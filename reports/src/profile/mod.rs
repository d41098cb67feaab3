//! A CPU profile in the formats that other tools open.

mod pprof;
mod speedscope;

pub use pprof::pprof;
pub use speedscope::speedscope;

use duel_record::ProfileSummary;

/// A format that a profile is written in.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// How its files end.
    pub extension: &'static str,
    /// What opens it.
    pub opened_by: &'static str,
}

/// The formats beside the folded stacks, which are the text of all flame graph tools.
pub const FORMATS: [Format; 4] = [
    Format { extension: "folded", opened_by: "inferno, flamegraph.pl" },
    Format { extension: "svg", opened_by: "any browser" },
    Format { extension: "speedscope.json", opened_by: "speedscope.app" },
    Format { extension: "pb.gz", opened_by: "go tool pprof" },
];

/// The files of formats that are not text of this crate's own: what each ends in, and its bytes.
pub fn files(title: &str, profile: &ProfileSummary) -> [(&'static str, Vec<u8>); 2] {
    [("speedscope.json", speedscope(title, profile).into_bytes()), ("pb.gz", pprof(profile))]
}
