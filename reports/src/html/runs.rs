//! Several runs of one family side by side: medians, and their ratios for orientation only.

use std::collections::{HashMap, HashSet};

use duel_record::CaseId;
use maud::{Markup, html};

use crate::number;
use crate::page_run::{Run, case_label};

/// The table of medians of all cases of a family that more than one run has.
pub(super) fn table(runs: &[Run], family: &str) -> Markup {
    if runs.len() < 2 {
        return html! {};
    }
    let mut seen = HashSet::new();
    let timed = runs.iter().flat_map(|run| run.model.cases_of(family)).filter(|case| case.time.is_some());
    let ids: Vec<&CaseId> = timed.map(|case| &case.id).filter(|id| seen.insert(*id)).collect();
    if ids.is_empty() {
        return html! {};
    }
    let hashes: Vec<Hashes> = runs.iter().map(|run| hashes(run, family)).collect();
    html! {
        details.between {
            summary { "Medians between runs, for orientation" }
            p.muted {
                "Ratio of each run's median to the first run's. The runs did not take turns: \
                 these ratios are descriptions, not verdicts."
            }
            div.scroll tabindex="0" role="region" aria-label="Medians between runs" {
                table.plain {
                    thead {
                        tr {
                            th scope="col" { "Case" }
                            @for run in runs { th.number scope="col" { (run.name()) } }
                        }
                    }
                    tbody {
                        @for id in ids { (row(runs, &hashes, id)) }
                    }
                }
            }
        }
    }
}

/// The content hash of each case's data set, by the case's path: allocators share a data set, and verification names
/// only one of them.
type Hashes<'a> = HashMap<String, &'a str>;

fn hashes<'a>(run: &Run<'a>, family: &str) -> Hashes<'a> {
    let mut hashes = Hashes::new();
    for case in run.model.cases_of(family) {
        if let Some(hash) = &case.data_hash {
            hashes.entry(case.id.path()).or_insert(hash);
        }
    }
    hashes
}

fn row(runs: &[Run], hashes: &[Hashes], id: &CaseId) -> Markup {
    let times: Vec<Option<f64>> =
        runs.iter().map(|run| Some(run.model.case(id)?.time?.ns_per_iter_median)).collect();
    let first = times.first().copied().flatten();
    let path = id.path();
    let hash = |run: usize| hashes[run].get(&path);
    html! {
        tr {
            th scope="row" { (id.workload) " / " (id.size) " / " (case_label(id)) }
            @for (number, (run, time)) in runs.iter().zip(&times).enumerate() {
                td.number {
                    @match time {
                        None => { "not measured" }
                        Some(ns) => {
                            a href=(run.case_link(id)) { (number::time_ns(*ns)) }
                            @if number > 0 && hash(number) != hash(0) {
                                span.muted { " not comparable: other data (content hash)" }
                            } @else if let (Some(first), true) = (first, number > 0) {
                                span.muted { " ×" (number::ratio(ns / first)) }
                            }
                        }
                    }
                }
            }
        }
    }
}
