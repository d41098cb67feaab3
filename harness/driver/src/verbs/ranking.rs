//! The ranking in the reporter: for every data set the variants by speed, and every other
//! comparison by its levels.

use duel_record::Factor;
use duel_reports::{
    Model,
    model::{Cause, ComparisonModel, Estimate, IDENTICAL, Ranking, verdict_word},
    number, shortened,
};
use duel_stats::Verdict;

use crate::{
    reporter::{Reporter, Style},
    verbs::text::{column_width, differences},
};

/// One line of a table before it is padded.
struct Row {
    name: String,
    time: String,
    ratio: String,
    words: String,
    style: Option<Style>,
    /// What stands below it.
    notes: Vec<String>,
}

/// Characters of a reason that are printed; the report has more, the record all.
const LONGEST_REASON: usize = 600;

/// The whole run as text.
pub fn ranking(model: &Model, reporter: &Reporter) -> String {
    let mut blocks = Vec::new();
    for family in &model.families {
        for ranking in &family.rankings {
            blocks.push(by_speed(model, ranking, reporter));
        }
        for comparison in model.comparisons_of_family(&family.name) {
            if comparison.factor != Factor::Variant {
                blocks.push(by_level(model, comparison, reporter));
            }
        }
    }
    if !model.failures.is_empty() {
        let failures = model.failures_by_side();
        let lines = failures.iter().map(|found| {
            format!(
                "  {} ({}): {}",
                reporter.paint(Style::Red, &found.failure.arm.case.to_string()),
                found.place(),
                shortened(&found.failure.reason, LONGEST_REASON)
            )
        });
        blocks.push(block(reporter, "failed", "", lines.collect()));
    }
    // What the machine lacks is the same after every run: the headline points to `doctor` for it.
    let of_cases = || model.unavailable.iter().filter(|missing| missing.instrument.is_none());
    if of_cases().next().is_some() {
        let lines = of_cases().map(|missing| {
            let cases: Vec<_> = missing.cases.iter().take(3).map(ToString::to_string).collect();
            let more = missing.cases.len().saturating_sub(3);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("  {} {}{more}: {}", missing.what, cases.join(", "), missing.reason)
        });
        blocks.push(block(reporter, "unavailable here", "", lines.collect()));
    }
    let differences = differences(model);
    if !differences.is_empty() {
        blocks.push(differences.join("\n"));
    }
    blocks.push(reporter.paint(Style::Bold, &model.headline()));
    blocks.join("\n\n")
}

fn block(reporter: &Reporter, title: &str, note: &str, lines: Vec<String>) -> String {
    let mut text = reporter.paint(Style::Bold, title);
    if !note.is_empty() {
        text.push_str(&reporter.paint(Style::Dim, &format!("  {note}")));
    }
    for line in lines {
        text.push('\n');
        text.push_str(line.trim_end());
    }
    text
}

/// Whether causes are shown: where it is about few arms, or somebody wants more.
fn causes(model: &Model, reporter: &Reporter) -> bool {
    model.started.settings.verb != duel_record::Verb::Run || reporter.verbosity > 0
}

fn notes(cause: Option<&Cause>) -> Vec<String> {
    let Some(cause) = cause else { return Vec::new() };
    let contradiction = cause.contradiction.iter().map(|text| format!("contradiction: {text}"));
    std::iter::once(cause.sentence.clone()).chain(contradiction).collect()
}

fn by_speed(model: &Model, ranking: &Ranking, reporter: &Reporter) -> String {
    let causes = causes(model, reporter);
    let mut rows: Vec<Row> = ranking
        .entries
        .iter()
        .map(|entry| Row {
            name: entry.label.clone(),
            time: entry.ns_per_iter_median.map_or_else(String::new, number::time_ns),
            ratio: ratio(entry.estimate),
            words: entry.words(&ranking.reference.case.variant),
            style: entry.estimate.and_then(style),
            notes: if causes { notes(model.cause_in(ranking, entry)) } else { Vec::new() },
        })
        .collect();
    for (case, reason) in &ranking.failed {
        rows.push(note(&case.variant, format!("failed: {reason}"), Style::Red));
    }
    for (variant, reason) in &ranking.unavailable {
        rows.push(note(variant, format!("unavailable: {reason}"), Style::Yellow));
    }
    let title = format!("{}/{}/{}", ranking.family, ranking.workload, ranking.size);
    block(reporter, &title, &number::plural(ranking.trials as usize, "trial"), table(&rows, reporter))
}

fn by_level(model: &Model, comparison: &ComparisonModel, reporter: &Reporter) -> String {
    let memory = |case| {
        let peak = model.case(case).and_then(|case| case.newest(|of| of.memory.as_ref()));
        peak.map_or_else(String::new, |memory| {
            format!("peak {}", number::bytes(memory.peak_resident_bytes as f64))
        })
    };
    let baseline = &comparison.baseline;
    let mut rows = vec![Row {
        name: baseline.level.clone(),
        time: baseline.ns_per_iter_median().map_or_else(String::new, number::time_ns),
        ratio: String::new(),
        words: format!("baseline  {}", memory(&baseline.arm.case)),
        style: None,
        notes: Vec::new(),
    }];
    rows.extend(comparison.candidates.iter().map(|candidate| Row {
        name: candidate.side.level.clone(),
        time: candidate.side.ns_per_iter_median().map_or_else(String::new, number::time_ns),
        ratio: ratio(candidate.estimate),
        words: match (&candidate.identical, candidate.estimate) {
            (Some(why), _) => format!("{IDENTICAL}: {why}"),
            (None, estimate) => format!(
                "{}  {}",
                estimate.map_or("not compared", |estimate| verdict_word(comparison.factor, estimate.verdict)),
                memory(&candidate.side.arm.case)
            ),
        },
        style: candidate.estimate.and_then(style),
        notes: if causes(model, reporter) { notes(candidate.cause.as_ref()) } else { Vec::new() },
    }));
    let title = baseline.arm.case.path();
    let mut note = format!("by {}", comparison.factor);
    if comparison.candidates.iter().all(|candidate| candidate.identical.is_some()) {
        // There is no time of the baseline either.
        rows.remove(0);
    } else {
        note.push_str(&format!(", {}", number::plural(comparison.trials as usize, "trial")));
    }
    block(reporter, &title, &note, table(&rows, reporter))
}

fn ratio(estimate: Option<Estimate>) -> String {
    estimate
        .map_or_else(String::new, |estimate| number::ratio_with_interval(estimate.ratio, estimate.interval))
}

fn style(estimate: Estimate) -> Option<Style> {
    match estimate.verdict {
        Verdict::Improved => Some(Style::Green),
        Verdict::Regressed => Some(Style::Red),
        Verdict::Equivalent => None,
        Verdict::Inconclusive => Some(Style::Yellow),
    }
}

fn note(name: &str, words: String, style: Style) -> Row {
    Row {
        name: name.to_owned(),
        time: String::new(),
        ratio: String::new(),
        words,
        style: Some(style),
        notes: Vec::new(),
    }
}

fn table(rows: &[Row], reporter: &Reporter) -> Vec<String> {
    let width = |column: fn(&Row) -> &str| column_width(rows.iter().map(column));
    let (name, time, ratio) = (width(|row| &row.name), width(|row| &row.time), width(|row| &row.ratio));
    rows.iter()
        .flat_map(|row| {
            let words = match row.style {
                Some(style) => reporter.paint(style, &row.words),
                None => row.words.clone(),
            };
            let line = format!("  {:name$}  {:>time$}  {:<ratio$}  {words}", row.name, row.time, row.ratio);
            let notes = row.notes.iter().map(|note| format!("    {}", reporter.paint(Style::Dim, note)));
            std::iter::once(line).chain(notes).collect::<Vec<_>>()
        })
        .collect()
}
