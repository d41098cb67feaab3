//! The rows and columns of a family's tables: its variants and its data sets.

use std::collections::{HashMap, HashSet};

use duel_record::protocol::FamilyListing;

use super::{CaseModel, comparison::variant_label};

/// One workload in one size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataSet {
    /// The name of the recipe that makes the data.
    pub workload: String,
    /// The size's name.
    pub size: String,
    /// The number that the recipe is given; `None` where no runner lists it.
    pub elements: Option<u64>,
}

impl DataSet {
    /// Its names with those of its family.
    pub(super) fn of(&self, family: &str) -> (String, String, String) {
        (family.to_owned(), self.workload.clone(), self.size.clone())
    }
}

/// A variant, with its threads where it is parallel: one row of a matrix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct VariantRow {
    pub name: String,
    pub threads: Option<u32>,
    pub label: String,
    pub reference: bool,
    pub unavailable: Option<String>,
}

/// The listed data sets that any of these cases has.
pub(super) fn data_sets(family: &FamilyListing, cases: &[&CaseModel]) -> Vec<DataSet> {
    let named: HashSet<(&str, &str)> =
        cases.iter().map(|c| (c.id.workload.as_str(), c.id.size.as_str())).collect();
    let mut sets = Vec::new();
    for workload in &family.workloads {
        for size in &workload.sizes {
            if named.contains(&(workload.name.as_str(), size.name.as_str())) {
                sets.push(DataSet {
                    workload: workload.name.clone(),
                    size: size.name.clone(),
                    elements: (size.elements > 0).then_some(size.elements),
                });
            }
        }
    }
    sets
}

/// The listed variants, one per number of threads that the record names.
pub(super) fn variants(family: &FamilyListing, cases: &[&CaseModel]) -> Vec<VariantRow> {
    let mut cases_of: HashMap<&str, Vec<&CaseModel>> = HashMap::new();
    for case in cases {
        cases_of.entry(&case.id.variant).or_default().push(case);
    }
    let mut variants = Vec::new();
    for variant in &family.variants {
        let mut seen: Vec<&CaseModel> = cases_of.get(&*variant.name).cloned().unwrap_or_default();
        seen.sort_by_key(|c| c.id.threads);
        seen.dedup_by_key(|c| c.id.threads);
        let row = |threads, label| VariantRow {
            name: variant.name.clone(),
            threads,
            label,
            reference: variant.reference,
            unavailable: variant.unavailable.clone(),
        };
        if seen.is_empty() {
            variants.push(row(None, variant.name.clone()));
        }
        variants.extend(seen.iter().map(|c| row(c.id.threads, variant_label(&c.id))));
    }
    variants
}
