//! The parts of the reports that an instrument has.

use duel_record::Refused;
use maud::Markup;

use super::{CauseFact, Flames, ShownSides, Timed};
use crate::model::{ArmModel, FamilyModel, Model};

/// What the report says of one instrument.
pub(crate) trait Section {
    /// Its part of a case's details: both sides beside each other. Nothing if neither was measured.
    fn html(&self, sides: &ShownSides, flames: &mut Flames) -> Markup;

    /// Its tables of a family; empty if nothing was measured.
    fn markdown(&self, _model: &Model, _family: &FamilyModel) -> String {
        String::new()
    }

    /// What changed from the baseline to the candidate, as far as it was measured of both.
    fn facts(&self, baseline: Timed, candidate: Timed) -> Vec<CauseFact>;

    /// Whether it ran on an arm and could have found a cause.
    fn found(&self, arm: &ArmModel) -> bool;

    /// Why this machine refused it although it ran.
    fn refused<'a>(&self, _arm: &'a ArmModel) -> Option<&'a Refused> {
        None
    }

    /// What it takes, in the plural: `CPU profiles`.
    fn plural(&self) -> &'static str;
}
