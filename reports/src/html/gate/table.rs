//! The cases of a gate as a table: word, interval against the margins, and what it rests on.

use maud::{Markup, html};

use super::details;
use crate::html::{
    chart::Forest,
    words::{standing_chip, standing_look},
};
use crate::model::{GateCaseModel, GateModel, Standing};
use crate::page_run::{Run, long_label};

/// One row for each of these cases.
pub(super) fn table(
    run: &Run,
    gate: &GateModel,
    caption: &str,
    cases: &[&GateCaseModel],
    forest: Option<&Forest>,
) -> Markup {
    if cases.is_empty() {
        return html! {};
    }
    html! {
        div.scroll tabindex="0" role="region" aria-label=(caption) {
            table.versus.gate {
                caption { (caption) }
                thead {
                    tr {
                        th scope="col" { "Case" }
                        th scope="col" { "Verdict" }
                        th.plot scope="col" {
                            span.axis-title { (gate.declared.metric) " relative to the baseline" }
                            @if let Some(forest) = forest { (forest.axis()) }
                        }
                        th.number scope="col" { "Ratio" }
                        th.number scope="col" { "Trials" }
                        th.number scope="col" { "Could have found" }
                        th scope="col" { "Why" }
                    }
                }
                tbody {
                    @for case in cases { (row(run, gate, case, forest)) }
                }
            }
        }
    }
}

/// One row for each of these cases, of which there is nothing but a reason.
pub(super) fn unmeasured(run: &Run, caption: &str, cases: &[&GateCaseModel]) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label=(caption) {
            table.versus.gate.identical {
                caption { (caption) }
                thead {
                    tr {
                        th scope="col" { "Case" }
                        th scope="col" { "Verdict" }
                        th scope="col" { "Why" }
                    }
                }
                tbody {
                    @for case in cases {
                        tr {
                            th scope="row" { a href=(run.case_link(&case.id)) { (long_label(&case.id)) } }
                            td.verdict { (standing_chip(case.standing())) }
                            td.why { (case.why) }
                        }
                    }
                }
            }
        }
    }
}

fn row(run: &Run, gate: &GateModel, case: &GateCaseModel, forest: Option<&Forest>) -> Markup {
    let standing = case.standing();
    let void = standing == Standing::Regressed && !gate.regressions_count();
    html! {
        tr {
            th scope="row" { a href=(run.case_link(&case.id)) { (long_label(&case.id)) } }
            td.verdict {
                (standing_chip(standing))
                @if void { span.note { "does not count" } }
            }
            td.plot {
                @if let (Some(effect), Some(forest)) = (case.effect(), forest) {
                    (forest.effect_row(standing_look(standing).0, &effect, &case.margins))
                }
            }
            td.number.ratio { (or_none(case.measured())) }
            td.number data-label="Trials" { (case.trials.explored + case.trials.confirming) }
            td.number data-label="Could have found" { (or_none(case.could_have_found())) }
            td.why { (details::why(gate, case)) }
        }
    }
}

fn or_none(text: Option<String>) -> String {
    text.unwrap_or_else(|| "–".to_owned())
}
