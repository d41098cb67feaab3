//! Which instruments work here, why the others don't, and what would make them: asked of the instruments
//! themselves, as a run does.

use std::{path::Path, time::Duration};

use duel_record::{Instrument, InstrumentCheck};

use crate::instruments::{Machine, measurer};

/// Every instrument, in the order in which they are named.
pub fn instruments(root: &Path, step_most: Duration) -> Vec<InstrumentCheck> {
    let machine = Machine { root, step_most };
    Instrument::ALL
        .iter()
        .flat_map(|instrument| match measurer(*instrument) {
            Some(measurer) => measurer.check(&machine),
            None => vec![InstrumentCheck {
                name: instrument.to_string(),
                available: true,
                found: "trials: fresh processes in turns of 0.4 ms".to_owned(),
                remedy: None,
            }],
        })
        .collect()
}
