//! One row per comparison, for spreadsheets and scripts (RFC 4180).

use duel_record::Arm;

use duel_stats::Verdict;

use crate::model::{Candidate, ComparisonModel, IDENTICAL, Model, verdict_name};

const HEADER: [&str; 22] = [
    "run",
    "case",
    "family",
    "workload",
    "size",
    "variant",
    "allocator",
    "threads",
    "artifact",
    "factor",
    "baseline",
    "candidate",
    "ratio",
    "ratio_low",
    "ratio_high",
    "trials",
    "trials_missing",
    "verdict",
    "baseline_ns_per_iter_median",
    "candidate_ns_per_iter_median",
    "baseline_instructions_per_iter",
    "candidate_instructions_per_iter",
];

/// All comparisons of a run: one row each, with the medians of both sides.
///
/// Ratios and times have six decimals. An identical case has ratio 1 and no trials: both sides are the
/// same executable and made the same data. What is not known is empty. A text that a spreadsheet
/// would run as a formula gets a `'` before it, also where white space or another form of the sign hides it.
pub fn csv(model: &Model) -> String {
    let mut text = String::new();
    push_row(&mut text, HEADER.iter().map(|name| (*name).to_owned()));
    for comparison in &model.comparisons {
        for candidate in &comparison.candidates {
            push_row(&mut text, row(model, comparison, candidate));
        }
    }
    text
}

fn row(model: &Model, comparison: &ComparisonModel, candidate: &Candidate) -> Vec<String> {
    let arm = &candidate.side.arm;
    let case = &arm.case;
    let estimate = candidate.estimate;
    let identical = candidate.identical.as_ref().map(|_| 1.0);
    let interval = estimate.and_then(|e| e.interval);
    let verdict = match (identical, estimate) {
        (Some(_), _) => IDENTICAL,
        (None, Some(estimate)) => verdict_name(estimate.verdict),
        (None, None) => verdict_name(Verdict::Inconclusive),
    };
    vec![
        model.started.run.clone(),
        case.to_string(),
        case.family.clone(),
        case.workload.clone(),
        case.size.clone(),
        case.variant.clone(),
        case.allocator.to_string(),
        case.threads.map(|t| t.to_string()).unwrap_or_default(),
        arm.artifact.clone(),
        comparison.factor.to_string(),
        comparison.baseline.level.clone(),
        candidate.side.level.clone(),
        number(identical.or(estimate.map(|e| e.ratio))),
        number(identical.or(interval.map(|i| i.0))),
        number(identical.or(interval.map(|i| i.1))),
        candidate.log_ratios.len().to_string(),
        candidate.trials_missing.to_string(),
        verdict.to_owned(),
        number(comparison.baseline.ns_per_iter_median()),
        number(candidate.side.ns_per_iter_median()),
        number(instructions(model, &comparison.baseline.arm)),
        number(instructions(model, arm)),
    ]
}

fn instructions(model: &Model, arm: &Arm) -> Option<f64> {
    model.case(&arm.case)?.instructions_of(&arm.artifact)?.per_iter()
}

fn number(value: Option<f64>) -> String {
    value.map(|v| format!("{v:.6}")).unwrap_or_default()
}

fn push_row(text: &mut String, fields: impl IntoIterator<Item = String>) {
    for (i, field) in fields.into_iter().enumerate() {
        if i > 0 {
            text.push(',');
        }
        push_field(text, &field);
    }
    text.push_str("\r\n");
}

/// Whether a spreadsheet could run a field: it drops white space and what is not visible before it looks at
/// the first character, and takes other forms of the signs for the same.
fn is_formula(field: &str) -> bool {
    const SIGNS: [char; 13] =
        ['=', '+', '-', '@', '＝', '＋', '－', '＠', '﹦', '﹢', '﹣', '﹫', '\u{2212}'];
    let dropped = |c: char| {
        c.is_whitespace()
            || c.is_control()
            || matches!(c, '\u{ad}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
            || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let seen = field.trim_start_matches(dropped);
    let number = field.starts_with('-') && field.parse::<f64>().is_ok();
    (seen.starts_with(SIGNS) && !number) || field.starts_with(char::is_control)
}

/// Quotes where a field would otherwise break the row, and disarms what a spreadsheet would
/// run as a formula.
fn push_field(text: &mut String, field: &str) {
    let field = if is_formula(field) { format!("'{field}") } else { field.to_owned() };
    let at_an_end = |at: fn(&str) -> &str| at(&field) != field;
    // `;` and tabs separate fields where the decimal sign is a comma.
    if field.contains(['"', ',', ';', '\t', '\n', '\r']) || at_an_end(str::trim) {
        text.push('"');
        text.push_str(&field.replace('"', "\"\""));
        text.push('"');
    } else {
        text.push_str(&field);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_that_would_break_the_row_is_quoted() {
        let mut text = String::new();
        let fields = ["plain", "a,b", "say \"hi\"", "two\nlines", "=1+1", "-3"];
        push_row(&mut text, fields.map(str::to_owned));
        assert_eq!(text, "plain,\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",'=1+1,-3\r\n");
    }

    #[test]
    fn nothing_that_a_spreadsheet_would_run_is_left_as_it_is() {
        let one = |field: &str| {
            let mut text = String::new();
            push_field(&mut text, field);
            text
        };
        let before =
            ["", " ", "\t", "\n", "\r\n", "\0", "\u{a0}", "\u{3000}", "\u{feff}", "\u{200b} ", "\u{202e}"];
        for before in before {
            for formula in
                ["=1", "+1", "-1+1", "@A1", "＝1", "＋1", "－1", "＠A1", "﹦1", "﹢1", "﹣1", "﹫A", "−1"]
            {
                let field = format!("{before}{formula}");
                let text = one(&field);
                assert!(text.starts_with('\'') || text.starts_with("\"'"), "{field:?} becomes {text:?}");
            }
        }
        for (field, text) in [
            ("x;=1+1", "\"x;=1+1\""),
            ("x\t=1+1", "\"x\t=1+1\""),
            ("\u{a0}x", "\"\u{a0}x\""),
            ("a=b", "a=b"),
            ("-3.5", "-3.5"),
            ("-1e9", "-1e9"),
        ] {
            assert_eq!(one(field), text);
        }
    }
}
