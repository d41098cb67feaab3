//! What a user's own benchmarks of another harness counted.

use duel_record::Foreign;
use maud::{Markup, html};

use crate::model::foreign_metrics;
use crate::number;
use crate::page_run::Run;

/// One table a run and tool; nothing where no summary was read.
pub(super) fn section(runs: &[Run]) -> Markup {
    html! {
        @if runs.iter().any(|run| !run.model.foreign.is_empty()) {
            section #foreign aria-labelledby="foreign-title" {
                h2 #foreign-title { "Counts of your own iai-callgrind benchmarks" }
                p.muted { "As their summaries have them; nothing here was counted by duel." }
                @for run in runs {
                    @if run.many && !run.model.foreign.is_empty() { h3 { "Run " (run.name()) } }
                    @for (tool, benchmarks) in run.model.foreign_by_tool() { (table(tool, &benchmarks)) }
                }
            }
        }
    }
}

fn table(tool: &str, benchmarks: &[&Foreign]) -> Markup {
    let metrics = foreign_metrics(benchmarks);
    html! {
        div.scroll tabindex="0" role="region" aria-label=(tool) {
            table.plain.hottest {
                caption { (tool) }
                thead {
                    tr {
                        th scope="col" { "Benchmark" }
                        @for name in &metrics { th.number scope="col" { (name) } }
                    }
                }
                tbody {
                    @for benchmark in benchmarks {
                        tr {
                            th scope="row" { code title=(benchmark.file) { (benchmark.benchmark) } }
                            @for name in &metrics {
                                @let value = benchmark.metrics.iter().find(|metric| metric.name == *name);
                                td.number { (value.map_or_else(|| "–".to_owned(), |metric| number::quantity(metric.value))) }
                            }
                        }
                    }
                }
            }
        }
    }
}
