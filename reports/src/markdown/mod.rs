//! The report as short GitHub-flavoured Markdown: for a pull request, a mail, a terminal.

mod bounded;
mod family;
mod gate;

use crate::markdown_text::{folded, inline, reason, row};
use crate::model::{Model, difference_cells, foreign_metrics};
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
            text.push_str(&bounded(room(&text) / 4, [sides(model)]));
            text.push_str(&bounded(room(&text), details(model)));
        }
        Some(gate) => {
            text.push_str(&gate::section(gate, room(&text) / 2));
            text.push_str(&bounded(room(&text) / 4, [sides(model)]));
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
    let families = model.families.iter().flat_map(|family| family::blocks(model, family));
    let failures = std::iter::once_with(|| failures(model));
    failures.chain(families).chain([foreign(model), missing(model)])
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
        text.push_str(&format!("- **{}**: {}", inline(&missing.what.to_string()), reason(&missing.reason)));
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

/// What each side of a comparison of artifacts was built from, and what differs between them and is not the code;
/// nothing for a run of one artifact.
fn sides(model: &Model) -> String {
    let sides = model.sides();
    let mut text = String::new();
    if !sides.is_empty() {
        text.push_str("## Both sides\n\n");
        let rows = sides.iter().map(|side| side.cells().map(|cell| reason(&cell)));
        text.push_str(&table_of(
            ["Side", "Runner", "Executable", "Tree", "Revision", "Built from that tree"],
            rows,
        ));
    }
    let differences = model.differences();
    if !differences.is_empty() {
        text.push_str("What the sides were built with beside their code:\n\n");
        let rows =
            differences.iter().map(|difference| difference_cells(difference).map(|cell| reason(&cell)));
        text.push_str(&table_of(["Kind", "Name", "Baseline", "Candidate", "What was done"], rows));
    }
    text
}

fn table_of<const N: usize>(heads: [&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let mut text = row(heads.map(inline));
    text.push_str(&row(heads.map(|_| "---".to_owned())));
    rows.for_each(|cells| text.push_str(&row(cells)));
    text.push('\n');
    text
}

/// What a user's own benchmarks of another harness counted, one table a tool.
fn foreign(model: &Model) -> String {
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
