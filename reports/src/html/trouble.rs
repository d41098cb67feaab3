//! What failed and what can't be had: near the top, with reason and remedy.

use std::collections::HashMap;

use duel_record::{CaseId, Failure};
use maud::{Markup, html};

use crate::model::Unavailable;
use crate::page_run::{Run, long_label};
use crate::shortened::{ON_THE_PAGE, shortened};

/// Failures, missing things and runs that ended early; nothing where there is no trouble.
pub(super) fn section(runs: &[Run]) -> Markup {
    let trouble = |run: &Run| {
        let model = run.model;
        !model.failures.is_empty() || !model.unavailable.is_empty() || model.ending().is_some()
    };
    if !runs.iter().any(trouble) {
        return html! {};
    }
    html! {
        section #trouble aria-labelledby="trouble-title" {
            h2 #trouble-title { "Failed or not available" }
            @for run in runs.iter().filter(|run| trouble(run)) {
                @if run.many { h3 { "Run " (run.name()) } }
                (ending(run))
                (failures(run))
                (missing(run))
            }
        }
    }
}

fn ending(run: &Run) -> Markup {
    html! {
        @if let Some(ending) = run.model.ending() {
            p.callout {
                (ending)
                @if run.model.cut_bytes > 0 {
                    " The last " (run.model.cut_bytes) " bytes of its record are no whole line and are left out."
                }
            }
        }
    }
}

/// Failures, those of the same variant with the same reason together.
fn failures(run: &Run) -> Markup {
    let mut groups: Vec<(&Failure, Vec<&CaseId>)> = Vec::new();
    let mut places: HashMap<[&str; 5], usize> = HashMap::new();
    for failure in &run.model.failures {
        let case = &failure.arm.case;
        let same =
            [failure.stage.name(), &failure.reason, &failure.arm.artifact, &case.family, &case.variant];
        let place = *places.entry(same).or_insert(groups.len());
        match groups.get_mut(place) {
            Some((_, cases)) => cases.push(case),
            None => groups.push((failure, vec![case])),
        }
    }
    html! {
        @if !groups.is_empty() {
            ul.troubles {
                @for (failure, cases) in groups {
                    li.failed {
                        p {
                            span.chip.failed { span.mark aria-hidden="true" { "✕" } "failed" }
                            " " b { (failure.arm.case.variant) } " of " (failure.arm.case.family)
                            span.muted { " in " (failure.stage) ", " (failure.arm.artifact) }
                        }
                        pre { (shortened(&failure.reason, ON_THE_PAGE)) }
                        (case_links(run, &cases))
                    }
                }
            }
        }
    }
}

/// Where a trouble shows: few cases at once, many behind a line.
fn case_links(run: &Run, cases: &[&CaseId]) -> Markup {
    let links = html! {
        ul.links {
            @for case in cases {
                li { a href=(run.case_link(case)) { (long_label(case)) } }
            }
        }
    };
    html! {
        @match cases.len() {
            0 => {}
            1..=4 => { (links) }
            n => { details { summary { (n) " cases" } (links) } }
        }
    }
}

fn missing(run: &Run) -> Markup {
    html! {
        @if !run.model.unavailable.is_empty() {
            ul.troubles {
                @for missing in &run.model.unavailable {
                    (one_missing(run, missing))
                }
            }
        }
    }
}

fn one_missing(run: &Run, missing: &Unavailable) -> Markup {
    html! {
        li {
            p {
                span.chip.missing { span.mark aria-hidden="true" { "–" } "not available" }
                " " b { (missing.what) } ": " (missing.reason)
            }
            @if let Some(remedy) = &missing.remedy {
                p.remedy { "To get it: " (remedy) }
            }
            (case_links(run, &missing.cases.iter().collect::<Vec<_>>()))
        }
    }
}
