//! One run on a page of one or several.

use duel_record::{Allocator, CaseId};

use crate::model::Model;

/// A run and its place on the page.
#[derive(Clone, Copy)]
pub(crate) struct Run<'a> {
    pub model: &'a Model,
    /// Its number on the page, from 0.
    pub number: usize,
    /// Whether there are others.
    pub many: bool,
}

impl Run<'_> {
    /// The run's letter and id, where there are several.
    pub fn name(&self) -> String {
        format!("{}: {}", self.letter(), self.model.started.run)
    }

    /// `A`, `B`, …, and numbers when the letters run out.
    pub fn letter(&self) -> String {
        u8::try_from(self.number)
            .ok()
            .filter(|number| *number < 26)
            .map_or_else(|| self.number.to_string(), |number| char::from(b'A' + number).to_string())
    }

    /// The id of a case's details.
    pub fn case_anchor(&self, case: &CaseId) -> String {
        format!("case-{}-{}", self.number, case.file_stem())
    }

    /// The link to a case's details.
    pub fn case_link(&self, case: &CaseId) -> String {
        format!("#{}", self.case_anchor(case))
    }
}

/// What a case is called among those of its data set.
pub(crate) fn case_label(case: &CaseId) -> String {
    let mut label = case.variant.clone();
    if let Some(threads) = case.threads {
        label.push_str(&format!(", {}", crate::number::plural(threads as usize, "thread")));
    }
    if case.allocator != Allocator::System {
        label.push_str(&format!(", {}", case.allocator));
    }
    label
}

/// A case by its names, outside its family.
pub(crate) fn long_label(case: &CaseId) -> String {
    format!("{} / {} / {} / {}", case.family, case.workload, case.size, case_label(case))
}
