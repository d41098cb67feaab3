//! The section of one family: its question, its matrices, then every data set.

use duel_record::{Allocator, Factor};
use maud::{Markup, html};

use super::{
    anchor, case, matrix, roofline,
    run::{Run, case_label},
    runs,
    table::{Row, Table, Trouble},
    why::Flames,
};
use crate::model::{Comparison, DataSet, FamilyModel, Ranking};
use crate::number;

/// The names of all families of all runs, in the order of the first run.
pub(super) fn names<'a>(runs: &[Run<'a>]) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    for family in runs.iter().flat_map(|run| &run.model.families) {
        if !names.contains(&family.name.as_str()) {
            names.push(&family.name);
        }
    }
    names
}

/// A family in the runs that have it.
pub(super) fn in_runs<'r, 'a>(runs: &'r [Run<'a>], name: &str) -> Vec<(&'r Run<'a>, &'a FamilyModel)> {
    runs.iter().filter_map(|run| Some((run, run.model.families.iter().find(|f| f.name == name)?))).collect()
}

/// The whole section.
pub(super) fn section(runs: &[Run], name: &str, flames: &mut Flames) -> Markup {
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
                (matrix::table(&group, runs.len() > 1))
            }
            (runs::table(runs, name))
            @for (run, family) in &models {
                @if run.many { h3.run-title { "Run " (run.name()) } }
                (roofline::section(run, family))
                @for set in &family.data_sets {
                    (data_set(run, family, set, flames))
                }
            }
        }
    }
}

/// One workload in one size: every comparison on it, then every case.
fn data_set(run: &Run, family: &FamilyModel, set: &DataSet, flames: &mut Flames) -> Markup {
    let here = |c: &&Comparison| {
        let case = &c.baseline.arm.case;
        case.family == family.name && case.workload == set.workload && case.size == set.size
    };
    let comparisons: Vec<&Comparison> = run.model.comparisons.iter().filter(here).collect();
    let cases = run.model.cases.iter().filter(|case| {
        case.id.family == family.name && case.id.workload == set.workload && case.id.size == set.size
    });
    html! {
        section.data-set {
            h3 {
                (set.workload) " · " (set.size)
                @if let Some(elements) = set.elements {
                    span.muted { " " (number::count(elements)) " elements" }
                }
            }
            @for ranking in &family.rankings {
                @for comparison in &comparisons {
                    @if comparison.factor == Factor::Variant && comparison.baseline.arm == ranking.reference {
                        (variants(ranking, comparison).render(run))
                    }
                }
            }
            @for table in builds(&comparisons) { (table.render(run)) }
            @for comparison in &comparisons {
                @if matches!(comparison.factor, Factor::Allocator | Factor::Threads) {
                    (levels(comparison).render(run))
                }
            }
            div.cases {
                @for case in cases { (case::details(run, case, flames)) }
            }
        }
    }
}

/// All variants of a data set, fastest first.
fn variants<'a>(ranking: &'a Ranking, comparison: &'a Comparison) -> Table<'a> {
    let rows = ranking.entries.iter().filter_map(|entry| {
        let candidate = comparison.candidates.iter().find(|c| c.side.arm.case == entry.case);
        let side = if entry.reference { &comparison.baseline } else { &candidate?.side };
        Some(Row { label: entry.label.clone(), side, candidate: candidate.filter(|_| !entry.reference) })
    });
    let failed = ranking.failed.iter().map(|(case, reason)| Trouble {
        label: case_label(case),
        case: Some(case),
        failed: true,
        reason,
    });
    let missing = ranking.unavailable.iter().map(|(label, reason)| Trouble {
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
fn levels(comparison: &Comparison) -> Table<'_> {
    let variant = &comparison.baseline.arm.case.variant;
    let (title, what) = match comparison.factor {
        Factor::Threads => ("Threads", "Threads"),
        _ => ("Allocators", "Allocator"),
    };
    let baseline =
        Row { label: comparison.baseline.level.clone(), side: &comparison.baseline, candidate: None };
    let candidates = comparison.candidates.iter().map(|candidate| Row {
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
fn builds<'a>(comparisons: &[&'a Comparison]) -> Vec<Table<'a>> {
    let mut tables: Vec<(Factor, &str, Table)> = Vec::new();
    for comparison in comparisons {
        if !matches!(comparison.factor, Factor::Artifact | Factor::Profile) {
            continue;
        }
        // What is identical has no numbers; the matrix and the case have it.
        for candidate in comparison.candidates.iter().filter(|candidate| candidate.identical.is_none()) {
            let row = Row {
                label: case_label(&candidate.side.arm.case),
                side: &candidate.side,
                candidate: Some(candidate),
            };
            let same = |(factor, level, table): &&mut (Factor, &str, Table)| {
                *factor == comparison.factor
                    && *level == candidate.side.level
                    && table.baseline == comparison.baseline.level
            };
            match tables.iter_mut().find(same) {
                Some((_, _, table)) => table.rows.push(row),
                None => tables.push((
                    comparison.factor,
                    &candidate.side.level,
                    Table {
                        caption: format!("{} against {}", candidate.side.level, comparison.baseline.level),
                        factor: comparison.factor,
                        what: "Case",
                        baseline: comparison.baseline.level.clone(),
                        rows: vec![row],
                        troubles: Vec::new(),
                    },
                )),
            }
        }
    }
    tables.into_iter().map(|(_, _, table)| table).collect()
}
