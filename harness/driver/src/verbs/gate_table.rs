//! A gate in the reporter: every case with its verdict, the worst first, and what the whole rests
//! on.

use duel_record::Metric;
use duel_reports::{
    Model,
    model::{GateCaseModel, GateModel, Standing},
    number::plural,
};

use crate::{
    reporter::{Reporter, Style},
    verbs::text::{column_width, differences},
};

/// Equivalent cases beyond this many are counted, not listed; and so are identical ones.
const MOST_EQUIVALENT: usize = 30;

/// The whole gate as text.
pub fn table(model: &Model, gate: &GateModel, reporter: &Reporter) -> String {
    let mut lines: Vec<String> = Vec::new();
    let cases = gate.worst_first();
    let settled = [Standing::Equivalent, Standing::Identical];
    let shown: Vec<&&GateCaseModel> = {
        let mut listed = settled.map(|_| 0);
        let few = |case: &&&GateCaseModel| match settled.iter().position(|of| *of == case.standing()) {
            None => true,
            Some(at) => {
                listed[at] += 1;
                listed[at] <= MOST_EQUIVALENT
            }
        };
        cases.iter().filter(few).collect()
    };
    let width = |text: fn(&GateCaseModel) -> String| column_width(shown.iter().map(|case| text(case)));
    let (name, ratio, trials) = (width(id), width(ratio), width(trials));
    for case in &shown {
        let standing = case.standing();
        let word = format!("{:<14}", standing.name());
        let word = style(standing).map_or(word.clone(), |style| reporter.paint(style, &word));
        let line = format!(
            "{word}  {:<name$}  {:<ratio$}  {:>trials$}  {}",
            id(case),
            self::ratio(case),
            self::trials(case),
            reporter.paint(Style::Dim, &words(gate, case)),
        );
        lines.push(line.trim_end().to_owned());
    }
    for standing in settled {
        let more = gate.with(standing).count().saturating_sub(MOST_EQUIVALENT);
        if more > 0 {
            lines.push(format!("and {more} more that are {}", standing.name()));
        }
    }
    lines.extend(gate.declared.added.iter().map(|case| format!("{:<14}  {case}", "added")));
    lines.extend(gate.declared.removed.iter().map(|case| format!("{:<14}  {case}", "removed")));
    if gate.has_trials() {
        lines.push(String::new());
        lines.push(format!("controls: {}; {}.", gate.controls.null.sentence, gate.controls.slowed.sentence));
    }
    if gate.trials_set_aside() > 0 {
        lines.push(format!(
            "{} set aside by the rule that was fixed beforehand.",
            plural(gate.trials_set_aside(), "trial")
        ));
    }
    lines.extend(differences(model));
    lines.push(reporter.paint(Style::Bold, &model.headline()));
    lines.join("\n")
}

fn id(case: &GateCaseModel) -> String {
    case.id.to_string()
}

fn ratio(case: &GateCaseModel) -> String {
    case.measured().unwrap_or_default()
}

fn trials(case: &GateCaseModel) -> String {
    match case.trials.explored + case.trials.confirming {
        0 => String::new(),
        n => plural(n, "trial"),
    }
}

/// Why it has this verdict where that needs a word, and what it could have missed.
fn words(gate: &GateModel, case: &GateCaseModel) -> String {
    let mut words = Vec::new();
    if case.standing() != Standing::Equivalent {
        words.push(case.why.clone());
    }
    if gate.declared.metric == Metric::Time && case.decision().is_some() {
        words.extend(case.could_have_found().map(|least| format!("finds {least}")));
    }
    words.extend(case.note().map(str::to_owned));
    words.join("; ")
}

fn style(standing: Standing) -> Option<Style> {
    match standing {
        Standing::Regressed | Standing::Failed => Some(Style::Red),
        Standing::Inconclusive | Standing::NotComparable => Some(Style::Yellow),
        Standing::Improved => Some(Style::Green),
        Standing::Equivalent | Standing::Identical => None,
    }
}
