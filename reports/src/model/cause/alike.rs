//! Words for what did not change.

use super::{ArmModel, fact::Fact};

/// `the same instructions, allocations and page faults`.
pub(super) fn sentence(same: &[&str]) -> String {
    format!("the same {}", list(same, "and"))
}

/// A time that changed although nothing else did. Of two builds the machine code says whether it is
/// the same code at another place.
pub(super) fn unexplained(facts: &[&Fact], baseline: &ArmModel, candidate: &ArmModel) -> String {
    let nouns: Vec<&str> = facts.iter().map(|fact| fact.what.noun()).collect();
    let measured = match nouns.as_slice() {
        [one] => format!("{one} did not"),
        several => format!("neither {} did", list(several, "nor")),
    };
    let code = match (&baseline.code, &candidate.code) {
        (Some(a), Some(b)) if same_code(a, b) => {
            "; the hot code is the same, instruction by instruction".to_owned()
        }
        _ => String::new(),
    };
    format!("the time changed, but {measured}: nothing that was measured explains it{code}")
}

fn same_code(a: &duel_record::CodeSummary, b: &duel_record::CodeSummary) -> bool {
    let words = |code: &duel_record::CodeSummary| -> Vec<String> {
        code.instructions
            .iter()
            .map(|i| i.text.split_whitespace().next().unwrap_or_default().to_owned())
            .collect()
    };
    a.size_bytes == b.size_bytes && a.left_out == 0 && b.left_out == 0 && words(a) == words(b)
}

fn list(words: &[&str], last: &str) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [most @ .., end] => format!("{} {last} {end}", most.join(", ")),
    }
}
