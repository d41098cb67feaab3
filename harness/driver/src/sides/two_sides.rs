//! Both sides of a comparison of artifacts: which runners are the same executable, and whether their
//! cases are measured all the same.

use std::{path::PathBuf, sync::Arc};

use duel_record::{Arm, SideDifference, Sides};

use crate::{
    runner::artifact::{NAMED_BY_PATH, Runner},
    sides::{
        same_args::SidesArgs,
        side::Side,
        watch::{Opened, Watch},
    },
};

/// The two sides of one job.
#[derive(Clone, Debug, Default)]
pub struct TwoSides {
    /// What was established about them.
    pub known: Sides,
    /// Whether a case is measured although both of its sides are the same executable.
    pub measure_unchanged: bool,
    /// The files that differ between them, if they run among their own.
    watch: Option<Arc<Watch>>,
}

impl TwoSides {
    /// The sides as they are known; a slowdown is put into nothing that is not measured.
    pub fn new(known: Sides, watch: Option<Watch>, args: SidesArgs) -> Self {
        let measure_unchanged = args.measure_unchanged || args.inject.is_some();
        Self { known, measure_unchanged, watch: watch.map(Arc::new) }
    }

    /// Why the same executable may do something else on the two sides, if so: it opened a file that is not
    /// the same on both, or can tell one of them by its size or its place.
    pub fn reads_what_differs(&self) -> Option<String> {
        match self.watch.as_ref()?.opened() {
            Opened::None => None,
            Opened::Some(files) => {
                Some(format!("the runners opened files that differ between the sides: {}", shown(&files)))
            }
            Opened::Exposed(files) => Some(format!(
                "these differ between the sides, and the runners can tell without opening them: {}",
                shown(&files)
            )),
            Opened::Unknown => Some(
                "files differ between the sides, and whether the runners open them can't be watched here"
                    .to_owned(),
            ),
        }
    }

    /// Which runners are not measured against themselves, in a sentence, if there are any.
    pub fn unchanged_in_words(&self) -> Option<String> {
        let names = self.unchanged().join(", ");
        (!names.is_empty()).then(|| {
            format!(
                "both sides are the same executable, so cases with the same data are not measured \
                 (--measure-unchanged measures them): {names}"
            )
        })
    }

    /// The runners that are the same executable and are not to be measured against themselves.
    fn unchanged(&self) -> &[String] {
        if self.measure_unchanged { &[] } else { &self.known.identical }
    }

    /// Whether both sides of a case are one executable that is not to be measured against itself.
    pub fn skip(&self, baseline: &Arm, candidate: &Arm) -> bool {
        let name = name_of_pair(&baseline.runner, &candidate.runner);
        self.unchanged().iter().any(|same| same == name)
    }
}

/// The first of some files.
fn shown(files: &[PathBuf]) -> String {
    let shown: Vec<String> = files.iter().take(3).map(|file| file.display().to_string()).collect();
    let more = if files.len() > shown.len() { ", …" } else { "" };
    format!("{}{more}", shown.join(", "))
}

/// Which runners are the same on both sides: the executable, and what it is started with.
pub fn of(runners: &[Runner], differences: Vec<SideDifference>) -> Sides {
    let names = |side: Side| {
        let label = side.to_string();
        let of_side = runners.iter().filter(move |runner| runner.artifact.label == label);
        of_side.map(|runner| (runner.artifact.runner.as_str(), runner.sameness())).collect::<Vec<_>>()
    };
    Sides { identical: identical(&names(Side::Baseline), &names(Side::Candidate)), differences }
}

/// The names of the runners that both sides have with the same hash.
fn identical(baseline: &[(&str, &str)], candidate: &[(&str, &str)]) -> Vec<String> {
    let pairs = baseline.iter().flat_map(|one| candidate.iter().map(move |other| (one, other)));
    pairs
        .filter(|((name, hash), (other_name, other_hash))| {
            hash == other_hash && (name == other_name || [name, other_name].contains(&&NAMED_BY_PATH))
        })
        .map(|((name, _), (other_name, _))| name_of_pair(name, other_name).to_owned())
        .collect()
}

/// The name that a pair of runners goes by. One that was named by its path may be any runner of the
/// other side, whose name says more.
fn name_of_pair<'a>(baseline: &'a str, candidate: &'a str) -> &'a str {
    if baseline == NAMED_BY_PATH { candidate } else { baseline }
}

#[cfg(test)]
mod tests {
    use super::*;
    use duel_record::{Allocator, CaseId};

    #[test]
    fn runners_are_the_same_by_name_and_hash_and_a_path_may_be_any_of_them() {
        let built = [("a/one", "1"), ("a/two", "2"), ("a/three", "3")];
        assert_eq!(identical(&built, &[("a/one", "1"), ("a/two", "9"), ("a/other", "3")]), ["a/one"]);
        assert_eq!(identical(&built, &[(NAMED_BY_PATH, "2")]), ["a/two"]);
        assert_eq!(identical(&[(NAMED_BY_PATH, "3")], &built), ["a/three"]);
        assert_eq!(identical(&[(NAMED_BY_PATH, "7")], &[(NAMED_BY_PATH, "7")]), [NAMED_BY_PATH]);
        assert_eq!(identical(&[(NAMED_BY_PATH, "7")], &built), [""; 0]);
    }

    #[test]
    fn a_case_is_skipped_by_the_name_of_its_pair_unless_everything_is_measured() {
        let arm = |runner: &str| Arm {
            artifact: String::new(),
            runner: runner.to_owned(),
            case: CaseId {
                family: "f".into(),
                workload: "w".into(),
                size: "s".into(),
                variant: "v".into(),
                allocator: Allocator::System,
                threads: None,
            },
        };
        let known = Sides { identical: vec!["a/one".to_owned()], differences: Vec::new() };
        let mut sides = TwoSides { known, measure_unchanged: false, watch: None };
        assert!(sides.skip(&arm("a/one"), &arm("a/one")));
        assert!(sides.skip(&arm(NAMED_BY_PATH), &arm("a/one")));
        assert!(!sides.skip(&arm("a/two"), &arm("a/two")));
        assert!(!sides.skip(&arm("a/two"), &arm(NAMED_BY_PATH)));
        sides.measure_unchanged = true;
        assert!(!sides.skip(&arm("a/one"), &arm("a/one")));
    }
}
