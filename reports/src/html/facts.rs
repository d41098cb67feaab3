//! Where the run was made and from what.

use maud::{Markup, html};

use crate::model::LabelledFact;
use crate::page_run::Run;

/// The machine and the settings: a list for one run, a table for several.
pub(super) fn section(runs: &[Run]) -> Markup {
    html! {
        section #machine aria-labelledby="machine-title" {
            h2 #machine-title { "Machine and run" }
            @match runs {
                [run] => {
                    div.facts {
                        (list("Machine", &run.model.machine_facts()))
                        (list("Run", &run.model.run_facts()))
                    }
                }
                _ => {
                    (side_by_side(runs))
                }
            }
        }
    }
}

fn list(title: &str, facts: &[LabelledFact]) -> Markup {
    html! {
        div {
            h3 { (title) }
            dl {
                @for fact in facts {
                    div {
                        dt { (fact.label) }
                        dd { (fact.value) }
                    }
                }
            }
        }
    }
}

fn side_by_side(runs: &[Run]) -> Markup {
    let all = |run: &Run| [run.model.machine_facts(), run.model.run_facts()].concat();
    let columns: Vec<Vec<LabelledFact>> = runs.iter().map(all).collect();
    let mut labels: Vec<&str> = Vec::new();
    for fact in columns.iter().flatten() {
        if !labels.contains(&fact.label) {
            labels.push(fact.label);
        }
    }
    let value = |facts: &[LabelledFact], label: &str| {
        facts.iter().find(|f| f.label == label).map_or_else(String::new, |f| f.value.clone())
    };
    html! {
        div.scroll tabindex="0" role="region" aria-label="Machine and run, side by side" {
            table.plain {
                thead {
                    tr {
                        td {}
                        @for run in runs { th scope="col" { (run.name()) } }
                    }
                }
                tbody {
                    @for label in labels {
                        @let values: Vec<String> = columns.iter().map(|c| value(c, label)).collect();
                        tr class=[values.windows(2).any(|w| w[0] != w[1]).then_some("differs")] {
                            th scope="row" { (label) }
                            @for value in &values { td { (value) } }
                        }
                    }
                }
            }
        }
    }
}
