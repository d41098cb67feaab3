//! The one or two arms that a section shows beside each other.

use duel_record::CaseId;

use crate::{model::ArmModel, page_run::Run};

/// One arm as a section shows it.
#[derive(Clone, Copy)]
pub(crate) struct Side<'a> {
    /// What it is called beside the other: a variant's or allocator's name, a revision.
    pub level: &'a str,
    pub case: &'a CaseId,
    pub found: &'a ArmModel,
}

/// A case, and the baseline that it is compared with, if there is one.
#[derive(Clone, Copy)]
pub(crate) struct Sides<'a> {
    pub run: &'a Run<'a>,
    pub baseline: Option<Side<'a>>,
    pub candidate: Side<'a>,
}

impl<'a> Sides<'a> {
    /// The baseline, where there is one, and the candidate.
    pub fn both(&self) -> impl Iterator<Item = Side<'a>> + use<'a> {
        self.baseline.into_iter().chain([self.candidate])
    }
}
