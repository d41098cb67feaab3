//! One family: its question, its data sets and variants, its matrices and rankings.

use duel_record::{Factor, protocol::FamilyListing};

use super::{
    CaseModel, ComparisonModel, DataSet, Matrix, Ranking,
    axes::{data_sets, variants},
    index::ModelIndex,
    listing::Listing,
    matrix, ranking,
};

/// A family as far as the record names it.
#[derive(Clone, Debug)]
pub struct FamilyModel {
    /// Its name, unique in a run.
    pub name: String,
    /// The question that it answers; empty where no runner lists it.
    pub question: String,
    /// How outputs are compared with the reference.
    pub check: String,
    /// The variant that the others are compared with.
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

/// All families that the record names.
pub(super) fn families(
    listing: &Listing,
    comparisons: &[ComparisonModel],
    cases: &[CaseModel],
    index: &ModelIndex,
) -> Vec<FamilyModel> {
    listing
        .families
        .iter()
        .filter_map(|family| {
            let cases: Vec<&CaseModel> = index.cases_of(&family.name).iter().map(|at| &cases[*at]).collect();
            if cases.is_empty() {
                return None;
            }
            let comparisons: Vec<&ComparisonModel> =
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
fn reference(family: &FamilyListing, comparisons: &[&ComparisonModel]) -> Option<String> {
    let listed = family.variants.iter().find(|v| v.reference).map(|v| v.name.clone());
    listed.or_else(|| {
        let first = comparisons.iter().find(|c| c.factor == Factor::Variant)?;
        Some(first.baseline.arm.case.variant.clone())
    })
}
