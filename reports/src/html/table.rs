//! Comparisons as a table: a forest plot and, beside every ratio, what may explain it.

use duel_record::{CaseId, Factor};
use maud::{Markup, html};

use super::{chart::Forest, words};
use crate::model::{Candidate, CaseModel, ComparedSide, HeapModel, InstructionModel};
use crate::number;
use crate::page_run::Run;

/// A table of sides, each against the same baseline or each against its own.
pub(super) struct Table<'a> {
    pub caption: String,
    pub factor: Factor,
    /// What the first column holds.
    pub what: &'static str,
    /// What ratios are against.
    pub baseline: String,
    pub rows: Vec<TableRow<'a>>,
    pub troubles: Vec<TroubleRow<'a>>,
}

/// One measured side.
pub(super) struct TableRow<'a> {
    pub label: String,
    pub side: &'a ComparedSide,
    /// `None` for the baseline itself.
    pub candidate: Option<&'a Candidate>,
}

/// What has no numbers.
pub(super) struct TroubleRow<'a> {
    pub label: String,
    pub case: Option<&'a CaseId>,
    pub failed: bool,
    pub reason: &'a str,
}

/// Which columns have anything in them.
struct TableColumns {
    throughput: bool,
    heap: bool,
    memory: bool,
    instructions: bool,
}

impl TableColumns {
    fn new(run: &Run, table: &Table) -> Self {
        let any = |has: fn(&CaseModel) -> bool| {
            table.rows.iter().any(|row| run.model.case(&row.side.arm.case).is_some_and(has))
        };
        Self {
            throughput: any(|case| !case.throughput.describe().is_empty()),
            heap: any(|case| case.newest(|of| of.heap.as_ref()).is_some()),
            memory: any(|case| case.newest(|of| of.memory.as_ref()).is_some()),
            instructions: any(|case| case.newest(|of| of.instructions.as_ref()).is_some()),
        }
    }

    fn count(&self) -> usize {
        let optional = [self.throughput, self.heap, self.memory, self.instructions];
        4 + optional.into_iter().filter(|has| *has).count()
    }
}

impl Table<'_> {
    pub fn render(&self, run: &Run) -> Markup {
        let columns = TableColumns::new(run, self);
        let forest = Forest::new(self.rows.iter().filter_map(|row| row.candidate));
        html! {
            div.scroll {
                table.versus data-sortable {
                    caption { (self.caption) }
                    (self.head(&columns, forest.as_ref()))
                    tbody {
                        @for row in &self.rows { (self.row(run, row, &columns, forest.as_ref())) }
                        @for trouble in &self.troubles { (trouble_row(run, trouble, columns.count())) }
                    }
                }
            }
        }
    }

    fn head(&self, columns: &TableColumns, forest: Option<&Forest>) -> Markup {
        html! {
            thead {
                tr {
                    th scope="col" data-sort="text" { (self.what) }
                    th.plot scope="col" {
                        span.axis-title { "time relative to " (self.baseline) }
                        @if let Some(forest) = forest { (forest.axis()) }
                    }
                    th.number scope="col" data-sort="number" { "Ratio" }
                    th scope="col" { "Verdict" }
                    th.number scope="col" data-sort="number" { "Time / iteration" }
                    @if columns.throughput { th.number scope="col" data-sort="number" { "Throughput" } }
                    @if columns.heap { th.number scope="col" data-sort="number" { "Allocated / iteration" } }
                    @if columns.memory { th.number scope="col" data-sort="number" { "Peak resident" } }
                    @if columns.instructions {
                        th.number scope="col" data-sort="number" { "Instructions / iteration" }
                    }
                }
            }
        }
    }

    fn row(&self, run: &Run, row: &TableRow, columns: &TableColumns, forest: Option<&Forest>) -> Markup {
        let case = run.model.case(&row.side.arm.case);
        let ns = row.side.ns_per_iter_median();
        let order = match row.candidate {
            None => Some(1.0),
            Some(candidate) => candidate.estimate.map(|estimate| estimate.ratio),
        };
        html! {
            tr class=[row.candidate.is_none().then_some("is-baseline")] {
                th scope="row" data-value=(row.label) {
                    a href=(run.case_link(&row.side.arm.case)) { (row.label) }
                }
                td.plot { (plot(row, forest)) }
                td.number.ratio data-value=[order.map(sort_value)] { (ratio(row)) }
                td.verdict { (self.verdict(row)) }
                td.number data-label="Time / iteration" data-value=[ns.map(sort_value)] {
                    (ns.map_or_else(|| "–".to_owned(), number::time_ns))
                }
                @if columns.throughput { (throughput(case, ns)) }
                @if columns.heap { (heap(case)) }
                @if columns.memory { (memory(case)) }
                @if columns.instructions { (instructions(case, &row.side.arm.artifact)) }
            }
        }
    }

    fn verdict(&self, row: &TableRow) -> Markup {
        let estimate = row.candidate.and_then(|candidate| candidate.estimate);
        html! {
            @match (row.candidate, estimate) {
                (None, _) => { span.muted { "baseline" } }
                (Some(_), Some(estimate)) => { (words::speed_chip(self.factor, estimate)) }
                (Some(candidate), None) => { (words::candidate_chip(self.factor, candidate)) }
            }
        }
    }
}

fn plot(row: &TableRow, forest: Option<&Forest>) -> Markup {
    html! {
        @match (forest, row.candidate) {
            (Some(forest), Some(candidate)) => { (forest.row(candidate)) }
            (Some(forest), None) => { (forest.baseline()) }
            (None, _) => {}
        }
    }
}

fn ratio(row: &TableRow) -> Markup {
    let Some(candidate) = row.candidate else {
        return html! { b { "1" } };
    };
    let Some(estimate) = candidate.estimate else {
        return html! { "–" };
    };
    let text = number::ratio_with_interval(estimate.ratio, estimate.interval);
    let (ratio, interval) = text.split_once(' ').unwrap_or((&text, "one trial: no interval"));
    html! {
        b { (ratio) } " " span.interval { (interval) }
        @if candidate.trials_missing > 0 {
            span.note { (number::plural(candidate.trials_missing as usize, "trial")) " missing" }
        }
    }
}

/// A number to sort by, with more digits than are shown, and not with all that it has: a large page has many.
fn sort_value(number: f64) -> String {
    format!("{number:.5e}")
}

fn throughput(case: Option<&CaseModel>, ns: Option<f64>) -> Markup {
    let rates = case.zip(ns).map(|(case, ns)| crate::model::Throughput::new(case.work, ns));
    let first = rates.and_then(|rates| rates.describe().into_iter().next());
    let order = ns.map(|ns| 1.0 / ns);
    html! {
        td.number data-label="Throughput" data-value=[order.map(sort_value)] { (first.as_deref().unwrap_or("–")) }
    }
}

fn heap(case: Option<&CaseModel>) -> Markup {
    let heap = case.and_then(|case| case.newest(|of| of.heap.as_ref()));
    html! {
        td.number data-label="Allocated / iteration" data-value=[heap.map(|h| h.bytes_per_iter()).map(sort_value)] {
            @match heap {
                None => { "–" }
                Some(heap) if heap.summary.total_blocks == 0 => { (HeapModel::NOTHING) }
                Some(heap) => {
                    (number::bytes(heap.bytes_per_iter()))
                    span.note { "in " (number::quantity_of(heap.blocks_per_iter(), "block")) }
                }
            }
        }
    }
}

fn memory(case: Option<&CaseModel>) -> Markup {
    let peak =
        case.and_then(|case| case.newest(|of| of.memory.as_ref())).map(|m| m.peak_resident_bytes as f64);
    html! {
        td.number data-label="Peak resident" data-value=[peak.map(sort_value)] {
            (peak.map_or_else(|| "–".to_owned(), number::bytes))
        }
    }
}

fn instructions(case: Option<&CaseModel>, artifact: &str) -> Markup {
    let counted = case.and_then(|case| case.instructions_of(artifact));
    let per_iter = counted.and_then(InstructionModel::per_iter);
    html! {
        td.number data-label="Instructions / iteration" data-value=[per_iter.map(sort_value)] {
            (per_iter.map_or_else(|| "–".to_owned(), number::quantity))
            @if let Some(varies) = counted.and_then(InstructionModel::spread_words) {
                span.note { (varies) }
            }
        }
    }
}

fn trouble_row(run: &Run, trouble: &TroubleRow, width: usize) -> Markup {
    html! {
        tr.trouble {
            th scope="row" {
                @match trouble.case {
                    Some(case) => { a href=(run.case_link(case)) { (trouble.label) } }
                    None => { (trouble.label) }
                }
            }
            td colspan=(width) {
                @if trouble.failed {
                    span.chip.failed { span.mark aria-hidden="true" { "✕" } "failed" }
                } @else {
                    span.chip.missing { span.mark aria-hidden="true" { "–" } "not available" }
                }
                " " (trouble.reason)
            }
        }
    }
}
