//! What the report says of each instrument's findings: one file or folder an instrument, with its part of the page,
//! its Markdown and its facts for causes, and the table of them.

mod by_build;
mod code;
mod counters;
mod fact;
mod file_link;
mod flames;
mod heap;
mod instructions;
mod memory;
mod preparation;
mod profile;
mod section;
mod sides;

pub(crate) use by_build::tables;
pub(crate) use fact::{ArmPair, CauseFact, FactChange, FactKind, Timed};
pub(crate) use flames::Flames;
pub(crate) use instructions::{hidden_path, ratio};
pub(crate) use section::Section;
pub(crate) use sides::{ShownSide, ShownSides};

use duel_record::Instrument;

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
        Instrument::Instructions => &instructions::InstructionsSection,
        Instrument::Heap => &heap::HeapSection,
        Instrument::Memory => &memory::MemorySection,
        Instrument::Counters => &counters::CountersSection,
        Instrument::Profile => &profile::ProfileSection,
        Instrument::Code => &code::CodeSection,
        Instrument::Preparation => &preparation::PreparationSection,
    })
}

/// The sections in the order in which they are shown, each with its instrument.
pub(crate) fn sections() -> impl Iterator<Item = (Instrument, &'static dyn Section)> {
    SHOWN.into_iter().filter_map(|instrument| Some((instrument, section(instrument)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_section_is_shown_once() {
        for &instrument in Instrument::ALL {
            let times = SHOWN.iter().filter(|shown| **shown == instrument).count();
            assert_eq!(times, usize::from(section(instrument).is_some()), "{instrument}");
        }
    }
}
