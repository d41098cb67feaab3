//! Listings of machine code as text: of one function, or of two beside each other.

use duel_record::{CodeInstruction, CodePlace, CodeSummary, Weight};
use duel_reports::{
    code::{loop_bars, percent, size_words, summary_words, vector_words},
    number::{plural, quantity},
};

use crate::{
    code::{Row, align},
    reporter::{Reporter, Style},
};

/// Loops within loops that are drawn.
const DEEPEST: usize = 4;
/// Columns of an instruction's text.
const TEXT: usize = 44;
/// Columns before the source.
const BEFORE_SOURCE: usize = SHARE + 1 + DEEPEST + 1 + 8 + 2 + TEXT + 2;
/// From this width on two listings stand beside each other; below, they are merged as a diff is.
const WIDE: usize = 150;
/// From these shares on an instruction is hot, and warm.
const HOT: f64 = 0.05;
const WARM: f64 = 0.01;
/// Instructions that are shown of one function.
const MOST: usize = 150;
/// Calls and inlined functions that are named.
const NAMED: usize = 6;

/// One function, with its source; of a long one the hottest instructions, unless all are wanted.
pub fn alone(id: &str, code: &CodeSummary, all: bool, reporter: &Reporter) -> String {
    let mut lines = vec![reporter.paint(Style::Bold, id)];
    let mut last: Option<&CodePlace> = None;
    // What would wrap is cut.
    let room = reporter.width_out().map(|width| width.saturating_sub(BEFORE_SOURCE));
    let shown = if all { (0..code.instructions.len()).collect() } else { code.excerpt(MOST) };
    let left_out = code.instructions.len() - shown.len();
    let mut next = shown.first().copied();
    for place in shown {
        if next != Some(place) {
            lines.push(format!("{}…", " ".repeat(SHARE + 1)));
            last = None;
        }
        next = Some(place + 1);
        let one = &code.instructions[place];
        let source = one.source.as_ref().filter(|place| last != Some(place)).map(place_words);
        let source = source.map(|source| cut(source, room));
        last = one.source.as_ref();
        lines.push(format!(
            "{} {} {:>8x}  {}  {}",
            share(code, one, reporter),
            loop_bars::<DEEPEST>(code, one),
            one.address,
            padded(&one.text, TEXT),
            reporter.paint(Style::Dim, source.as_deref().unwrap_or_default()),
        ));
    }
    if left_out > 0 {
        lines.push(reporter.paint(
            Style::Dim,
            &format!("{} are not shown; --all shows them", plural(left_out, "colder instruction")),
        ));
    }
    lines.push(String::new());
    lines.extend(facts(code, reporter));
    join(&lines)
}

/// Two functions, equal instructions in one row.
pub fn beside(
    baseline: (&str, &CodeSummary),
    candidate: (&str, &CodeSummary),
    reporter: &Reporter,
) -> String {
    let rows = align(&baseline.1.instructions, &candidate.1.instructions);
    let mut lines = match reporter.width_out().filter(|width| *width >= WIDE) {
        Some(width) => in_two_columns(baseline, candidate, &rows, width, reporter),
        None => merged(baseline, candidate, &rows, reporter),
    };
    let same = rows.iter().filter(|row| row.same).count();
    lines.push(String::new());
    lines.push(format!(
        "{same} instructions are the same, {} only in {}, {} only in {}",
        baseline.1.instructions.len() - same,
        baseline.0,
        candidate.1.instructions.len() - same,
        candidate.0
    ));
    for (id, code) in [baseline, candidate] {
        lines.push(String::new());
        lines.push(reporter.paint(Style::Bold, id));
        lines.extend(facts(code, reporter));
    }
    join(&lines)
}

/// As a diff: a row of both has the shares of both.
fn merged(
    baseline: (&str, &CodeSummary),
    candidate: (&str, &CodeSummary),
    rows: &[Row],
    reporter: &Reporter,
) -> Vec<String> {
    let mut lines = vec![
        reporter.paint(Style::Red, &format!("- {}", baseline.0)),
        reporter.paint(Style::Green, &format!("+ {}", candidate.0)),
    ];
    let blank = " ".repeat(SHARE);
    let mut last: Option<&CodePlace> = None;
    for row in in_order_of_a_diff(rows) {
        let old = row.baseline.map(|place| &baseline.1.instructions[place]);
        let new = row.candidate.map(|place| &candidate.1.instructions[place]);
        let (mark, style) = match (old, new) {
            (Some(_), Some(_)) => (" ", None),
            (Some(_), None) => ("-", Some(Style::Red)),
            _ => ("+", Some(Style::Green)),
        };
        let code = if new.is_some() { candidate.1 } else { baseline.1 };
        let Some(one) = new.or(old) else { continue };
        let text = format!("{} {}", loop_bars::<DEEPEST>(code, one), padded(&one.text, TEXT));
        let source = one.source.as_ref().filter(|place| last != Some(place)).map(place_words);
        last = one.source.as_ref();
        lines.push(format!(
            "{mark} {} {} {}  {}",
            old.map_or_else(|| blank.clone(), |old| share(baseline.1, old, reporter)),
            new.map_or_else(|| blank.clone(), |new| share(candidate.1, new, reporter)),
            style.map_or_else(|| text.clone(), |style| reporter.paint(style, &text)),
            reporter.paint(Style::Dim, source.as_deref().unwrap_or_default()),
        ));
    }
    lines
}

/// Of a changed stretch all of the baseline's first; a row then has both sides only where they are
/// the same.
fn in_order_of_a_diff(rows: &[Row]) -> Vec<Row> {
    let mut ordered = Vec::new();
    for stretch in rows.chunk_by(|a, b| a.same == b.same) {
        if stretch[0].same {
            ordered.extend_from_slice(stretch);
        } else {
            let old = stretch.iter().filter(|row| row.baseline.is_some());
            ordered.extend(old.map(|row| Row { candidate: None, ..*row }));
            let new = stretch.iter().filter(|row| row.candidate.is_some());
            ordered.extend(new.map(|row| Row { baseline: None, ..*row }));
        }
    }
    ordered
}

fn in_two_columns(
    baseline: (&str, &CodeSummary),
    candidate: (&str, &CodeSummary),
    rows: &[Row],
    width: usize,
    reporter: &Reporter,
) -> Vec<String> {
    let text = (width - 3) / 2 - SHARE - DEEPEST - 2;
    let half = text + SHARE + DEEPEST + 2;
    let column = |code: &CodeSummary, place: Option<usize>| match place.map(|place| &code.instructions[place])
    {
        None => " ".repeat(half),
        Some(one) => {
            format!(
                "{} {} {}",
                share(code, one, reporter),
                loop_bars::<DEEPEST>(code, one),
                padded(&one.text, text)
            )
        }
    };
    let mut lines = vec![format!("{}   {}", padded(baseline.0, half), candidate.0)];
    for row in rows {
        let mark = match (row.same, row.baseline, row.candidate) {
            (true, ..) => " ".to_owned(),
            (_, Some(_), Some(_)) => reporter.paint(Style::Yellow, "|"),
            (_, Some(_), None) => reporter.paint(Style::Red, "<"),
            _ => reporter.paint(Style::Green, ">"),
        };
        lines.push(format!(
            "{} {mark} {}",
            column(baseline.1, row.baseline),
            column(candidate.1, row.candidate)
        ));
    }
    lines
}

/// Columns of a share.
const SHARE: usize = 7;

/// An instruction's share of the function's weight.
fn share(code: &CodeSummary, one: &CodeInstruction, reporter: &Reporter) -> String {
    let total: f64 = code.instructions.iter().map(|one| one.weight).sum();
    if one.weight <= 0.0 || total <= 0.0 {
        return " ".repeat(SHARE);
    }
    let share = one.weight / total;
    if share < 0.0005 {
        return format!("{:>SHARE$}", "·  ");
    }
    let text = format!("{:5.1} %", share * 100.0);
    if share >= HOT {
        reporter.paint(Style::Red, &text)
    } else if share >= WARM {
        reporter.paint(Style::Yellow, &text)
    } else {
        text
    }
}

fn place_words(place: &CodePlace) -> String {
    match &place.text {
        Some(text) => format!("{}:{}  {text}", place.file, place.line),
        None => format!("{}:{}", place.file, place.line),
    }
}

fn cut(text: String, room: Option<usize>) -> String {
    match room {
        Some(room) if room > 0 && text.chars().count() > room => {
            text.chars().take(room - 1).chain(['…']).collect()
        }
        _ => text,
    }
}

fn padded(text: &str, width: usize) -> String {
    let length = text.chars().count();
    if length <= width {
        format!("{text}{}", " ".repeat(width - length))
    } else {
        text.chars().take(width - 1).chain(['…']).collect()
    }
}

/// The last lines of a listing.
fn facts(code: &CodeSummary, reporter: &Reporter) -> Vec<String> {
    let mut facts = vec![("in short", summary_words(code)), ("function", function(code))];
    facts.push((
        "size",
        format!("{} ({} in all)", size_words(code), plural(code.reached_functions as usize, "function")),
    ));
    for of in code.loops.iter().take(NAMED).filter(|of| of.weight_share.is_none_or(|share| share > 0.005)) {
        let share =
            of.weight_share.map_or_else(String::new, |share| format!("{} of the weight, ", percent(share)));
        let vectors = vector_words(&of.vectors);
        facts.push((
            "loop",
            format!("{:x} to {:x}, {} instructions, {share}{vectors}", of.start, of.end, of.instructions),
        ));
    }
    facts.push(("vectors", vectors(code)));
    if !code.inlined.is_empty() {
        let inlined = code.inlined.iter().take(NAMED);
        let inlined = inlined.map(|one| format!("{} ({})", one.name, percent(one.weight_share)));
        facts.push(("inlined", inlined.collect::<Vec<_>>().join(", ")));
    }
    facts.push(("calls", calls(code)));
    let line =
        |(name, text): (&str, String)| format!("{} {text}", reporter.paint(Style::Dim, &padded(name, 9)));
    facts.into_iter().map(line).collect()
}

fn function(code: &CodeSummary) -> String {
    let weighed = match (code.weighed_by, code.weight_share) {
        (Weight::Executed, Some(share)) => {
            format!("{} of all instructions executed, by callgrind", percent(share))
        }
        (Weight::Samples, Some(share)) => format!("{} of all samples", percent(share)),
        _ => "without weights: nothing was counted or sampled".to_owned(),
    };
    format!("{} ({weighed})", code.function)
}

fn vectors(code: &CodeSummary) -> String {
    let shares = &code.vectors;
    [
        ("512-bit packed", shares.packed_512),
        ("256-bit packed", shares.packed_256),
        ("128-bit packed", shares.packed_128),
        ("scalar in vector registers", shares.scalar),
    ]
    .iter()
    .map(|(name, share)| format!("{} {name}", percent(*share)))
    .collect::<Vec<_>>()
    .join(", ")
}

fn calls(code: &CodeSummary) -> String {
    let made: Vec<String> = code
        .calls_made()
        .take(NAMED)
        .map(|call| match code.weighed_by {
            Weight::Executed => format!("{} ({} times)", call.target, quantity(call.weight)),
            _ => call.target.clone(),
        })
        .collect();
    let idle = code.calls.len() - code.calls_made().count();
    let idle = if idle > 0 { format!("; {idle} more that were not met") } else { String::new() };
    if made.is_empty() { format!("none{idle}") } else { format!("{}{idle}", made.join(", ")) }
}

fn join(lines: &[String]) -> String {
    lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n")
}
