//! The section of one family: its question, its matrices, then every data set.

use std::collections::{HashMap, HashSet};

use duel_record::{Allocator, Factor};
use duel_stats::Verdict;
use maud::{Markup, html};

use super::{
    anchor, case,
    fold::Folds,
    matrix, roofline, runs,
    table::{Table, TableRow, TroubleRow},
    words,
};
use crate::instruments::Flames;
use crate::model::{CaseModel, ComparisonModel, DataSet, FamilyModel, Ranking};
use crate::number;
use crate::page_run::{Run, case_label};

/// The names of all families of all runs, in the order of the first run.
pub(super) fn names<'a>(runs: &[Run<'a>]) -> Vec<&'a str> {
    let mut seen = HashSet::new();
    let names = runs.iter().flat_map(|run| &run.model.families).map(|family| family.name.as_str());
    names.filter(|name| seen.insert(*name)).collect()
}

/// A family in the runs that have it.
pub(super) fn in_runs<'r, 'a>(runs: &'r [Run<'a>], name: &str) -> Vec<(&'r Run<'a>, &'a FamilyModel)> {
    runs.iter().filter_map(|run| Some((run, run.model.family(name)?))).collect()
}

/// The whole section.
pub(super) fn section(runs: &[Run], name: &str, flames: &mut Flames, folds: &mut Folds) -> Markup {
    let models = in_runs(runs, name);
    let Some((_, first)) = models.first() else {
        return html! {};
    };
    let matrices = models
        .iter()
        .flat_map(|(run, family)| family.matrices.iter().map(|matrix| (**run, matrix)))
        .filter(|(_, m)| !matches!(m.factor, Factor::Allocator | Factor::Threads));
    let id = anchor::family(name);
    html! {
        section.family id=(id) aria-labelledby={ (id) "-title" } {
            header {
                p.eyebrow { "Family" }
                h2 id={ (id) "-title" } { (name) }
                @if !first.question.is_empty() { p.question { (first.question) } }
                @if !first.check.is_empty() { p.muted { "Answers are held to the reference by: " (first.check) "." } }
            }
            @for group in matrix::groups(matrices) {
                (matrix::section(&group, runs.len() > 1, folds))
            }
            (runs::table(runs, name))
            @for (run, family) in &models {
                @if run.many { h3.run-title { "Run " (run.name()) } }
                (roofline::section(run, family))
                @let rankings = rankings(family);
                @for set in &family.data_sets {
                    @let rankings = rankings.get(&(&*set.workload, &*set.size)).map_or(&[][..], Vec::as_slice);
                    (data_set(run, family, set, rankings, flames, folds))
                }
            }
        }
    }
}

/// The rankings of a family by workload and size.
fn rankings(family: &FamilyModel) -> HashMap<(&str, &str), Vec<&Ranking>> {
    let mut rankings: HashMap<_, Vec<&Ranking>> = HashMap::new();
    for ranking in &family.rankings {
        rankings.entry((&*ranking.workload, &*ranking.size)).or_default().push(ranking);
    }
    rankings
}

/// One workload in one size: every comparison on it, then every case.
fn data_set(
    run: &Run,
    family: &FamilyModel,
    set: &DataSet,
    rankings: &[&Ranking],
    flames: &mut Flames,
    folds: &mut Folds,
) -> Markup {
    let comparisons: Vec<&ComparisonModel> = run.model.comparisons_in(&family.name, set).collect();
    let cases: Vec<&CaseModel> = run.model.cases_in(&family.name, set).collect();
    let by_variant = comparisons.iter().filter(|comparison| comparison.factor == Factor::Variant);
    let by_reference: HashMap<_, &ComparisonModel> =
        by_variant.map(|comparison| (&comparison.baseline.arm, *comparison)).collect();
    let content = html! {
        @for ranking in rankings {
            @if let Some(comparison) = by_reference.get(&ranking.reference) {
                (variants(ranking, comparison).render(run))
            }
        }
        @for table in builds(&comparisons) { (table.render(run)) }
        @for comparison in &comparisons {
            @if matches!(comparison.factor, Factor::Allocator | Factor::Threads) {
                (levels(comparison).render(run))
            }
        }
        div.cases {
            @for case in &cases { (case::details(run, case, flames)) }
        }
    };
    let name = html! {
        (set.workload) " · " (set.size)
        @if let Some(elements) = set.elements {
            span.muted { " " (number::count(elements)) " elements" }
        }
    };
    html! {
        @if folds.folded() {
            @let content = folds.content(content);
            details.data-set data-folded=[content.place()] {
                summary { h3 { (name) } (in_brief(&cases, &comparisons)) }
                (content.in_place())
            }
        } @else {
            section.data-set { h3 { (name) } (content) }
        }
    }
}

/// What there is behind the line of a data set: its cases, what failed, what is slower or faster.
fn in_brief(cases: &[&CaseModel], comparisons: &[&ComparisonModel]) -> Markup {
    let failed = cases.iter().filter(|case| !case.failures.is_empty()).count();
    let mut verdicts: Vec<(Factor, Verdict, usize)> = Vec::new();
    for comparison in comparisons {
        for verdict in comparison.candidates.iter().filter_map(|candidate| Some(candidate.estimate?.verdict))
        {
            let same = |(factor, known, _): &&mut (Factor, Verdict, usize)| {
                (*factor, *known) == (comparison.factor, verdict)
            };
            match verdicts.iter_mut().find(same) {
                Some((_, _, count)) => *count += 1,
                None => verdicts.push((comparison.factor, verdict, 1)),
            }
        }
    }
    html! {
        span.muted { (number::plural(cases.len(), "case")) }
        @if failed > 0 { span { (failed) " " (words::failed_chip()) } }
        @for verdict in [Verdict::Regressed, Verdict::Improved] {
            @for (factor, _, count) in verdicts.iter().filter(|(_, found, _)| *found == verdict) {
                span { (count) " " (words::chip(*factor, verdict)) }
            }
        }
    }
}

/// All variants of a data set, fastest first.
fn variants<'a>(ranking: &'a Ranking, comparison: &'a ComparisonModel) -> Table<'a> {
    let candidates: HashMap<_, _> =
        comparison.candidates.iter().rev().map(|candidate| (&candidate.side.arm.case, candidate)).collect();
    let rows = ranking.entries.iter().filter_map(|entry| {
        let candidate = candidates.get(&entry.case).copied();
        let side = if entry.reference { &comparison.baseline } else { &candidate?.side };
        Some(TableRow { label: entry.label.clone(), side, candidate: candidate.filter(|_| !entry.reference) })
    });
    let failed = ranking.failed.iter().map(|(case, reason)| TroubleRow {
        label: case_label(case),
        case: Some(case),
        failed: true,
        reason,
    });
    let missing = ranking.unavailable.iter().map(|(label, reason)| TroubleRow {
        label: label.clone(),
        case: None,
        failed: false,
        reason,
    });
    let allocator = ranking.reference.case.allocator;
    let setting = if allocator == Allocator::System { String::new() } else { format!(", {allocator}") };
    Table {
        caption: format!("Variants{setting}, {}", number::plural(comparison.trials as usize, "trial")),
        factor: Factor::Variant,
        what: "Variant",
        baseline: comparison.baseline.level.clone(),
        rows: rows.collect(),
        troubles: failed.chain(missing).collect(),
    }
}

/// Allocators or thread counts of one case.
fn levels(comparison: &ComparisonModel) -> Table<'_> {
    let variant = &comparison.baseline.arm.case.variant;
    let (title, what) = match comparison.factor {
        Factor::Threads => ("Threads", "Threads"),
        _ => ("Allocators", "Allocator"),
    };
    let baseline =
        TableRow { label: comparison.baseline.level.clone(), side: &comparison.baseline, candidate: None };
    let candidates = comparison.candidates.iter().map(|candidate| TableRow {
        label: candidate.side.level.clone(),
        side: &candidate.side,
        candidate: Some(candidate),
    });
    Table {
        caption: format!("{title}: {variant}, {}", number::plural(comparison.trials as usize, "trial")),
        factor: comparison.factor,
        what,
        baseline: comparison.baseline.level.clone(),
        rows: std::iter::once(baseline).chain(candidates).collect(),
        troubles: Vec::new(),
    }
}

/// Builds of the same code: one table per pair of builds, one row per case.
fn builds<'a>(comparisons: &[&'a ComparisonModel]) -> Vec<Table<'a>> {
    let mut tables: Vec<Table> = Vec::new();
    let mut places: HashMap<(Factor, &str, &str), usize> = HashMap::new();
    for comparison in comparisons {
        if !matches!(comparison.factor, Factor::Artifact) {
            continue;
        }
        // What is identical has no numbers; the matrix and the case have it.
        for candidate in comparison.candidates.iter().filter(|candidate| candidate.identical.is_none()) {
            let row = TableRow {
                label: case_label(&candidate.side.arm.case),
                side: &candidate.side,
                candidate: Some(candidate),
            };
            let same = (comparison.factor, &*candidate.side.level, &*comparison.baseline.level);
            let place = *places.entry(same).or_insert(tables.len());
            match tables.get_mut(place) {
                Some(table) => table.rows.push(row),
                None => tables.push(Table {
                    caption: format!("{} against {}", candidate.side.level, comparison.baseline.level),
                    factor: comparison.factor,
                    what: "Case",
                    baseline: comparison.baseline.level.clone(),
                    rows: vec![row],
                    troubles: Vec::new(),
                }),
            }
        }
    }
    tables
}
