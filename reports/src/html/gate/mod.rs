//! What a gate says, at the top of the page: its cases worst first, its controls, its rules.

mod controls;
mod details;
mod table;

use duel_record::CaseId;
use duel_stats::Margins;
use maud::{Markup, html};

use super::{
    chart::Forest,
    run::{Run, long_label},
    words,
};
use crate::model::{GateCaseModel, GateModel, IDENTICAL, Standing, capitalised};
use crate::number::plural;

/// More equivalent cases than this are folded away.
const MOST_EQUIVALENT: usize = 10;

/// The gates of all runs; nothing where there is none.
pub(super) fn section(runs: &[Run]) -> Markup {
    let gates: Vec<(&Run, &GateModel)> =
        runs.iter().filter_map(|run| Some((run, run.model.gate.as_ref()?))).collect();
    if gates.is_empty() {
        return html! {};
    }
    html! {
        section #gate aria-labelledby="gate-title" {
            h2 #gate-title { "Gate" }
            @for (run, gate) in gates {
                @if run.many { h3.run-title { "Run " (run.name()) } }
                (one(run, gate))
            }
        }
    }
}

fn one(run: &Run, gate: &GateModel) -> Markup {
    let (identical, measured): (Vec<&GateCaseModel>, Vec<&GateCaseModel>) =
        gate.worst_first().into_iter().partition(|case| case.standing() == Standing::Identical);
    let (equivalent, others): (Vec<&GateCaseModel>, Vec<&GateCaseModel>) =
        measured.into_iter().partition(|case| case.standing() == Standing::Equivalent);
    let folded = equivalent.len() > MOST_EQUIVALENT;
    let forest = forest(gate);
    html! {
        (contaminated(gate))
        @if folded {
            (table::table(run, gate, "Cases, the worst first", &others, forest.as_ref()))
            details.equivalent-cases {
                summary { (plural(equivalent.len(), "equivalent case")) }
                (table::table(run, gate, "Equivalent cases", &equivalent, forest.as_ref()))
            }
        } @else {
            (table::table(run, gate, "Cases, the worst first", &[others, equivalent].concat(), forest.as_ref()))
        }
        (self::identical(run, &identical))
        (controls::table(gate, forest.as_ref()))
        (names("Added", "the baseline does not have it", &gate.declared.added))
        (names("Removed", "the candidate does not have it", &gate.declared.removed))
        (behind(gate))
    }
}

/// The cases that were not measured: a name and a reason is all that there is of them.
fn identical(run: &Run, cases: &[&GateCaseModel]) -> Markup {
    let summary = plural(cases.len(), "identical case");
    html! {
        @match cases.len() {
            0 => {}
            1..=MOST_EQUIVALENT => { (table::unmeasured(run, &summary, cases)) }
            _ => {
                details.equivalent-cases {
                    summary { (summary) }
                    (table::unmeasured(run, &summary, cases))
                }
            }
        }
    }
}

/// One axis for the cases and the controls.
fn forest(gate: &GateModel) -> Option<Forest> {
    let cases = gate.cases.iter().filter_map(|case| Some((case.effect()?, case.margins)));
    let controls = [&gate.controls.null, &gate.controls.slowed];
    let controls = controls.into_iter().filter_map(|c| Some((c.effect?, Margins::default())));
    Forest::of_effects(cases.chain(controls))
}

fn contaminated(gate: &GateModel) -> Markup {
    html! {
        @if let Some(said) = gate.controls.null_failed() {
            p.callout.failed {
                b { "Contaminated: regressions of this run don't count. " } (capitalised(said)) "."
            }
        }
        @if let Some(said) = gate.controls.slowdown_missed() {
            p.callout.failed {
                b { "Contaminated: that a regression was not found says little. " } (capitalised(said)) "."
            }
        }
    }
}

/// Cases that only one side has.
fn names(word: &str, why: &str, ids: &[CaseId]) -> Markup {
    html! {
        @if !ids.is_empty() {
            details.came-and-went {
                summary { (word) ": " (plural(ids.len(), "case")) span.muted { " " (why) } }
                ul { @for id in ids { li { (long_label(id)) } } }
            }
        }
    }
}

/// The rules, and the trials that they set aside.
fn behind(gate: &GateModel) -> Markup {
    html! {
        div.rules {
            h3 { "Rules, declared before the first trial" }
            ul { @for rule in gate.rules() { li { (rule) } } }
            p {
                @match gate.trials_set_aside() {
                    0 if gate.is_all_identical() => "No trial was taken.",
                    0 => "No trial was set aside.",
                    n => { (plural(n, "trial")) " set aside: " }
                }
                @for (i, set_aside) in gate.set_aside.iter().enumerate() {
                    @if i > 0 { "; " }
                    (set_aside.trials) " because " (set_aside.reason)
                }
            }
        }
    }
}

/// A standing as a small label.
fn chip(standing: Standing) -> Markup {
    let (class, mark) = look(standing);
    html! {
        span class={ "chip " (class) } {
            span.mark aria-hidden="true" { (mark) }
            (standing.name())
        }
    }
}

/// The class that gives a standing its colour, and a mark that tells it apart without.
const fn look(standing: Standing) -> (&'static str, &'static str) {
    match standing {
        Standing::Regressed => ("regressed", "▲"),
        Standing::Failed => ("failed", "✕"),
        Standing::Inconclusive => ("inconclusive", "?"),
        Standing::NotComparable => ("missing", "≠"),
        Standing::Improved => ("improved", "▼"),
        Standing::Equivalent => ("equivalent", "="),
        Standing::Identical => (IDENTICAL, words::IDENTICAL_MARK),
    }
}
