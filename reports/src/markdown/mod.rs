//! The report as short GitHub-flavoured Markdown: for a pull request, a mail, a terminal.

mod bounded;
mod cause;
mod foreign;
mod gate;
mod roofline;
mod sides;

use duel_record::Factor;

use crate::instruments::sections;
use crate::markdown_text::{folded, inline, reason, row};
use crate::model::{Cell, Estimate, IDENTICAL, Matrix, Model, verdict_word};
use crate::number;
use bounded::{Bounded, MOST_BYTES};

/// The report of one run, or of several below each other.
pub fn markdown(models: &[Model]) -> String {
    let mut text = String::new();
    for model in models {
        text.push_str(&run(model, MOST_BYTES / models.len()));
    }
    if models.len() > 1 {
        text.push_str(
            "The runs did not take turns with each other: compare verdicts within a run, and \
             nothing but rough sizes between runs.\n\n",
        );
    }
    text.push_str("---\n");
    if !models.iter().all(only_identical) {
        text.push_str(HOW_TO_READ);
    }
    if models.iter().any(|model| model.counts(None).identical > 0) {
        text.push_str(WHAT_IS_IDENTICAL);
    }
    if models.iter().any(|model| model.gate.is_some() && !only_identical(model)) {
        text.push_str(VERDICTS_OF_A_GATE);
    }
    text
}

/// Whether nothing was measured, since both sides of every case are the same.
fn only_identical(model: &Model) -> bool {
    let counts = model.counts(None);
    counts.identical > 0 && counts.identical == counts.total()
}

const HOW_TO_READ: &str = "\n\
    A ratio is candidate over baseline time: above 1 is slower. The brackets hold the 95 % \
    confidence interval over trials; in each trial fresh processes of both sides took turns on \
    one core. *Unsure* and *inconclusive* mean that the interval is too wide to say.\n";

const WHAT_IS_IDENTICAL: &str = "\nAn *identical* case was not measured: both of its sides are the same executable and made \
    the same data.\n";

const VERDICTS_OF_A_GATE: &str = "\nA gate's verdicts follow its rules, which stand below its cases.\n";

fn run(model: &Model, most_bytes: usize) -> String {
    let mut text = format!("# duel: {}\n\n", inline(&model.started.run));
    for (i, sentence) in model.headline_sentences().iter().enumerate() {
        let sentence = inline(sentence);
        text.push_str(&if i == 0 { format!("**{sentence}**") } else { format!(" {sentence}") });
    }
    text.push_str(&format!("\n\n{}\n\n", facts(model)));
    let room = |text: &str| most_bytes.saturating_sub(text.len());
    match &model.gate {
        None => {
            text.push_str(&bounded(room(&text) / 4, [sides::section(model)]));
            text.push_str(&bounded(room(&text), details(model)));
        }
        Some(gate) => {
            text.push_str(&gate::section(gate, room(&text) / 2));
            text.push_str(&bounded(room(&text) / 4, [sides::section(model)]));
            text.push_str(&folded("All tables", &bounded(room(&text), details(model))));
        }
    }
    text
}

fn bounded(most_bytes: usize, blocks: impl IntoIterator<Item = String>) -> String {
    let mut bounded = Bounded::new(most_bytes);
    blocks.into_iter().for_each(|block| bounded.push(&block));
    bounded.finish()
}

/// What failed, every family's tables, and what is missing.
fn details(model: &Model) -> impl Iterator<Item = String> {
    let families = model.families.iter().flat_map(|family| {
        let mut head = format!("## {}\n\n", inline(&family.name));
        if !family.question.is_empty() {
            head.push_str(&format!("{}\n\n", inline(&family.question)));
        }
        let mut matrices = family.matrices.iter().map(table);
        // No heading stands without anything below it.
        head.push_str(&matrices.next().unwrap_or_default());
        let causes = std::iter::once_with(|| cause::list(model, &family.name));
        let instruments = sections().map(|(_, section)| section.markdown(model, family));
        let limits = std::iter::once_with(|| roofline::table(model, family));
        std::iter::once(head).chain(matrices).chain(causes).chain(instruments).chain(limits)
    });
    let failures = std::iter::once_with(|| failures(model));
    failures.chain(families).chain([foreign::tables(model), missing(model)])
}

/// The machine, the source and how busy it was, in one line.
fn facts(model: &Model) -> String {
    let mut facts = vec![model.machine_line()];
    facts.extend(model.revision().map(|revision| format!("revision {revision}")));
    facts.push(format!("seed {}", model.started.settings.seed));
    facts.extend(model.pressure.describe());
    facts.iter().map(|fact| inline(fact)).collect::<Vec<_>>().join(" · ")
}

fn failures(model: &Model) -> String {
    if model.failures.is_empty() {
        return String::new();
    }
    let mut text = "## Failed\n\n".to_owned();
    text.push_str("| Case | In | Reason |\n| --- | --- | --- |\n");
    for found in model.failures_by_side() {
        let case = inline(&found.failure.arm.case.to_string());
        text.push_str(&row([case, inline(&found.place()), reason(&found.failure.reason)]));
    }
    text.push('\n');
    text
}

fn missing(model: &Model) -> String {
    if model.unavailable.is_empty() {
        return String::new();
    }
    let mut text = "## Not available here\n\n".to_owned();
    for missing in &model.unavailable {
        text.push_str(&format!("- **{}**: {}", inline(&missing.what), reason(&missing.reason)));
        if !missing.cases.is_empty() {
            text.push_str(&format!(" ({})", number::plural(missing.cases.len(), "case")));
        }
        if let Some(remedy) = &missing.remedy {
            text.push_str(&format!(". To get it: {}", reason(remedy)));
        }
        text.push('\n');
    }
    text.push('\n');
    text
}

fn table(matrix: &Matrix) -> String {
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
