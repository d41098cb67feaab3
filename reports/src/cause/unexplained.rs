//! Words for a time that changed although nothing else did, and which instrument might say why.

use duel_record::{CodeSummary, Instrument, Missing, MissingKind};

use crate::instruments::{CauseFact, Section, Timed, section};

/// Which instruments a run was to have, and which of them the machine lacks.
#[derive(Clone, Copy, Debug)]
pub(super) struct RunInstruments<'a> {
    /// What the settings of the run name.
    pub wanted: &'a [Instrument],
    /// What is missing, in the whole run or of a case.
    pub missing: &'a [&'a Missing],
}

/// Those that may find a cause, the most telling first.
const TELLING: [Instrument; 6] = [
    Instrument::Instructions,
    Instrument::Counters,
    Instrument::Profile,
    Instrument::Code,
    Instrument::Heap,
    Instrument::Memory,
];

/// `the same instructions, allocations and page faults`.
pub(super) fn the_same(facts: &[&CauseFact]) -> String {
    let nouns: Vec<&str> = facts.iter().map(|fact| fact.what.noun()).collect();
    format!("the same {}", list(&nouns))
}

/// `nothing that was measured explains it (the same allocations); …`.
pub(super) fn unexplained(
    same: &[&CauseFact],
    baseline: Timed,
    candidate: Timed,
    instruments: RunInstruments,
) -> String {
    let code = match (&baseline.found.code, &candidate.found.code) {
        (Some(a), Some(b)) if same_code(a, b) => ", and the same hot code, instruction by instruction",
        _ => "",
    };
    let hint = hint(baseline, candidate, instruments).map(|hint| format!("; {hint}")).unwrap_or_default();
    let same = if same.is_empty() { String::new() } else { format!(" ({}{code})", the_same(same)) };
    format!("nothing that was measured explains it{same}{hint}")
}

/// What an instrument that did not run on both arms would say, and how to get it. One that can be had
/// comes before one that this machine refused, and a refusal with a remedy before one without.
fn hint(baseline: Timed, candidate: Timed, instruments: RunInstruments) -> Option<String> {
    let sections = TELLING.into_iter().filter_map(|instrument| Some((instrument, section(instrument)?)));
    let open = sections.filter(|(_, of)| ![baseline, candidate].iter().all(|arm| of.found(arm.found)));
    let hints = open.map(|(instrument, of)| {
        (instrument, of, refusal((instrument, of), [baseline, candidate], instruments))
    });
    let rank = |refusal: &Option<Refusal>| refusal.as_ref().map_or(0, |of| 1 + u8::from(of.remedy.is_none()));
    let (instrument, of, refusal) = hints.min_by_key(|(.., refusal)| rank(refusal))?;
    let might = format!("{} might", of.plural());
    Some(match refusal {
        Some(Refusal { reason, remedy: Some(remedy) }) => {
            format!("{might}, but are not available here: {reason} ({remedy})")
        }
        Some(Refusal { reason, remedy: None }) => format!("{might}, but are not available here: {reason}"),
        None if instruments.wanted.contains(&instrument) => {
            format!("{might}, but were not taken of both sides")
        }
        None => format!("{might}: `--instruments time,{instrument}`, if `cargo duel doctor` lists them"),
    })
}

struct Refusal {
    reason: String,
    remedy: Option<String>,
}

fn refusal(
    (instrument, section): (Instrument, &dyn Section),
    arms: [Timed; 2],
    instruments: RunInstruments,
) -> Option<Refusal> {
    if let Some(one) = arms.iter().find_map(|arm| section.refused(arm.found)) {
        return Some(Refusal { reason: one.reason.clone(), remedy: one.remedy.clone() });
    }
    let kind = MissingKind::Instrument(instrument);
    let of_arms = arms.iter().flat_map(|arm| arm.missing);
    let missing = instruments.missing.iter().copied().chain(of_arms).find(|one| one.what == kind)?;
    Some(Refusal { reason: missing.reason.clone(), remedy: missing.remedy.clone() })
}

fn same_code(a: &CodeSummary, b: &CodeSummary) -> bool {
    let mnemonics = |code: &CodeSummary| -> Vec<String> {
        code.instructions
            .iter()
            .map(|i| i.text.split_whitespace().next().unwrap_or_default().to_owned())
            .collect()
    };
    a.size_bytes == b.size_bytes && a.left_out == 0 && b.left_out == 0 && mnemonics(a) == mnemonics(b)
}

fn list(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [most @ .., end] => format!("{} and {end}", most.join(", ")),
    }
}
