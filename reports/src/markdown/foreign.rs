//! What a user's own benchmarks of another harness counted, as tables.

use crate::markdown_text::{inline, row};
use crate::model::{Model, foreign_metrics};
use crate::number;

/// Nothing where no summary was read.
pub(super) fn tables(model: &Model) -> String {
    let mut text = String::new();
    if !model.foreign.is_empty() {
        text.push_str("## Counts of your own iai-callgrind benchmarks\n\n");
    }
    for (tool, benchmarks) in model.foreign_by_tool() {
        let metrics = foreign_metrics(&benchmarks);
        text.push_str(&row(std::iter::once(inline(tool)).chain(metrics.iter().map(|name| inline(name)))));
        text.push_str(&row(vec!["---".to_owned(); metrics.len() + 1]));
        for benchmark in benchmarks {
            let values = metrics.iter().map(|name| {
                let metric = benchmark.metrics.iter().find(|metric| metric.name == *name);
                metric.map_or_else(|| "–".to_owned(), |metric| number::quantity(metric.value))
            });
            text.push_str(&row(std::iter::once(inline(&benchmark.benchmark)).chain(values)));
        }
        text.push('\n');
    }
    text
}
