//! The controls of a gate: what the measurement says where the answer is known.

use duel_stats::Margins;
use maud::{Markup, html};

use crate::html::chart::Forest;
use crate::model::{Control, ControlOutcome, GateModel};
use crate::number;

/// Both controls, each against the answer that it had to give.
pub(super) fn table(gate: &GateModel, forest: Option<&Forest>) -> Markup {
    if !gate.has_trials() {
        return html! {};
    }
    let slowdown = number::percent_short(gate.declared.control_slowdown - 1.0);
    html! {
        div.scroll tabindex="0" role="region" aria-label="Controls" {
            table.versus.gate.controls {
                caption { "Controls: the baseline alone, where the answer is known" }
                thead {
                    tr {
                        th scope="col" { "Control" }
                        th scope="col" { "Finding" }
                        th.plot scope="col" {
                            span.axis-title { "time relative to the baseline" }
                            @if let Some(forest) = forest { (forest.axis()) }
                        }
                        th.number scope="col" { "Ratio" }
                        th.number scope="col" { "Trials" }
                        th scope="col" { "Why" }
                    }
                }
                tbody {
                    (row("Baseline against itself", &gate.controls.null, forest))
                    (row(&format!("Baseline slowed by {slowdown}"), &gate.controls.slowed, forest))
                }
            }
        }
    }
}

fn row(label: &str, control: &Control, forest: Option<&Forest>) -> Markup {
    let effect = control.effect;
    let (class, mark, word) = match control.outcome {
        ControlOutcome::Sound => ("equivalent", "✓", "sound"),
        ControlOutcome::TooFew => ("inconclusive", "?", "too few trials"),
        ControlOutcome::Failed => ("failed", "✕", "contaminated"),
    };
    html! {
        tr {
            th scope="row" { (label) }
            td.verdict {
                span class={ "chip " (class) } { span.mark aria-hidden="true" { (mark) } (word) }
            }
            td.plot {
                @if let (Some(effect), Some(forest)) = (effect, forest) {
                    (forest.effect_row(class, &effect, &Margins::default()))
                }
            }
            td.number.ratio {
                @match effect {
                    Some(effect) => (number::ratio_with_interval(effect.ratio, Some((effect.low, effect.high)))),
                    None => "–",
                }
            }
            td.number data-label="Trials" { (control.log_ratios.len()) }
            td.why { (control.sentence) }
        }
    }
}
