//! What other harnesses counted, by benchmark.

use duel_record::{Foreign, Line};

use super::Model;

/// Metrics that a table has room for; the summaries have the rest.
const MOST_METRICS: usize = 8;
/// Those that matter most, first.
const FIRST: [&str; 8] =
    ["Ir", "EstimatedCycles", "L1hits", "LLhits", "RamHits", "TotalBytes", "TotalBlocks", "AtTGmaxBytes"];

/// All of a record; of a benchmark that was read twice, the later.
pub(super) fn foreign(lines: &[Line]) -> Vec<Foreign> {
    let mut all: Vec<Foreign> = Vec::new();
    for line in lines {
        let Line::Foreign(found) = line else { continue };
        let same = |known: &&mut Foreign| known.benchmark == found.benchmark && known.tool == found.tool;
        match all.iter_mut().find(same) {
            Some(known) => known.clone_from(found),
            None => all.push(found.clone()),
        }
    }
    all
}

/// The metrics that a table of these shows: the well-known ones, then others, as many as fit.
pub(crate) fn foreign_metrics<'a>(benchmarks: &[&'a Foreign]) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    for metric in benchmarks.iter().flat_map(|benchmark| &benchmark.metrics) {
        if !names.contains(&metric.name.as_str()) {
            names.push(&metric.name);
        }
    }
    names.sort_by_key(|name| FIRST.iter().position(|first| first == name).unwrap_or(FIRST.len()));
    names.truncate(MOST_METRICS);
    names
}

impl Model {
    /// The tools that counted them, in the order of the record.
    pub(crate) fn foreign_tools(&self) -> Vec<&str> {
        let mut tools: Vec<&str> = Vec::new();
        for foreign in &self.foreign {
            if !tools.contains(&foreign.tool.as_str()) {
                tools.push(&foreign.tool);
            }
        }
        tools
    }

    /// The benchmarks that a tool counted.
    pub(crate) fn foreign_by(&self, tool: &str) -> Vec<&Foreign> {
        self.foreign.iter().filter(|foreign| foreign.tool == tool).collect()
    }
}
