//! Two listings beside each other: equal instructions meet, whatever their addresses are.

use std::time::{Duration, Instant};

use duel_record::CodeInstruction;
use similar::{Algorithm, DiffOp, capture_diff_slices_deadline};

/// Two listings of any size are aligned within this time, if less well.
const LONGEST: Duration = Duration::from_millis(500);

/// Places of a baseline's and a candidate's instruction; both where they are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    pub baseline: Option<usize>,
    pub candidate: Option<usize>,
    pub same: bool,
}

/// Aligns two listings by the text of their instructions, without the addresses in it.
pub fn align(baseline: &[CodeInstruction], candidate: &[CodeInstruction]) -> Vec<Row> {
    let texts = |of: &[CodeInstruction]| of.iter().map(|one| normalised(&one.text)).collect::<Vec<_>>();
    let deadline = Some(Instant::now() + LONGEST);
    let changes =
        capture_diff_slices_deadline(Algorithm::Myers, &texts(baseline), &texts(candidate), deadline);
    let mut rows = Vec::new();
    for change in changes {
        let (_, old, new) = change.as_tag_tuple();
        let same = matches!(change, DiffOp::Equal { .. });
        for place in 0..old.len().max(new.len()) {
            let of = |range: &std::ops::Range<usize>| (place < range.len()).then(|| range.start + place);
            rows.push(Row { baseline: of(&old), candidate: of(&new), same });
        }
    }
    rows
}

/// The text of an instruction without addresses, which move with every build.
fn normalised(text: &str) -> String {
    let mut parts = text.split("0x");
    let mut normal = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.find(|letter: char| !letter.is_ascii_hexdigit()).unwrap_or(part.len());
        // Short numbers are offsets and constants, which do matter.
        normal.push_str(if digits > 3 { "…" } else { &part[..digits] });
        normal.push_str(&part[digits..]);
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(texts: &[&str]) -> Vec<CodeInstruction> {
        let one = |text: &&str| CodeInstruction { text: (*text).to_owned(), ..CodeInstruction::default() };
        texts.iter().map(one).collect()
    }

    #[test]
    fn equal_instructions_meet_and_addresses_do_not_matter() {
        let old = listing(&["push rbx", "addsd xmm0, [rdi]", "jne 0x1a40", "ret"]);
        let new = listing(&["push rbx", "addpd xmm0, [rdi]", "add rdi, 0x10", "jne 0x2b50", "ret"]);
        let rows: Vec<_> = align(&old, &new).iter().map(|r| (r.baseline, r.candidate, r.same)).collect();
        assert_eq!(
            rows,
            [
                (Some(0), Some(0), true),
                (Some(1), Some(1), false),
                (None, Some(2), false),
                (Some(2), Some(3), true),
                (Some(3), Some(4), true),
            ]
        );
    }

    #[test]
    fn small_numbers_are_part_of_an_instruction() {
        assert_ne!(normalised("add rax, 0x10"), normalised("add rax, 0x20"));
        assert_eq!(normalised("movsd xmm0, [0x51f20]"), "movsd xmm0, […]");
    }
}
