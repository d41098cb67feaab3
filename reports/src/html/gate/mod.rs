//! What a gate says, at the top of the page: its cases worst first, its controls, its rules.

mod controls;
mod details;
mod table;

use duel_record::CaseId;
use duel_stats::Margins;
use maud::{Markup, html};

use super::{chart::Forest, fold::Folds};
use crate::model::{GateCaseModel, GateModel, Standing, capitalised};
use crate::number::plural;
use crate::page_run::{Run, long_label};

/// More equivalent cases than this are folded away.
const MOST_EQUIVALENT: usize = 10;
/// More cases than this of other words are folded away, the worst first, on a page that folds.
const MOST_IN_SIGHT: usize = 100;

/// The gates of all runs; nothing where there is none.
pub(super) fn section(runs: &[Run], folds: &mut Folds) -> Markup {
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
                (one(run, gate, folds))
            }
        }
    }
}

fn one(run: &Run, gate: &GateModel, folds: &mut Folds) -> Markup {
    let (identical, measured): (Vec<&GateCaseModel>, Vec<&GateCaseModel>) =
        gate.worst_first().into_iter().partition(|case| case.standing() == Standing::Identical);
    let (equivalent, others): (Vec<&GateCaseModel>, Vec<&GateCaseModel>) =
        measured.into_iter().partition(|case| case.standing() == Standing::Equivalent);
    let (mut in_sight, equivalent) = match equivalent.len() {
        0..=MOST_EQUIVALENT => ([others, equivalent].concat(), Vec::new()),
        _ => (others, equivalent),
    };
    let most = if folds.folded() { MOST_IN_SIGHT } else { in_sight.len() };
    let others = in_sight.split_off(most.min(in_sight.len()));
    let forest = forest(gate);
    let table =
        |caption: &str, cases: &[&GateCaseModel]| table::table(run, gate, caption, cases, forest.as_ref());
    html! {
        (contaminated(gate))
        (table("Cases, the worst first", &in_sight))
        (behind_a_line(folds, &plural(others.len(), "more case"), table("More cases, the worst first", &others)))
        (behind_a_line(folds, &plural(equivalent.len(), "equivalent case"), table("Equivalent cases", &equivalent)))
        (self::identical(run, &identical, folds))
        (controls::table(gate, forest.as_ref()))
        (names("Added", "the baseline does not have it", &gate.declared.added))
        (names("Removed", "the candidate does not have it", &gate.declared.removed))
        (behind(gate))
    }
}

/// Cases that are not worth a look at first, behind a line; nothing where there are none.
fn behind_a_line(folds: &mut Folds, summary: &str, table: Markup) -> Markup {
    html! {
        @if !table.0.is_empty() {
            @let content = folds.content(table);
            details.equivalent-cases data-folded=[content.place()] {
                summary { (summary) }
                (content.in_place())
            }
        }
    }
}

/// The cases that were not measured: a name and a reason is all that there is of them.
fn identical(run: &Run, cases: &[&GateCaseModel], folds: &mut Folds) -> Markup {
    let summary = plural(cases.len(), "identical case");
    let table = table::unmeasured(run, &summary, cases);
    html! {
        @match cases.len() {
            0 => {}
            1..=MOST_EQUIVALENT => { (table) }
            _ => { (behind_a_line(folds, &summary, table)) }
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
