//! What other harnesses counted, by benchmark.

use std::collections::{HashMap, HashSet};

use duel_record::{Foreign, Line};

/// Metrics that a table has room for; the summaries have the rest.
const MOST_METRICS: usize = 8;
/// Those that matter most, first.
const FIRST: [&str; 8] =
    ["Ir", "EstimatedCycles", "L1hits", "LLhits", "RamHits", "TotalBytes", "TotalBlocks", "AtTGmaxBytes"];

/// All of a record; of a benchmark that was read twice, the later.
pub(super) fn foreign(lines: &[Line]) -> Vec<Foreign> {
    let mut all: Vec<Foreign> = Vec::new();
    let mut places = HashMap::new();
    for line in lines {
        let Line::Foreign(found) = line else { continue };
        let place = *places.entry((&found.benchmark, &found.tool)).or_insert(all.len());
        match all.get_mut(place) {
            Some(known) => known.clone_from(found),
            None => all.push(found.clone()),
        }
    }
    all
}

/// The metrics that a table of these shows: the well-known ones, then others, as many as fit.
pub(crate) fn foreign_metrics<'a>(benchmarks: &[&'a Foreign]) -> Vec<&'a str> {
    let mut seen = HashSet::new();
    let all = benchmarks.iter().flat_map(|benchmark| &benchmark.metrics).map(|metric| metric.name.as_str());
    let mut names: Vec<&str> = all.filter(|name| seen.insert(*name)).collect();
    names.sort_by_key(|name| FIRST.iter().position(|first| first == name).unwrap_or(FIRST.len()));
    names.truncate(MOST_METRICS);
    names
}

/// The tools that counted them, in the order of the record, and the benchmarks of each.
pub(super) fn by_tool(all: &[Foreign]) -> Vec<(&str, Vec<&Foreign>)> {
    let mut tools: Vec<(&str, Vec<&Foreign>)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for foreign in all {
        let place = *places.entry(&foreign.tool).or_insert(tools.len());
        match tools.get_mut(place) {
            Some((_, benchmarks)) => benchmarks.push(foreign),
            None => tools.push((&foreign.tool, vec![foreign])),
        }
    }
    tools
}
