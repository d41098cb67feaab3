//! Both sides of a comparison of artifacts: what each was built from, and what differs between them and
//! is not the code.

use maud::{Markup, html};

use crate::model::{Model, SideModel, difference_cells};
use crate::page_run::Run;

/// The sides of all runs that compare artifacts; nothing where none does.
pub(super) fn section(runs: &[Run]) -> Markup {
    let shown: Vec<(&Run, Vec<SideModel>)> = runs
        .iter()
        .map(|run| (run, run.model.sides()))
        .filter(|(run, sides)| !sides.is_empty() || !run.model.differences().is_empty())
        .collect();
    html! {
        @if !shown.is_empty() {
            section #sides aria-labelledby="sides-title" {
                h2 #sides-title { "Both sides" }
                @for (run, sides) in &shown {
                    @if run.many { h3.run-title { "Run " (run.name()) } }
                    (built(sides))
                    (differences(run.model))
                }
            }
        }
    }
}

/// What each side was built from.
fn built(sides: &[SideModel]) -> Markup {
    html! {
        @if !sides.is_empty() {
            div.scroll tabindex="0" role="region" aria-label="What both sides were built from" {
                table.plain {
                    caption { "What each was built from" }
                    thead {
                        tr {
                            @for head in ["Side", "Runner", "Executable", "Tree", "Revision", "Built from that tree"] {
                                th scope="col" { (head) }
                            }
                        }
                    }
                    tbody {
                        @for side in sides {
                            @let [label, runner, executable, tree, revision, proof] = side.cells();
                            tr {
                                th scope="row" { (label) }
                                td { (runner) }
                                td { code title=(side.hash) { (executable) } }
                                td { code title=[side.tree.as_deref()] { (tree) } }
                                td { (revision) }
                                td { (proof) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn differences(model: &Model) -> Markup {
    let differences = model.differences();
    html! {
        @if !differences.is_empty() {
            div.scroll tabindex="0" role="region" aria-label="What the sides were built with beside their code" {
                table.plain.differences {
                    caption { "What the sides were built with beside their code" }
                    thead {
                        tr {
                            @for head in ["Kind", "Name", "Baseline", "Candidate", "What was done"] {
                                th scope="col" { (head) }
                            }
                        }
                    }
                    tbody {
                        @for difference in differences {
                            tr {
                                @for (column, cell) in difference_cells(difference).into_iter().enumerate() {
                                    @if column == 1 { th scope="row" { (cell) } } @else { td { (cell) } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
