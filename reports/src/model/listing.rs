//! What the runners offer, joined over artifacts: it gives names their order and their meaning.

use std::collections::{BTreeSet, HashMap};

use duel_record::{
    CaseId, Line, Recording,
    protocol::{FamilyListing, SizeListing, VariantListing, WorkloadListing},
};

/// The families in the author's order; what only the record names comes last.
#[derive(Default)]
pub(super) struct Listing {
    pub families: Vec<FamilyListing>,
    places: HashMap<String, FamilyPlaces>,
}

/// Where a family is in the listing, and where its parts are in it.
#[derive(Default)]
struct FamilyPlaces {
    at: usize,
    variants: HashMap<String, usize>,
    workloads: HashMap<String, (usize, HashMap<String, usize>)>,
}

/// Where a case is in the tables.
pub(super) type CasePosition = (usize, usize, usize, usize, CaseId);

impl Listing {
    pub fn new(recording: &Recording) -> Self {
        let mut listing = Self::default();
        for artifact in &recording.started.artifacts {
            for family in &artifact.families {
                listing.add(family);
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
        self.add(&family);
    }

    /// Adds a family, or to a known one what another artifact's listing has beyond it.
    fn add(&mut self, family: &FamilyListing) {
        let places = self.places.entry(family.name.clone()).or_insert_with(|| {
            // Names that a listing has twice are kept, as the runner gave them; the first counts.
            self.families.push(family.clone());
            FamilyPlaces::of(family, self.families.len() - 1)
        });
        let known = &mut self.families[places.at];
        for variant in &family.variants {
            places.variants.entry(variant.name.clone()).or_insert_with(|| {
                known.variants.push(variant.clone());
                known.variants.len() - 1
            });
        }
        for workload in &family.workloads {
            let (at, sizes) = places.workloads.entry(workload.name.clone()).or_insert_with(|| {
                known.workloads.push(WorkloadListing { name: workload.name.clone(), sizes: Vec::new() });
                (known.workloads.len() - 1, HashMap::new())
            });
            let known = &mut known.workloads[*at].sizes;
            for size in &workload.sizes {
                sizes.entry(size.name.clone()).or_insert_with(|| {
                    known.push(size.clone());
                    known.len() - 1
                });
            }
        }
    }

    /// A family by its name.
    pub fn family(&self, name: &str) -> Option<&FamilyListing> {
        self.families.get(self.places.get(name)?.at)
    }

    /// The order of cases: by family, workload, size, variant as listed, then by the rest.
    pub fn position(&self, case: &CaseId) -> CasePosition {
        let places = self.places.get(&case.family);
        let workload = places.and_then(|places| places.workloads.get(&case.workload));
        let size = workload.and_then(|(_, sizes)| sizes.get(&case.size));
        let variant = places.and_then(|places| places.variants.get(&case.variant));
        let end = usize::MAX;
        (
            places.map_or(end, |places| places.at),
            workload.map_or(end, |(at, _)| *at),
            size.copied().unwrap_or(end),
            variant.copied().unwrap_or(end),
            case.clone(),
        )
    }

    /// Listed families that are not among these.
    pub fn without<'a>(&self, names: impl Iterator<Item = &'a str>) -> Vec<String> {
        let names: BTreeSet<&str> = names.collect();
        self.families.iter().filter(|f| !names.contains(f.name.as_str())).map(|f| f.name.clone()).collect()
    }
}

impl FamilyPlaces {
    /// The places in a listing that was just added.
    fn of(family: &FamilyListing, at: usize) -> Self {
        let mut places = Self { at, ..Self::default() };
        for (at, variant) in family.variants.iter().enumerate() {
            places.variants.entry(variant.name.clone()).or_insert(at);
        }
        for (at, workload) in family.workloads.iter().enumerate() {
            let mut sizes = HashMap::new();
            for (at, size) in workload.sizes.iter().enumerate() {
                sizes.entry(size.name.clone()).or_insert(at);
            }
            places.workloads.entry(workload.name.clone()).or_insert((at, sizes));
        }
        places
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
            Line::Found(finding) => {
                cases.insert(finding.about().1.case.clone());
            }
            _ => {}
        }
    }
    cases
}
