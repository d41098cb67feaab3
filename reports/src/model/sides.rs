//! The two sides of a comparison of artifacts: what each was built from, the cases in which they are
//! the same, and what differs between them and is not the code.

use std::collections::{BTreeSet, HashMap};

use duel_record::{Arm, Artifact, IdenticalCase, Line, SideDifference, Sides};

/// As many characters of a hash as tell two of them apart.
const SHORT: usize = 12;

/// One runner of one side, and what is known of its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SideModel {
    /// The artifact's label.
    pub label: String,
    /// Package and bench target.
    pub runner: String,
    /// Hash of the executable.
    pub hash: String,
    /// The git tree that it was built from, in full.
    pub tree: Option<String>,
    /// The commit, and whether there were changes beside it.
    pub revision: Option<String>,
    /// Whether the executable itself names that tree, and if not, what would settle it.
    pub proof: String,
}

impl SideModel {
    fn new(artifact: &Artifact) -> Self {
        let revision = artifact.revision.as_ref().map(|commit| {
            let changed = if artifact.dirty { " with uncommitted changes" } else { "" };
            format!("{}{changed}", short(commit))
        });
        Self {
            label: artifact.label.clone(),
            runner: artifact.runner.clone(),
            hash: artifact.hash.clone(),
            tree: artifact.tree.clone(),
            revision,
            proof: proof(artifact),
        }
    }

    /// The same as words for a table: side, runner, executable, tree, revision, source.
    pub fn cells(&self) -> [String; 6] {
        let known = |text: Option<String>| text.unwrap_or_else(|| "not known".to_owned());
        [
            self.label.clone(),
            self.runner.clone(),
            short(&self.hash),
            known(self.tree.as_deref().map(short)),
            known(self.revision.clone()),
            self.proof.clone(),
        ]
    }
}

/// Whether a runner is known to be built from the tree that the record names.
fn proof(artifact: &Artifact) -> String {
    match (&artifact.tree, &artifact.identity.tree) {
        (Some(tree), Some(named)) if tree == named => {
            "proven: the executable names the tree that it was built from".to_owned()
        }
        (Some(_), Some(named)) => format!(
            "unknown: the executable names another tree, {}; comparing the revision again builds it again",
            short(named)
        ),
        (Some(_), None) => {
            "unknown: the executable names no tree, since its library `duel` is older; a newer \
                            `duel` in that revision settles it"
                .to_owned()
        }
        (None, Some(named)) => format!(
            "unknown: the executable names tree {}, but it was not built for this comparison; naming the \
             revision in place of the path settles it",
            short(named)
        ),
        (None, None) if artifact.revision.is_some() => {
            "unknown: the record has no tree for it; comparing the revision again with a newer cargo-duel \
             settles it"
                .to_owned()
        }
        (None, None) => "unknown: it was not built from a revision for this comparison; naming the revision \
                         settles it"
            .to_owned(),
    }
}

/// Every runner of both sides; none if the run has one artifact only.
pub(super) fn sides(artifacts: &[Artifact]) -> Vec<SideModel> {
    let labels: BTreeSet<&str> = artifacts.iter().map(|artifact| artifact.label.as_str()).collect();
    if labels.len() < 2 { Vec::new() } else { artifacts.iter().map(SideModel::new).collect() }
}

/// A difference on one line, whatever its names hold.
pub(super) fn difference_line(difference: &SideDifference) -> String {
    let [kind, name, baseline, candidate, policy] = difference_cells(difference);
    let values = if baseline == candidate {
        format!("{baseline} on both sides")
    } else {
        format!("baseline {baseline}, candidate {candidate}")
    };
    let line = format!("{kind} {name}: {values}; {policy}");
    line.replace(char::is_control, " ")
}

/// A difference as words: kind, name, what the baseline and the candidate have, what was done.
pub(crate) fn difference_cells(difference: &SideDifference) -> [String; 5] {
    let side = |has: &Option<String>| has.clone().unwrap_or_else(|| "none".to_owned());
    [
        difference.kind.to_string(),
        difference.name.clone(),
        side(&difference.baseline),
        side(&difference.candidate),
        difference.policy.clone(),
    ]
}

/// What was established about both sides, if the record has it.
pub(super) fn known(lines: &[Line]) -> Option<Sides> {
    lines.iter().rev().find_map(|line| match line {
        Line::Sides(sides) => Some(sides.clone()),
        _ => None,
    })
}

/// The identical cases of a record, and why each is.
pub(super) fn identical<'a>(
    lines: &'a [Line],
    artifacts: &'a [Artifact],
) -> impl Iterator<Item = (&'a IdenticalCase, String)> {
    let hashes: HashMap<(&str, &str), &str> =
        artifacts.iter().rev().map(|it| ((&*it.label, &*it.runner), &*it.hash)).collect();
    lines.iter().filter_map(move |line| match line {
        Line::Identical(case) => Some((case, why_identical(&case.baseline, &hashes))),
        _ => None,
    })
}

/// Why a case is identical, in one sentence.
fn why_identical(arm: &Arm, hashes: &HashMap<(&str, &str), &str>) -> String {
    let own = hashes.get(&(&*arm.artifact, &*arm.runner));
    let hash = own.map_or_else(String::new, |hash| format!(" ({})", short(hash)));
    format!("both sides are the same executable{hash} and made the same data")
}

/// That every case is identical, for `executables` runners.
pub(super) fn all_identical(executables: usize) -> String {
    let plural = if executables == 1 { "" } else { "s" };
    format!(
        "Identical: both sides are the same executable{plural} and made the same data, so nothing was \
         measured."
    )
}

/// The start of a hash or commit.
fn short(hash: &str) -> String {
    let mut short: String = hash.chars().take(SHORT).collect();
    if hash.chars().count() > SHORT {
        short.push('…');
    }
    short
}
