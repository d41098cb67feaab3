//! What the report says of each instrument's findings: one file or folder an instrument, with its part of the page,
//! its Markdown and its facts for causes, and the table of them.

mod beside;
mod by_build;
mod code;
mod counters;
mod fact;
mod heap;
mod instructions;
mod memory;
mod preparation;
mod profile;
mod sides;

pub(crate) use by_build::tables;
pub(crate) use fact::{Change, Fact, Timed, What};
pub(crate) use instructions::{hidden_path, ratio};
pub(crate) use profile::Flames;
pub(crate) use sides::{Side, Sides};

use duel_record::{Instrument, Refused};
use maud::Markup;

use crate::model::{ArmModel, FamilyModel, Model};

/// What the report says of one instrument.
pub(crate) trait Section {
    /// Its part of a case's details: both sides beside each other. Nothing if neither was measured.
    fn html(&self, sides: &Sides, flames: &mut Flames) -> Markup;

    /// Its tables of a family; empty if nothing was measured.
    fn markdown(&self, _model: &Model, _family: &FamilyModel) -> String {
        String::new()
    }

    /// What changed from the baseline to the candidate, as far as it was measured of both.
    fn facts(&self, baseline: Timed, candidate: Timed) -> Vec<Fact>;

    /// Whether it ran on an arm and could have found a cause.
    fn found(&self, arm: &ArmModel) -> bool;

    /// Why this machine refused it although it ran.
    fn refused<'a>(&self, _arm: &'a ArmModel) -> Option<&'a Refused> {
        None
    }

    /// What it takes, in the plural: `CPU profiles`.
    fn plural(&self) -> &'static str;
}

/// The instruments that have a section, in the order in which they are shown.
pub(crate) const SHOWN: [Instrument; 7] = [
    Instrument::Instructions,
    Instrument::Heap,
    Instrument::Memory,
    Instrument::Counters,
    Instrument::Profile,
    Instrument::Code,
    Instrument::Preparation,
];

/// The section of an instrument; `None` for those that tell the time, which is shown in every comparison.
pub(crate) fn section(instrument: Instrument) -> Option<&'static dyn Section> {
    Some(match instrument {
        Instrument::Time | Instrument::Criterion => return None,
        Instrument::Instructions => &instructions::Instructions,
        Instrument::Heap => &heap::Heap,
        Instrument::Memory => &memory::Memory,
        Instrument::Counters => &counters::Counters,
        Instrument::Profile => &profile::Profile,
        Instrument::Code => &code::Code,
        Instrument::Preparation => &preparation::Preparation,
    })
}

/// Those sections.
pub(crate) fn sections() -> impl Iterator<Item = (Instrument, &'static dyn Section)> {
    SHOWN.into_iter().filter_map(|instrument| Some((instrument, section(instrument)?)))
}
