//! What the runners offer, joined over artifacts: it gives names their order and their meaning.

use std::collections::BTreeSet;

use duel_record::{
    CaseId, Line, Recording,
    protocol::{FamilyListing, SizeListing, VariantListing, WorkloadListing},
};

use super::FamilyModel;

/// The families in the author's order; what only the record names comes last.
pub(super) struct Listing {
    pub families: Vec<FamilyListing>,
}

/// Where a case stands in the tables.
pub(super) type Position = (usize, usize, usize, usize, CaseId);

impl Listing {
    pub fn new(recording: &Recording) -> Self {
        let mut listing = Self { families: Vec::new() };
        for artifact in &recording.started.artifacts {
            for family in &artifact.families {
                match listing.families.iter_mut().find(|f| f.name == family.name) {
                    Some(known) => merge(known, family),
                    None => listing.families.push(family.clone()),
                }
            }
        }
        for case in named_cases(&recording.lines) {
            listing.admit(&case);
        }
        listing
    }

    /// Makes room for a case that no artifact lists, such as one whose runner is gone.
    fn admit(&mut self, case: &CaseId) {
        let family = FamilyListing {
            name: case.family.clone(),
            question: String::new(),
            check: String::new(),
            workloads: vec![WorkloadListing {
                name: case.workload.clone(),
                sizes: vec![SizeListing { name: case.size.clone(), elements: 0 }],
            }],
            variants: vec![VariantListing {
                name: case.variant.clone(),
                reference: false,
                parallel: case.threads.is_some(),
                unavailable: None,
            }],
            compare_allocators: false,
            precision_bits: 0,
        };
        match self.families.iter_mut().find(|f| f.name == case.family) {
            Some(known) => merge(known, &family),
            None => self.families.push(family),
        }
    }

    /// The order of cases: by family, workload, size, variant as listed, then by the rest.
    pub fn position(&self, case: &CaseId) -> Position {
        let find = |found: Option<usize>| found.unwrap_or(usize::MAX);
        let at = self.families.iter().position(|f| f.name == case.family);
        let family = at.and_then(|at| self.families.get(at));
        let workloads = family.map_or(&[][..], |f| &f.workloads);
        let workload = workloads.iter().position(|w| w.name == case.workload);
        let sizes = workload.and_then(|at| workloads.get(at)).map_or(&[][..], |w| &w.sizes);
        let size = sizes.iter().position(|s| s.name == case.size);
        let variants = family.map_or(&[][..], |f| &f.variants);
        let variant = variants.iter().position(|v| v.name == case.variant);
        (find(at), find(workload), find(size), find(variant), case.clone())
    }

    /// Listed families that are not among these.
    pub fn without(&self, families: &[FamilyModel]) -> Vec<String> {
        let names: BTreeSet<&str> = families.iter().map(|f| f.name.as_str()).collect();
        self.families.iter().filter(|f| !names.contains(f.name.as_str())).map(|f| f.name.clone()).collect()
    }
}

/// Adds to a family what another artifact's listing has beyond it.
fn merge(known: &mut FamilyListing, other: &FamilyListing) {
    for variant in &other.variants {
        if !known.variants.iter().any(|v| v.name == variant.name) {
            known.variants.push(variant.clone());
        }
    }
    for workload in &other.workloads {
        match known.workloads.iter_mut().find(|w| w.name == workload.name) {
            None => known.workloads.push(workload.clone()),
            Some(known) => {
                for size in &workload.sizes {
                    if !known.sizes.iter().any(|s| s.name == size.name) {
                        known.sizes.push(size.clone());
                    }
                }
            }
        }
    }
}

/// Every case that a line names, each once.
pub(super) fn named_cases(lines: &[Line]) -> BTreeSet<CaseId> {
    let mut cases = BTreeSet::new();
    for line in lines {
        match line {
            Line::Verified(verification) => {
                cases.insert(verification.arm.case.clone());
            }
            Line::Gate(declared) => {
                cases.extend(declared.cases.iter().map(|case| case.candidate.case.clone()));
            }
            Line::Identical(case) => {
                cases.insert(case.candidate.case.clone());
            }
            Line::Trial(trial) => cases.extend(trial.arms.iter().map(|arm| arm.arm.case.clone())),
            Line::Failed(failure) => {
                cases.insert(failure.arm.case.clone());
            }
            Line::Unavailable(missing) => cases.extend(missing.case.clone()),
            line => cases.extend(super::arm::arm_of(line).map(|arm| arm.case.clone())),
        }
    }
    cases
}
