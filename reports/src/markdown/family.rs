//! A family in Markdown: its ratios, their causes, what instruments found, and how near its variants come to the
//! machine's limits.

use duel_record::{Allocator, Factor};

use crate::instruments::{sections, tables};
use crate::markdown_text::{inline, row};
use crate::model::{Cell, Estimate, FamilyModel, IDENTICAL, Matrix, Model, verdict_word};
use crate::number;

/// The heading with the first table, then a block for each further part; some are empty.
pub(super) fn blocks(model: &Model, family: &FamilyModel) -> impl Iterator<Item = String> {
    let mut head = format!("## {}\n\n", inline(&family.name));
    if !family.question.is_empty() {
        head.push_str(&format!("{}\n\n", inline(&family.question)));
    }
    let mut matrices = family.matrices.iter().map(matrix_table);
    // No heading stands without anything below it.
    head.push_str(&matrices.next().unwrap_or_default());
    let causes = std::iter::once_with(|| causes(model, &family.name));
    let instruments = sections().map(|(_, section)| section.markdown(model, family));
    let limits = std::iter::once_with(|| limits(model, family));
    std::iter::once(head).chain(matrices).chain(causes).chain(instruments).chain(limits)
}

fn matrix_table(matrix: &Matrix) -> String {
    let heads = matrix.columns.iter().map(|set| inline(&format!("{} / {}", set.workload, set.size)));
    let mut text = format!("{}:\n\n", inline(&matrix.title()));
    text.push_str(&row(std::iter::once(String::new()).chain(heads)));
    text.push_str(&row(vec!["---".to_owned(); matrix.columns.len() + 1]));
    for line in &matrix.rows {
        let cells = line.cells.iter().map(|cell| self::cell(matrix.factor, cell));
        text.push_str(&row(std::iter::once(inline(&line.label)).chain(cells)));
    }
    text.push('\n');
    if let Some(note) = matrix.note() {
        text.push_str(&format!("({}.)\n\n", inline(&note)));
    }
    text
}

fn cell(factor: Factor, cell: &Cell) -> String {
    let time = |ns: &Option<f64>| ns.map(number::time_ns).unwrap_or_default();
    match cell {
        Cell::Baseline { ns_per_iter, .. } => format!("1 ({})", time(ns_per_iter)),
        Cell::Compared { estimate: Some(estimate), .. } => ratio(factor, estimate),
        Cell::Compared { estimate: None, .. } => "no trial has both sides".to_owned(),
        Cell::Identical { .. } => IDENTICAL.to_owned(),
        Cell::Failed { .. } => "**failed**".to_owned(),
        Cell::Unavailable { .. } => "not available".to_owned(),
        Cell::Alone { ns_per_iter, .. } => time(ns_per_iter),
        Cell::Unmeasured => "not measured".to_owned(),
    }
}

fn ratio(factor: Factor, estimate: &Estimate) -> String {
    let ratio = number::ratio_with_interval(estimate.ratio, estimate.interval);
    let verdict = verdict_word(factor, estimate.verdict);
    let mut ratio = inline(&ratio);
    if estimate.interval.is_none() {
        ratio.push_str(" (no interval)");
    }
    match verdict {
        "faster" | "slower" => format!("{ratio} {}", number::speed(estimate.ratio)),
        _ => format!("{ratio} {verdict}"),
    }
}

/// The cause of each ratio; nothing if no instrument ran on both sides of one.
fn causes(model: &Model, family: &str) -> String {
    let mut text = String::new();
    for comparison in model.comparisons_of_family(family) {
        for candidate in &comparison.candidates {
            let Some(cause) = &candidate.cause else { continue };
            let case = &candidate.side.arm.case;
            text.push_str(&format!(
                "- {} / {}, {} against {}: {}",
                inline(&case.workload),
                inline(&case.size),
                inline(&candidate.side.level),
                inline(&comparison.baseline.level),
                inline(&cause.sentence)
            ));
            if let Some(contradiction) = &cause.contradiction {
                text.push_str(&format!(". **Contradiction**: {}", inline(contradiction)));
            }
            text.push('\n');
        }
    }
    if text.is_empty() { text } else { format!("Why:\n\n{text}\n") }
}

/// How near variants come to the machine's limits; nothing if no case states its work or the limits are unknown.
fn limits(model: &Model, family: &FamilyModel) -> String {
    tables(model, family, "Attained of what this machine can do at most", |case, of| {
        // What an allocator changes is no matter of these limits.
        let held = of.roofline.as_ref().filter(|_| case.id.allocator == Allocator::System)?;
        Some(inline(&held.short()))
    })
}
