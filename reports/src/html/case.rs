//! Everything about one case, behind a line that opens.

use maud::{Markup, html};

use super::{
    chart::{self, Forest},
    why,
    words::{self, LabelledValues},
};
use crate::instruments::Flames;
use crate::model::{Candidate, CaseModel, ComparisonModel, TimeSource};
use crate::number;
use crate::page_run::{Run, case_label};
use crate::shortened::{ON_THE_PAGE, shortened};

/// The details of a case.
pub(super) fn details(run: &Run, case: &CaseModel, flames: &mut Flames) -> Markup {
    let failed = !case.failures.is_empty();
    let sides: Vec<(&ComparisonModel, Option<&Candidate>)> = sides(run, case);
    html! {
        details.case id=(run.case_anchor(&case.id)) {
            summary {
                span.name { (case_label(&case.id)) }
                @if failed { (words::failed_chip()) }
                @if let Some((comparison, Some(candidate))) = sides.first() {
                    (words::candidate_chip(comparison.factor, candidate))
                    @if let Some(estimate) = candidate.estimate {
                        span.muted {
                            (number::ratio_with_interval(estimate.ratio, estimate.interval))
                            " against " (comparison.baseline.level)
                        }
                    }
                }
                @if let Some(time) = case.time {
                    span.time { (number::time_ns(time.ns_per_iter_median)) }
                }
            }
            div.case-body {
                p.id { code { (case.id) } }
                (troubles(case))
                @for (comparison, candidate) in &sides { (side(comparison, *candidate)) }
                (facts(case))
                (why::section(run, case, sides.first().copied(), flames))
            }
        }
    }
}

/// The comparisons of a case: those in which it is a candidate, or else the first in which it is
/// the baseline.
fn sides<'a>(run: &Run<'a>, case: &CaseModel) -> Vec<(&'a ComparisonModel, Option<&'a Candidate>)> {
    let mut sides: Vec<(&ComparisonModel, Option<&Candidate>)> = Vec::new();
    for comparison in run.model.comparisons_of(&case.id) {
        let own = comparison.candidates.iter().filter(|c| c.side.arm.case == case.id);
        sides.extend(own.map(|candidate| (comparison, Some(candidate))));
    }
    if sides.is_empty() {
        sides.extend(run.model.comparisons_of(&case.id).take(1).map(|c| (c, None)));
    }
    sides
}

fn troubles(case: &CaseModel) -> Markup {
    html! {
        @for failure in &case.failures {
            div.callout.failed {
                p { b { "Failed" } " in " (failure.stage) ", " (failure.arm.artifact) }
                pre { (shortened(&failure.reason, ON_THE_PAGE)) }
            }
        }
        @for missing in &case.missing {
            div.callout {
                p { b { (missing.what) } " not available: " (shortened(&missing.reason, ON_THE_PAGE)) }
                @if let Some(remedy) = &missing.remedy { p.remedy { "To get it: " (remedy) } }
            }
        }
    }
}

fn side(comparison: &ComparisonModel, candidate: Option<&Candidate>) -> Markup {
    let baseline = &comparison.baseline;
    html! {
        @match candidate {
            None => {
                div.side { (chart::distribution(baseline, None)) }
            }
            Some(candidate) => {
                @let name = &candidate.side.level;
                div.side {
                    h4 { (name) " against " (baseline.level) }
                    @if let Some(why) = &candidate.identical {
                        p { (words::identical_chip()) " Not measured: " (why) "." }
                    } @else {
                        (why::cause(candidate))
                        (chart::distribution(&candidate.side, Some(baseline)))
                        (trials(comparison, candidate))
                    }
                }
            }
        }
    }
}

/// The ratios of single trials, on their own axis: finer than the table's.
fn trials(comparison: &ComparisonModel, candidate: &Candidate) -> Markup {
    let forest = Forest::closeup(candidate);
    html! {
        figure.trials {
            figcaption {
                "Ratio in each of " (number::plural(candidate.log_ratios.len(), "trial"))
                @if let Some(estimate) = candidate.estimate {
                    ": " b { (number::ratio_with_interval(estimate.ratio, estimate.interval)) }
                }
                @if candidate.trials_missing > 0 {
                    ", missing from " (candidate.trials_missing) " of " (comparison.trials)
                }
            }
            @if let Some(forest) = forest {
                (forest.row(candidate))
                (forest.axis())
            }
            @if let Some(pressure) = comparison.pressure.describe() {
                p.muted { "While measuring: " (pressure) }
            }
        }
    }
}

fn facts(case: &CaseModel) -> Markup {
    let groups = [("Time", time(case)), ("Answer", answer(case))];
    html! {
        div.facts {
            @for (title, facts) in groups {
                @if !facts.is_empty() {
                    div {
                        h4 { (title) }
                        dl {
                            @for (label, value) in facts {
                                div { dt { (label) } dd { (value) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn time(case: &CaseModel) -> LabelledValues {
    let mut facts = LabelledValues::new();
    if let Some(time) = case.time {
        let source = match time.source {
            TimeSource::Trials(trials) => {
                format!("median of {}", number::plural(trials as usize, "trial"))
            }
            TimeSource::Criterion => "criterion's median".to_owned(),
        };
        facts.push(("Per iteration", format!("{}, {source}", number::time_ns(time.ns_per_iter_median))));
    }
    if let Some(criterion) = case.newest(|of| of.criterion.as_ref()) {
        facts.push((
            "criterion, within one process",
            format!(
                "{} [{}, {}]",
                number::time_ns(criterion.time_ns_median),
                number::time_ns(criterion.time_ns_median_low),
                number::time_ns(criterion.time_ns_median_high)
            ),
        ));
    }
    let rates = case.throughput.describe();
    if !rates.is_empty() {
        facts.push(("Throughput", rates.join(", ")));
    }
    facts
}

fn answer(case: &CaseModel) -> LabelledValues {
    let mut facts = LabelledValues::new();
    let verified = match case.right {
        Some(true) => "agrees with the reference",
        Some(false) => "differs from the reference",
        None => "not verified",
    };
    facts.push(("Output", verified.to_owned()));
    if let Some(hash) = &case.data_hash {
        facts.push(("Data set", hash.clone()));
    }
    let work = case.work;
    for (label, n) in [
        ("Elements per iteration", work.elements),
        ("Bytes per iteration", work.bytes),
        ("Floating-point operations", work.flops),
    ] {
        if n > 0 {
            facts.push((label, number::count(n)));
        }
    }
    facts
}
