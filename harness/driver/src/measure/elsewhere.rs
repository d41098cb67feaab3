//! Warns of cases that work in threads or processes and are not marked for it.

use anyhow::Result;
use duel_record::{Arm, CaseId, Missing, MissingKind, protocol::Elsewhere};

use super::{Session, trial::Turns};
use crate::reporter::Event;
use crate::runner::artifact::side_of;

/// A case that works elsewhere, and the sides on which it does.
#[derive(Debug, PartialEq, Eq)]
struct Unmarked {
    case: CaseId,
    elsewhere: Elsewhere,
    /// ` on both sides`; empty if there are no sides.
    sides: String,
}

/// Each case once with its sides. What differs between the sides is said of each.
fn unmarked(found: Vec<(Arm, Elsewhere)>) -> Vec<Unmarked> {
    let mut found = found;
    let mut cases = Vec::new();
    while let Some((first, elsewhere)) = found.first().cloned() {
        let same = found.extract_if(.., |(arm, other)| arm.case == first.case && *other == elsewhere);
        let mut labels: Vec<String> = same.map(|(arm, _)| arm.artifact).collect();
        labels.sort();
        labels.dedup();
        let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
        cases.push(Unmarked { case: first.case, elsewhere, sides: side_of(&labels) });
    }
    cases
}

impl Session<'_> {
    /// Says which cases work in threads or processes and are not marked for it: all of these share one core.
    pub(super) fn note_elsewhere(&mut self, turn: &mut Turns) -> Result<()> {
        for Unmarked { case, elsewhere, sides } in unmarked(std::mem::take(&mut turn.elsewhere)) {
            let (reason, remedy) = match elsewhere {
                Elsewhere::Threads => (
                    format!(
                        "it works in other threads{sides} and is not marked `.parallel()`: its trials ran with all of \
                         them on one core"
                    ),
                    "mark the variant `.parallel()`, so that it has the cores that it asks for",
                ),
                Elsewhere::Processes => (
                    format!(
                        "it starts processes{sides}: its trials ran with all of them on one core, and their starting is \
                         timed"
                    ),
                    "measure the work within the runner's process",
                ),
            };
            let known = |missing: &Missing| {
                missing.what == MissingKind::OneThread
                    && missing.case.as_ref() == Some(&case)
                    && missing.reason == reason
            };
            if self.results.missing.iter().any(known) {
                continue;
            }
            self.reporter().report(&Event::Doubtful { case: &case, reason: &reason, remedy });
            self.miss(Missing {
                case: Some(case),
                what: MissingKind::OneThread,
                reason,
                remedy: Some(remedy.to_owned()),
            })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arm(artifact: &str, variant: &str) -> Arm {
        let case = format!("f/w/s/{variant}@system").parse().unwrap();
        Arm { artifact: artifact.to_owned(), runner: "r".to_owned(), case }
    }

    #[test]
    fn a_case_is_warned_of_once_with_its_sides() {
        use Elsewhere::{Processes, Threads};
        let said = |found: &[(Arm, Elsewhere)]| -> Vec<String> {
            let all = unmarked(found.to_vec());
            all.into_iter().map(|one| format!("{}{}", one.case.variant, one.sides)).collect()
        };
        let (before, after) = (arm("baseline", "a"), arm("candidate", "a"));
        assert_eq!(said(&[(before.clone(), Threads), (after.clone(), Threads)]), ["a on both sides"]);
        assert_eq!(said(&[(after.clone(), Threads)]), ["a on the candidate's side"]);
        assert_eq!(
            said(&[(before, Threads), (after, Processes)]),
            ["a on the baseline's side", "a on the candidate's side"]
        );
        // Variants of one build have no sides.
        let both = [(arm("work tree", "a"), Threads), (arm("work tree", "b"), Threads)];
        assert_eq!(said(&both), ["a", "b"]);
        assert_eq!(said(&[]), [] as [&str; 0]);
    }
}
