//! Where cases and comparisons are, so that nothing searches a run of many for each of many.

use std::collections::HashMap;

use duel_record::CaseId;

use super::{CaseModel, ComparisonModel, comparison::comparisons_of_cases};

/// Positions in a model's lists; the lists are not changed after it was made.
#[derive(Clone, Debug, Default)]
pub(super) struct ModelIndex {
    cases: HashMap<CaseId, usize>,
    cases_of_family: HashMap<String, Vec<usize>>,
    cases_of_set: HashMap<(String, String, String), Vec<usize>>,
    comparisons_of_case: HashMap<CaseId, Vec<usize>>,
    comparisons_of_family: HashMap<String, Vec<usize>>,
    comparisons_of_set: HashMap<(String, String, String), Vec<usize>>,
    families: HashMap<String, usize>,
}

impl ModelIndex {
    pub fn new(cases: &[CaseModel], comparisons: &[ComparisonModel]) -> Self {
        let mut index = Self { comparisons_of_case: comparisons_of_cases(comparisons), ..Self::default() };
        for (at, case) in cases.iter().enumerate() {
            index.cases.entry(case.id.clone()).or_insert(at);
            index.cases_of_family.entry(case.id.family.clone()).or_default().push(at);
            index.cases_of_set.entry(set(&case.id)).or_default().push(at);
        }
        for (at, comparison) in comparisons.iter().enumerate() {
            let id = &comparison.baseline.arm.case;
            index.comparisons_of_family.entry(id.family.clone()).or_default().push(at);
            index.comparisons_of_set.entry(set(id)).or_default().push(at);
        }
        index
    }

    pub fn add_families<'a>(&mut self, names: impl Iterator<Item = &'a str>) {
        for (at, name) in names.enumerate() {
            self.families.entry(name.to_owned()).or_insert(at);
        }
    }

    pub fn family(&self, name: &str) -> Option<usize> {
        self.families.get(name).copied()
    }

    pub fn case(&self, id: &CaseId) -> Option<usize> {
        self.cases.get(id).copied()
    }

    pub fn cases_of(&self, family: &str) -> &[usize] {
        self.cases_of_family.get(family).map_or(&[], Vec::as_slice)
    }

    /// Those of the data set that a case has.
    pub fn cases_in(&self, id: &(String, String, String)) -> &[usize] {
        self.cases_of_set.get(id).map_or(&[], Vec::as_slice)
    }

    pub fn comparisons_of(&self, id: &CaseId) -> &[usize] {
        self.comparisons_of_case.get(id).map_or(&[], Vec::as_slice)
    }

    pub fn comparisons_of_family(&self, family: &str) -> &[usize] {
        self.comparisons_of_family.get(family).map_or(&[], Vec::as_slice)
    }

    pub fn comparisons_in(&self, id: &(String, String, String)) -> &[usize] {
        self.comparisons_of_set.get(id).map_or(&[], Vec::as_slice)
    }
}

fn set(id: &CaseId) -> (String, String, String) {
    (id.family.clone(), id.workload.clone(), id.size.clone())
}
