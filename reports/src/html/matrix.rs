//! A family at a glance: variants down, data sets across, runs side by side.

use std::collections::{HashMap, HashSet};

use duel_record::Factor;
use duel_stats::Verdict;
use maud::{Markup, html};

use super::{fold::Folds, words};
use crate::model::{Cell, DataSet, Estimate, IDENTICAL, Matrix, MatrixRow, verdict_name, verdict_word};
use crate::number;
use crate::page_run::Run;

/// The same matrix in one or several runs.
pub(super) struct MatrixGroup<'a> {
    pub runs: Vec<(Run<'a>, &'a Matrix)>,
}

/// Matrices of several runs, those that say the same thing together.
pub(super) fn groups<'a>(all: impl Iterator<Item = (Run<'a>, &'a Matrix)>) -> Vec<MatrixGroup<'a>> {
    let mut groups: Vec<MatrixGroup> = Vec::new();
    // Those that say the same, and how many each run has put into them.
    let mut places: HashMap<_, (Vec<usize>, HashMap<usize, usize>)> = HashMap::new();
    for (run, matrix) in all {
        let same = (matrix.factor, &matrix.baseline, &matrix.candidate, matrix.allocator);
        let (places, taken) = places.entry(same).or_default();
        let taken = taken.entry(run.number).or_default();
        match places.get(*taken) {
            Some(place) => groups[*place].runs.push((run, matrix)),
            None => {
                places.push(groups.len());
                groups.push(MatrixGroup { runs: vec![(run, matrix)] });
            }
        }
        *taken += 1;
    }
    groups
}

/// A table of more cells than this is no glance any more, and is folded on a page that folds.
const MOST_CELLS_IN_SIGHT: usize = 200;

/// The table of one group, behind a line where it is large.
pub(super) fn section(group: &MatrixGroup, many: bool, folds: &mut Folds) -> Markup {
    let Some((_, first)) = group.runs.first() else {
        return html! {};
    };
    let cells: usize = group.runs.iter().map(|(_, matrix)| matrix.rows.len() * matrix.columns.len()).sum();
    let table = table(group, many);
    html! {
        @if folds.folded() && cells > MOST_CELLS_IN_SIGHT {
            @let content = folds.content(table);
            details.large-matrix data-folded=[content.place()] {
                summary {
                    (first.title())
                    span.muted { ", " (number::plural(first.columns.len(), "data set")) " side by side" (notes(group)) }
                }
                (content.in_place())
            }
        } @else { (table) }
    }
}

fn table(group: &MatrixGroup, many: bool) -> Markup {
    let Some((_, first)) = group.runs.first() else {
        return html! {};
    };
    let mut seen = HashSet::new();
    let rows = group.runs.iter().flat_map(|(_, matrix)| &matrix.rows);
    let labels: Vec<(&str, bool)> =
        rows.map(|row| (&*row.label, row.reference)).filter(|(label, _)| seen.insert(*label)).collect();
    let places: Vec<HashMap<&str, &MatrixRow>> = group
        .runs
        .iter()
        .map(|(_, matrix)| matrix.rows.iter().rev().map(|row| (&*row.label, row)).collect())
        .collect();
    let title = first.title();
    html! {
        div.scroll tabindex="0" role="region" aria-label=(title) {
            table.matrix {
                caption { (title) span.muted { (notes(group)) } @if let Some(artifact) = several_artifacts(group) { span.muted { " · " (artifact) } } }
                (head(group, many))
                tbody {
                    @for (label, reference) in labels {
                        tr {
                            th scope="row" {
                                (label)
                                @if reference && first.factor == Factor::Variant { span.muted { " reference" } }
                            }
                            @for ((run, matrix), rows) in group.runs.iter().zip(&places) {
                                @let row = rows.get(label);
                                @for column in 0..matrix.columns.len() {
                                    @let cell = row.and_then(|row| row.cells.get(column));
                                    (self::cell(run, matrix.factor, cell.unwrap_or(&Cell::Unmeasured)))
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What there is to know of the matrices of a group, such as what they leave out.
fn notes(group: &MatrixGroup) -> String {
    group.runs.iter().filter_map(|(_, matrix)| matrix.note()).map(|note| format!(" · {note}")).collect()
}

/// The artifact, where the run has several and the matrix is of one.
fn several_artifacts(group: &MatrixGroup) -> Option<String> {
    let (run, matrix) = group.runs.first()?;
    matrix.artifact.clone().filter(|_| run.model.started.artifacts.len() > 1)
}

fn head(group: &MatrixGroup, many: bool) -> Markup {
    html! {
        thead {
            @if many {
                tr {
                    td {}
                    @for (run, matrix) in &group.runs {
                        th scope="colgroup" colspan=(matrix.columns.len()) { "Run " (run.name()) }
                    }
                }
            }
            tr {
                td {}
                @for (_, matrix) in &group.runs {
                    @for column in &matrix.columns { (column_head(column)) }
                }
            }
        }
    }
}

fn column_head(column: &DataSet) -> Markup {
    html! {
        th scope="col" {
            span.workload { (column.workload) }
            span.size { (column.size) }
        }
    }
}

fn cell(run: &Run, factor: Factor, cell: &Cell) -> Markup {
    let time = |ns: &Option<f64>| ns.map(number::time_ns).unwrap_or_default();
    html! {
        @match cell {
            Cell::Compared { case, estimate: Some(estimate), ns_per_iter } => {
                td class={ "cell " (verdict_name(estimate.verdict)) } style=[heat(factor, estimate)] {
                    a href=(run.case_link(case)) title={ (time(ns_per_iter)) " per iteration" } {
                        (ratio(factor, estimate))
                    }
                }
            }
            Cell::Compared { case, estimate: None, .. } => {
                td.cell.none { a href=(run.case_link(case)) { "no trial has both sides" } }
            }
            Cell::Identical { case, reason } => {
                td.cell.identical {
                    a href=(run.case_link(case)) title=(reason) {
                        b { span aria-hidden="true" { (words::IDENTICAL_MARK) " " } (IDENTICAL) }
                        span.words { "not measured" }
                    }
                }
            }
            Cell::Baseline { case, ns_per_iter } => {
                td.cell.baseline {
                    a href=(run.case_link(case)) { b { "1" } span { (time(ns_per_iter)) } }
                }
            }
            Cell::Failed { case, reason } => {
                td.cell.failed {
                    a href=(run.case_link(case)) title=(reason) {
                        b { span aria-hidden="true" { "✕ " } "failed" }
                        span.reason { (reason) }
                    }
                }
            }
            Cell::Unavailable { reason, .. } => {
                td.cell.none title=(reason) { b { "not available" } span.reason { (reason) } }
            }
            Cell::Alone { case, ns_per_iter } => {
                td.cell.none {
                    a href=(run.case_link(case)) { (time(ns_per_iter)) span { "not in this comparison" } }
                }
            }
            Cell::Unmeasured => { td.cell.none { span { "not measured" } } }
        }
    }
}

fn ratio(factor: Factor, estimate: &Estimate) -> Markup {
    let text = number::ratio_with_interval(estimate.ratio, estimate.interval);
    let (ratio, interval) = text.split_once(' ').unwrap_or((&text, "no interval"));
    let words = match estimate.verdict {
        Verdict::Improved | Verdict::Regressed => number::speed(estimate.ratio),
        verdict => verdict_word(factor, verdict).to_owned(),
    };
    html! {
        b { (ratio) }
        span.interval { (interval) }
        span.words { span aria-hidden="true" { (words::mark(estimate.verdict)) " " } (words) }
    }
}

/// How strongly a cell is tinted: fully at four times between variants, at 1.25 between builds.
fn heat(factor: Factor, estimate: &Estimate) -> Option<String> {
    let full = match factor {
        Factor::Variant | Factor::Threads => 4.0_f64,
        Factor::Allocator => 2.0,
        Factor::Artifact => 1.25,
    };
    let coloured = matches!(estimate.verdict, Verdict::Improved | Verdict::Regressed);
    let heat = (estimate.ratio.ln().abs() / full.ln()).clamp(0.15, 1.0);
    coloured.then(|| format!("--heat:{heat:.2}"))
}
