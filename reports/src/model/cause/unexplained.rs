//! Words for a time that changed although nothing else did, and which instrument might say why.

use duel_record::{CodeSummary, Counter, Instrument, Missing};

use super::{ArmModel, Timed, fact::Fact};

/// Which instruments a run was to have, and which of them the machine lacks.
#[derive(Clone, Copy, Debug)]
pub(in crate::model) struct RunInstruments<'a> {
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
pub(super) fn the_same(facts: &[&Fact]) -> String {
    let nouns: Vec<&str> = facts.iter().map(|fact| fact.what.noun()).collect();
    format!("the same {}", list(&nouns))
}

/// `nothing that was measured explains it (the same allocations); …`.
pub(super) fn unexplained(
    same: &[&Fact],
    baseline: Timed,
    candidate: Timed,
    instruments: RunInstruments,
) -> String {
    let code = match (&baseline.found.code, &candidate.found.code) {
        (Some(a), Some(b)) if same_code(a, b) => ", and the same hot code, instruction by instruction",
        _ => "",
    };
    let hint = hint(baseline, candidate, instruments).map(|hint| format!("; {hint}")).unwrap_or_default();
    format!("nothing that was measured explains it ({}{code}){hint}", the_same(same))
}

/// What an instrument that did not run on both arms would say, and how to get it. One that can be had
/// comes before one that this machine refused, and a refusal with a remedy before one without.
fn hint(baseline: Timed, candidate: Timed, instruments: RunInstruments) -> Option<String> {
    let open = TELLING.into_iter().filter(|of| ![baseline, candidate].iter().all(|arm| has(arm.found, *of)));
    let hints = open.map(|of| (of, refusal(of, baseline, candidate, instruments)));
    let rank = |refusal: &Option<Refusal>| refusal.as_ref().map_or(0, |of| 1 + u8::from(of.remedy.is_none()));
    let (instrument, refusal) = hints.min_by_key(|(_, refusal)| rank(refusal))?;
    let might = format!("{} might", in_words(instrument));
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
    instrument: Instrument,
    baseline: Timed,
    candidate: Timed,
    instruments: RunInstruments,
) -> Option<Refusal> {
    // A summary of counters is there although the processor's own are refused: the system's are not.
    let counters = [baseline, candidate].into_iter().filter_map(|arm| arm.found.counters.as_ref());
    let mut refused = counters.flat_map(|of| &of.refused);
    if instrument == Instrument::Counters
        && let Some(one) = refused.find(|one| [Counter::Cycles, Counter::Instructions].contains(&one.counter))
    {
        return Some(Refusal { reason: one.reason.clone(), remedy: one.remedy.clone() });
    }
    let name = instrument.to_string();
    let of_arms = baseline.missing.iter().chain(candidate.missing);
    let missing = instruments.missing.iter().copied().chain(of_arms).find(|one| one.what == name)?;
    Some(Refusal { reason: missing.reason.clone(), remedy: missing.remedy.clone() })
}

/// Whether an instrument ran on an arm and could have found something.
fn has(arm: &ArmModel, instrument: Instrument) -> bool {
    match instrument {
        Instrument::Instructions => arm.instructions.is_some(),
        Instrument::Counters => arm.counters.as_ref().is_some_and(|of| {
            [Counter::Cycles, Counter::Instructions].iter().all(|x| of.per_iter(*x).is_some())
        }),
        Instrument::Profile => arm.profile.is_some(),
        Instrument::Code => arm.code.is_some(),
        Instrument::Heap => arm.heap.is_some(),
        Instrument::Memory => arm.memory.is_some(),
        Instrument::Time | Instrument::Criterion => true,
    }
}

/// In the plural, all of them.
fn in_words(instrument: Instrument) -> &'static str {
    match instrument {
        Instrument::Instructions => "instruction counts",
        Instrument::Counters => "counters of the processor",
        Instrument::Profile => "CPU profiles",
        Instrument::Code => "excerpts of the hot machine code",
        Instrument::Heap => "heap profiles",
        Instrument::Memory => "page faults",
        Instrument::Time | Instrument::Criterion => "timings",
    }
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
