//! A gate as Markdown, short enough for a pull request: the cases worst first, then what stands
//! behind the words.

use duel_record::CaseId;

use crate::markdown_text::{folded, inline, reason, row};
use crate::model::{GateCaseModel, GateModel, Standing};
use crate::number::plural;

/// More equivalent cases than this are folded away.
const MOST_EQUIVALENT: usize = 10;

/// More names than this are counted instead.
const MOST_NAMES: usize = 20;

/// The gate's section, of about as many bytes at most.
pub(super) fn section(gate: &GateModel, most_bytes: usize) -> String {
    let all = gate.worst_first();
    let (identical, measured): (Vec<&GateCaseModel>, Vec<&GateCaseModel>) =
        all.into_iter().partition(|case| case.standing() == Standing::Identical);
    let (equivalent, others): (Vec<&GateCaseModel>, Vec<&GateCaseModel>) =
        measured.into_iter().partition(|case| case.standing() == Standing::Equivalent);
    let mut text = "## Gate\n\n".to_owned();
    // The worst have most of the room.
    let shared = |shares: usize, table: String| super::bounded(most_bytes * shares / 8, [table]);
    if equivalent.len() > MOST_EQUIVALENT {
        text.push_str(&shared(5, table(gate, &others)));
        let table = shared(2, table(gate, &equivalent));
        text.push_str(&folded(&plural(equivalent.len(), "equivalent case"), &table));
    } else {
        text.push_str(&shared(7, table(gate, &[others, equivalent].concat())));
    }
    let table = shared(1, self::identical(&identical));
    text.push_str(&if identical.len() > MOST_EQUIVALENT {
        folded(&plural(identical.len(), "identical case"), &table)
    } else {
        table
    });
    let added = names("Added", &gate.declared.added);
    let removed = names("Removed", &gate.declared.removed);
    for line in [controls(gate), added, removed, set_aside(gate)].iter().filter(|line| !line.is_empty()) {
        text.push_str(&format!("{line}\n\n"));
    }
    text.push_str(&format!("{}\n\n", inline(&gate.rules().join(" "))));
    text
}

/// Cases that were not measured: a name and a reason is all that there is of them.
fn identical(cases: &[&GateCaseModel]) -> String {
    if cases.is_empty() {
        return String::new();
    }
    let heads = ["Verdict", "Case", "Note"];
    let mut text = row(heads.map(inline));
    text.push_str(&row(heads.map(|_| "---".to_owned())));
    for case in cases {
        text.push_str(&row([
            case.standing().name().to_owned(),
            inline(&case.id.to_string()),
            reason(&case.why),
        ]));
    }
    text.push('\n');
    text
}

fn table(gate: &GateModel, cases: &[&GateCaseModel]) -> String {
    if cases.is_empty() {
        return String::new();
    }
    let ratio = if gate.has_trials() { "Ratio [95 %]" } else { "Ratio [range of counts]" };
    let heads = ["Verdict", "Case", ratio, "Trials", "Could have found", "Note"];
    let mut text = row(heads.map(inline));
    text.push_str(&row(heads.map(|_| "---".to_owned())));
    for case in cases {
        text.push_str(&row(cells(gate, case)));
    }
    text.push('\n');
    text
}

fn cells(gate: &GateModel, case: &GateCaseModel) -> [String; 6] {
    let standing = case.standing();
    let name = standing.name();
    let verdict = match standing {
        Standing::Regressed if !gate.regressions_count() => format!("{name}, does not count"),
        Standing::Regressed | Standing::Failed => format!("**{name}**"),
        _ => name.to_owned(),
    };
    let or_none = |text: Option<String>| text.map_or_else(|| "–".to_owned(), |text| inline(&text));
    let note = case.note().map_or_else(String::new, |note| format!("{}; ", inline(note)));
    [
        verdict,
        inline(&case.id.to_string()),
        or_none(case.measured()),
        inline(&case.trials.describe()),
        or_none(case.could_have_found()),
        format!("{note}{}", reason(&case.why)),
    ]
}

fn controls(gate: &GateModel) -> String {
    if !gate.has_trials() {
        return String::new();
    }
    let controls = &gate.controls;
    format!("Controls: {}; {}.", inline(&controls.null.sentence), inline(&controls.slowed.sentence))
}

/// Cases that only one side has.
fn names(word: &str, ids: &[CaseId]) -> String {
    if ids.is_empty() {
        return String::new();
    }
    let mut names: Vec<String> = ids.iter().take(MOST_NAMES).map(|id| inline(&id.to_string())).collect();
    if ids.len() > MOST_NAMES {
        names.push(format!("and {} more", ids.len() - MOST_NAMES));
    }
    format!("{word}: {}.", names.join(", "))
}

fn set_aside(gate: &GateModel) -> String {
    let all: Vec<String> = gate
        .set_aside
        .iter()
        .map(|set_aside| format!("{} ({})", plural(set_aside.trials, "trial"), reason(&set_aside.reason)))
        .collect();
    if all.is_empty() { String::new() } else { format!("Set aside: {}.", all.join(", ")) }
}
