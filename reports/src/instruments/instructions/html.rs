//! What callgrind counted: how many instructions, how steadily, in which functions and source lines,
//! and what it simulated beside.

use maud::{Markup, html};

use super::{
    rows::{CountedSide, functions, lines, table},
    simulated,
};
use crate::instruments::{ShownSides, file_link::file_link};
use crate::model::InstructionModel;
use crate::number;

/// The counts of both sides, then where they fell.
pub(super) fn details(sides: &ShownSides) -> Markup {
    let both: Vec<CountedSide> = sides
        .both()
        .filter_map(|side| Some(CountedSide { side, found: side.found.instructions.as_ref()? }))
        .collect();
    if both.is_empty() {
        return html! {};
    }
    html! {
        div.instructions {
            h4 { "Instructions" }
            @if let [of_baseline, of_candidate] = &both[..] { (ratio(of_baseline, of_candidate)) }
            @for of in &both {
                p { @if sides.baseline.is_some() { (of.side.level) ": " } (sentence(of.found)) }
            }
            (table("Instructions by function, per iteration", "Function", &both, functions(&both)))
            (table("By source line, without what it calls", "Line", &both, lines(&both)))
            (simulated::table(&both))
            (files(sides, &both))
        }
    }
}

fn ratio(baseline: &CountedSide, candidate: &CountedSide) -> Markup {
    let ratio = match (baseline.found.per_iter(), candidate.found.per_iter()) {
        (Some(before), Some(now)) if before > 0.0 => Some(now / before),
        _ => None,
    };
    html! {
        @if let Some(ratio) = ratio {
            p {
                (candidate.side.level) " takes " b { (number::ratio(ratio)) }
                " times the instructions of " (baseline.side.level) "."
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
            "; counted on the path without " (summary.hidden_cpu_features.join(", "))
        }
    }
}

/// callgrind's own files, for who wants all of it.
fn files(sides: &ShownSides, both: &[CountedSide]) -> Markup {
    html! {
        p.muted {
            "For kcachegrind: "
            @for (index, of) in both.iter().enumerate() {
                @if index > 0 { ", " }
                @if sides.run.many {
                    code { (of.found.file) }
                } @else {
                    (file_link(&of.found.file, if both.len() > 1 { of.side.level } else { &of.found.file }))
                }
            }
        }
    }
}
