//! What callgrind counted of one case: how many instructions, how steadily, and in which functions.

use maud::{Markup, html};

use super::{Sides, flame::relative_link};
use crate::model::InstructionModel;
use crate::number;

/// Functions that a page shows; callgrind's file has all of them.
const FUNCTIONS: usize = 12;

/// The counts of both sides, then the candidate's functions.
pub(super) fn details(sides: &Sides) -> Markup {
    let counted = || sides.both().filter_map(|side| Some((side, side.found.instructions.as_ref()?)));
    html! {
        @if counted().next().is_some() {
            div.instructions {
                h4 { "Instructions" }
                @for (side, counted) in counted() {
                    p { @if sides.baseline.is_some() { (side.level) ": " } (sentence(counted)) }
                }
                @if let Some(counted) = &sides.candidate.found.instructions {
                    (functions(counted))
                    p.muted {
                        "For kcachegrind: "
                        @if sides.run.many {
                            code { (counted.file) }
                        } @else {
                            a href=(relative_link(&counted.file)) download { (counted.file) }
                        }
                    }
                }
            }
        }
    }
}

fn sentence(counted: &InstructionModel) -> Markup {
    let summary = &counted.summary;
    let counts = summary.instructions_per_iter.len();
    let processes = match summary.processes {
        1 => "1 process".to_owned(),
        several => format!("{several} processes"),
    };
    html! {
        b { (counted.per_iter().map_or_else(|| "–".to_owned(), number::quantity)) }
        " per iteration, "
        @match counted.spread_words() {
            None => { "the same" }
            Some(varies) => { (varies) }
        }
        @if !summary.repeats_exactly() && summary.processes_agree() { " between repetitions, alike in every process," }
        " in " (number::plural(counts, "count")) " of " (processes) ", " (summary.counter)
        @if !summary.hidden_cpu_features.is_empty() {
            "; counted without " (summary.hidden_cpu_features.join(", "))
        }
    }
}

fn functions(counted: &InstructionModel) -> Markup {
    html! {
        @if !counted.summary.functions.is_empty() {
            div.scroll {
                table.plain.hottest {
                    caption { "Instructions by function, per iteration" }
                    thead {
                        tr {
                            th.number scope="col" { "With callees" }
                            th.number scope="col" { "Own" }
                            th scope="col" { "Function" }
                        }
                    }
                    tbody {
                        @for function in counted.summary.functions.iter().take(FUNCTIONS) {
                            tr {
                                td.number { (number::quantity(function.inclusive_per_iter)) }
                                td.number { (number::quantity(function.own_per_iter)) }
                                th scope="row" { code { (function.name) } }
                            }
                        }
                    }
                }
            }
        }
    }
}
