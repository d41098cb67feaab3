//! What is to be done: which cases, which comparisons, and what is left out.

use std::collections::BTreeSet;

use anyhow::Result;
use duel_record::{
    Allocator, Arm, CaseId, Factor, Missing, MissingKind,
    protocol::{FamilyListing, VariantListing, WorkloadListing},
};

use crate::{
    command::{
        filter::{matches, some_of, there_are},
        settings::Settings,
        status::helpful,
    },
    runner::artifact::{NAMED_BY_PATH, Runner, side_of},
};

/// A case that the filters chose.
#[derive(Clone, Debug)]
pub struct Case {
    pub arm: Arm,
    pub elements: u64,
    pub reference: bool,
    pub parallel: bool,
    /// The family asks for its allocators to be compared.
    pub compare_allocators: bool,
    /// Why it can't run here, if so.
    pub unavailable: Option<String>,
}

/// Two or more arms that differ in one factor; the first is the baseline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    pub factor: Factor,
    pub arms: Vec<Arm>,
}

/// The cases that the filters and sizes choose, in the order of the authors' tables.
pub struct Chosen {
    pub cases: Vec<Case>,
    /// Every case there is at the chosen sizes, chosen by the filters or not.
    everything: Vec<Case>,
    /// What was left out, in words.
    pub left_out: Vec<String>,
}

/// Chooses cases.
///
/// # Errors
/// When a size has an unknown name, or nothing matches.
pub fn choose(runners: &[Runner], filters: &[String], settings: &Settings) -> Result<Chosen> {
    check_sizes(runners, &settings.sizes)?;
    let mut everything = Vec::new();
    let mut at_other_sizes: Vec<CaseId> = Vec::new();
    for runner in runners {
        for family in &runner.artifact.families {
            for workload in &family.workloads {
                let chosen = chosen_sizes(workload, settings);
                for (index, size) in workload.sizes.iter().enumerate() {
                    for variant in &family.variants {
                        let ids = ids(family, workload, &size.name, variant, &settings.threads);
                        if !chosen.contains(&index) {
                            at_other_sizes.extend(ids);
                            continue;
                        }
                        everything.extend(ids.into_iter().map(|case| Case {
                            arm: Arm {
                                artifact: runner.artifact.label.clone(),
                                runner: runner.artifact.runner.clone(),
                                case,
                            },
                            elements: size.elements,
                            reference: variant.reference,
                            parallel: variant.parallel,
                            compare_allocators: family.compare_allocators,
                            unavailable: variant.unavailable.clone(),
                        }));
                    }
                }
            }
        }
    }
    let matches =
        |id: &CaseId| filters.is_empty() || filters.iter().any(|filter| matches(filter, &id.to_string()));
    let sizes_left_out: BTreeSet<_> =
        at_other_sizes.iter().filter(|id| matches(id)).map(CaseId::data_set).collect();
    let cases: Vec<_> = everything.iter().filter(|case| matches(&case.arm.case)).cloned().collect();
    if cases.is_empty() {
        return Err(nothing_matches(filters, settings, &everything, !sizes_left_out.is_empty()));
    }
    let mut left_out = Vec::new();
    if !sizes_left_out.is_empty() {
        let why = if settings.sizes.is_empty() {
            "one middle size is taken per workload (--quick=false or --sizes takes more)"
        } else {
            "not among --sizes"
        };
        left_out.push(format!("{why}; left out: {}", by_size(&sizes_left_out)));
    }
    Ok(Chosen { cases, everything, left_out })
}

impl Chosen {
    /// The cases that can run here.
    pub fn available(&self) -> impl Iterator<Item = &Case> {
        self.cases.iter().filter(|case| case.unavailable.is_none())
    }

    /// What can't run here.
    pub fn missing(&self) -> Vec<Missing> {
        let gone = self.cases.iter().filter_map(|case| Some((case, case.unavailable.as_ref()?)));
        gone.map(|(case, reason)| Missing {
            case: Some(case.arm.case.clone()),
            what: MissingKind::Variant,
            reason: reason.clone(),
            remedy: Some("run it on a machine that has it".to_owned()),
        })
        .collect()
    }

    /// The reference of a case's data set, chosen by the filters or not.
    fn reference(&self, case: &Case) -> Option<&Case> {
        self.everything.iter().find(|other| {
            other.reference
                && other.arm.runner == case.arm.runner
                && other.arm.artifact == case.arm.artifact
                && other.arm.case.data_set() == case.arm.case.data_set()
        })
    }

    /// The chosen cases that can run here and the references of their data sets, one data set
    /// after the other.
    pub fn with_references(&self) -> Vec<&Case> {
        let mut all: Vec<&Case> = Vec::new();
        for case in self.available() {
            for case in self.reference(case).into_iter().chain([case]) {
                if !all.iter().any(|other| other.arm == case.arm) {
                    all.push(case);
                }
            }
        }
        all.sort_by_key(|case| {
            self.everything.iter().position(|other| {
                other.arm.artifact == case.arm.artifact
                    && other.arm.runner == case.arm.runner
                    && other.arm.case.data_set() == case.arm.case.data_set()
            })
        });
        all
    }

    /// Every case that the first artifact and another have in common, and the arms that have no
    /// counterpart.
    ///
    /// Where allocators are named, each case is compared under each of them.
    pub fn by_artifact(&self, allocators: &[Allocator]) -> (Vec<Comparison>, Vec<Arm>) {
        let mut comparisons = Vec::new();
        let mut alone = Vec::new();
        let Some(baseline) = self.everything.first().map(|case| &case.arm.artifact) else {
            return (comparisons, alone);
        };
        for case in self.available() {
            let other_side = self.available().find(|other| on_other_side(&case.arm, &other.arm));
            match other_side {
                Some(other) if case.arm.artifact == *baseline => {
                    comparisons.extend(allocators.iter().map(|allocator| Comparison {
                        factor: Factor::Artifact,
                        arms: [case, other].map(|side| with_allocator(&side.arm, *allocator)).into(),
                    }));
                }
                Some(_) => {}
                None => alone.push(case.arm.clone()),
            }
        }
        (comparisons, alone)
    }

    /// Without the cases that no comparison has: only what is compared need be verified.
    pub fn only_compared(mut self, comparisons: &[Comparison]) -> Self {
        let same = |arm: &Arm, case: &Arm| {
            (&arm.artifact, &arm.runner, arm.case.path()) == (&case.artifact, &case.runner, case.case.path())
        };
        self.cases.retain(|case| {
            // What can't run here is reported all the same.
            case.unavailable.is_some()
                || comparisons.iter().flat_map(|comparison| &comparison.arms).any(|arm| same(arm, &case.arm))
        });
        self
    }

    /// Every chosen variant against its reference: one comparison for each data set.
    pub fn by_variant(&self) -> Vec<Comparison> {
        let mut comparisons: Vec<Comparison> = Vec::new();
        for case in self.available().filter(|case| !case.reference) {
            let Some(reference) = self.reference(case) else { continue };
            match comparisons.iter_mut().find(|comparison| comparison.arms[0] == reference.arm) {
                Some(comparison) => comparison.arms.push(case.arm.clone()),
                None => comparisons.push(Comparison {
                    factor: Factor::Variant,
                    arms: vec![reference.arm.clone(), case.arm.clone()],
                }),
            }
        }
        comparisons
    }

    /// Every chosen case under each allocator; the first allocator is the baseline.
    pub fn by_allocator(&self, runners: &[Runner], settings: &Settings, only_asked: bool) -> Vec<Comparison> {
        self.available()
            .filter(|case| case.compare_allocators || !only_asked)
            .filter_map(|case| {
                let arms: Vec<_> = allocators_of(runners, &case.arm, settings)
                    .into_iter()
                    .map(|allocator| with_allocator(&case.arm, allocator))
                    .collect();
                (arms.len() > 1).then_some(Comparison { factor: Factor::Allocator, arms })
            })
            .collect()
    }

    /// Every chosen parallel case at each thread count; the first count is the baseline.
    pub fn by_threads(&self, settings: &Settings) -> Vec<Comparison> {
        let first = settings.threads.first().copied();
        self.available()
            .filter(|case| case.parallel && case.arm.case.threads == first)
            .filter_map(|case| {
                let arms: Vec<_> = settings
                    .threads
                    .iter()
                    .map(|threads| Arm {
                        case: CaseId { threads: Some(*threads), ..case.arm.case.clone() },
                        ..case.arm.clone()
                    })
                    .collect();
                (arms.len() > 1).then_some(Comparison { factor: Factor::Threads, arms })
            })
            .collect()
    }
}

/// Whether two arms are one case of two artifacts. A workspace may have one case in several
/// runners; a runner that was named by its path may be any of them.
fn on_other_side(one: &Arm, other: &Arm) -> bool {
    let by_path = [one, other].iter().any(|arm| arm.runner == NAMED_BY_PATH);
    one.artifact != other.artifact && one.case == other.case && (by_path || one.runner == other.runner)
}

fn with_allocator(arm: &Arm, allocator: Allocator) -> Arm {
    Arm { case: CaseId { allocator, ..arm.case.clone() }, ..arm.clone() }
}

/// The allocators to compare for an arm: those wished for, as far as its runner carries them.
pub fn allocators_of(runners: &[Runner], arm: &Arm, settings: &Settings) -> Vec<Allocator> {
    let wished = settings.allocators.clone().unwrap_or_else(|| Allocator::COMPARABLE.to_vec());
    let runner = runners.iter().find(|runner| runner.artifact.runner == arm.runner);
    wished.into_iter().filter(|allocator| runner.is_some_and(|runner| runner.carries(*allocator))).collect()
}

fn ids(
    family: &FamilyListing,
    workload: &WorkloadListing,
    size: &str,
    variant: &VariantListing,
    threads: &[u32],
) -> Vec<CaseId> {
    let id = |threads| CaseId {
        family: family.name.clone(),
        workload: workload.name.clone(),
        size: size.to_owned(),
        variant: variant.name.clone(),
        allocator: Allocator::System,
        threads,
    };
    if variant.parallel { threads.iter().map(|threads| id(Some(*threads))).collect() } else { vec![id(None)] }
}

fn chosen_sizes(workload: &WorkloadListing, settings: &Settings) -> Vec<usize> {
    let all = 0..workload.sizes.len();
    if !settings.sizes.is_empty() {
        all.filter(|index| settings.sizes.contains(&workload.sizes[*index].name)).collect()
    } else if settings.quick {
        vec![(workload.sizes.len() - 1) / 2]
    } else {
        all.collect()
    }
}

fn check_sizes(runners: &[Runner], sizes: &[String]) -> Result<()> {
    let known: BTreeSet<_> = runners
        .iter()
        .flat_map(|runner| &runner.artifact.families)
        .flat_map(|family| &family.workloads)
        .flat_map(|workload| &workload.sizes)
        .map(|size| size.name.as_str())
        .collect();
    match sizes.iter().find(|size| !known.contains(size.as_str())) {
        None => Ok(()),
        Some(size) => Err(helpful(
            format!("no workload has a size \"{size}\""),
            match known.len() {
                1 => format!("the only size is {}", known.into_iter().collect::<String>()),
                _ => format!("the sizes are {}", known.into_iter().collect::<Vec<_>>().join(", ")),
            },
        )),
    }
}

fn nothing_matches(
    filters: &[String],
    settings: &Settings,
    everything: &[Case],
    matches_other_sizes: bool,
) -> anyhow::Error {
    if everything.is_empty() {
        return helpful("there are no cases at these sizes", "`cargo duel list` shows what there is");
    }
    if matches_other_sizes {
        let of = if settings.sizes.is_empty() { "--quick" } else { "--sizes" };
        return helpful(
            format!("no case matches {} among the sizes of {of}", quoted(filters)),
            format!("leave out {of}, or name the size with --sizes"),
        );
    }
    // Two sides have the same ids.
    let ids: BTreeSet<String> = everything.iter().map(|case| case.arm.case.to_string()).collect();
    let ignoring_case: Vec<&str> = ids
        .iter()
        .filter(|id| filters.iter().any(|filter| matches(&filter.to_lowercase(), &id.to_lowercase())))
        .map(String::as_str)
        .collect();
    let help = if ignoring_case.is_empty() {
        there_are(&ids)
    } else {
        format!("upper and lower case differ: {}", some_of(&ignoring_case))
    };
    helpful(format!("no case matches {}", quoted(filters)), help)
}

/// `l1 and memory of 12 workloads`, or the data sets themselves where they are few.
fn by_size(data_sets: &BTreeSet<String>) -> String {
    if data_sets.len() <= 4 {
        return data_sets.iter().cloned().collect::<Vec<_>>().join(", ");
    }
    let split = || data_sets.iter().filter_map(|data_set| data_set.rsplit_once('/'));
    let sizes: BTreeSet<_> = split().map(|(_, size)| size).collect();
    let workloads: BTreeSet<_> = split().map(|(workload, _)| workload).collect();
    format!("{} of {} workloads", sizes.into_iter().collect::<Vec<_>>().join(" and "), workloads.len())
}

fn quoted(filters: &[String]) -> String {
    filters.iter().map(|filter| format!("\"{filter}\"")).collect::<Vec<_>>().join(" or ")
}

/// Says what is missing where a runner lacks an allocator that was wished for.
pub fn missing_allocators(runners: &[Runner], settings: &Settings) -> Vec<Missing> {
    let wished = settings.allocators.as_deref().unwrap_or_default();
    let lacks = |runner: &Runner, allocator: &Allocator| !runner.carries(*allocator);
    let pairs = wished.iter().flat_map(|allocator| runners.iter().map(move |runner| (runner, allocator)));
    let mut missing: Vec<Missing> = Vec::new();
    for (runner, allocator) in pairs.filter(|(runner, allocator)| lacks(runner, allocator)) {
        let name = &runner.artifact.runner;
        let of_runner = runners.iter().filter(|it| it.artifact.runner == *name && lacks(it, allocator));
        let labels: Vec<&str> = of_runner.map(|it| it.artifact.label.as_str()).collect();
        let one = Missing {
            case: None,
            what: MissingKind::Allocator(*allocator),
            reason: format!("{name} was built without it{}", side_of(&labels)),
            remedy: Some(format!("enable the feature `{allocator}` of the dependency `duel`")),
        };
        if !missing.contains(&one) {
            missing.push(one);
        }
    }
    missing
}
