//! One family: its question, its data sets and variants, its matrices and rankings.

use std::collections::{HashMap, HashSet};

use duel_record::{Factor, protocol::FamilyListing};

use super::{
    CaseModel, Comparison, Matrix, Ranking, comparison::variant_label, index::Index, listing::Listing,
    matrix, ranking,
};

/// A family as far as the record names it.
#[derive(Clone, Debug)]
pub struct FamilyModel {
    /// Its name.
    pub name: String,
    /// The question that it answers; empty where no runner lists it.
    pub question: String,
    /// How outputs are held against the reference.
    pub check: String,
    /// The variant that the others are held against.
    pub reference: Option<String>,
    /// The data sets that the record names.
    pub data_sets: Vec<DataSet>,
    /// Ratios, variants by data sets: one matrix per factor and setting.
    pub matrices: Vec<Matrix>,
    /// Variants by speed: one ranking per comparison of variants.
    pub rankings: Vec<Ranking>,
    /// Variants that a runner lists as unable to run on this machine, and why.
    pub unavailable_variants: Vec<(String, String)>,
}

/// One workload in one size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataSet {
    /// The recipe.
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
pub(super) struct Variant {
    pub name: String,
    pub threads: Option<u32>,
    pub label: String,
    pub reference: bool,
    pub unavailable: Option<String>,
}

/// All families that the record names.
pub(super) fn families(
    listing: &Listing,
    comparisons: &[Comparison],
    cases: &[CaseModel],
    index: &Index,
) -> Vec<FamilyModel> {
    listing
        .families
        .iter()
        .filter_map(|family| {
            let cases: Vec<&CaseModel> = index.cases_of(&family.name).iter().map(|at| &cases[*at]).collect();
            if cases.is_empty() {
                return None;
            }
            let comparisons: Vec<&Comparison> =
                index.comparisons_of_family(&family.name).iter().map(|at| &comparisons[*at]).collect();
            let data_sets = data_sets(family, &cases);
            let variants = variants(family, &cases);
            Some(FamilyModel {
                name: family.name.clone(),
                question: family.question.clone(),
                check: family.check.clone(),
                reference: reference(family, &comparisons),
                matrices: matrix::matrices(&data_sets, &variants, &comparisons, &cases),
                rankings: ranking::rankings(&comparisons, &cases, &variants),
                unavailable_variants: family
                    .variants
                    .iter()
                    .filter_map(|v| Some((v.name.clone(), v.unavailable.clone()?)))
                    .collect(),
                data_sets,
            })
        })
        .collect()
}

/// The listed reference, else the baseline of the first comparison of variants.
fn reference(family: &FamilyListing, comparisons: &[&Comparison]) -> Option<String> {
    let listed = family.variants.iter().find(|v| v.reference).map(|v| v.name.clone());
    listed.or_else(|| {
        let first = comparisons.iter().find(|c| c.factor == Factor::Variant)?;
        Some(first.baseline.arm.case.variant.clone())
    })
}

fn data_sets(family: &FamilyListing, cases: &[&CaseModel]) -> Vec<DataSet> {
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
fn variants(family: &FamilyListing, cases: &[&CaseModel]) -> Vec<Variant> {
    let mut cases_of: HashMap<&str, Vec<&CaseModel>> = HashMap::new();
    for case in cases {
        cases_of.entry(&case.id.variant).or_default().push(case);
    }
    let mut variants = Vec::new();
    for variant in &family.variants {
        let mut seen: Vec<&CaseModel> = cases_of.get(&*variant.name).cloned().unwrap_or_default();
        seen.sort_by_key(|c| c.id.threads);
        seen.dedup_by_key(|c| c.id.threads);
        let row = |threads, label| Variant {
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
