//! How long it takes to prepare a case: making its data set, and what the variant does outside of the clock.

use duel_record::PreparationSummary;
use maud::{Markup, html};

use super::{
    CauseFact, Flames, Section, ShownSides, Timed, by_build,
    sides::{self, SideRow},
};
use crate::model::{ArmModel, FamilyModel, Model};
use crate::number;

pub(super) struct PreparationSection;

impl Section for PreparationSection {
    fn html(&self, sides: &ShownSides, _: &mut Flames) -> Markup {
        let found: Vec<_> = sides.both().map(|side| side.found.preparation.as_ref()).collect();
        let row = SideRow::of("Until it is prepared, in a fresh process", &found, times);
        html! {
            @if let Some(row) = row { div.preparation { (sides::table("Preparation", sides, &[row])) } }
        }
    }

    fn markdown(&self, model: &Model, family: &FamilyModel) -> String {
        by_build::tables(model, family, "Prepared in", |_, of| times(of.preparation.as_ref()?))
    }

    /// It is outside of the clock, so that it explains no time.
    fn facts(&self, _: Timed, _: Timed) -> Vec<CauseFact> {
        Vec::new()
    }

    fn found(&self, arm: &ArmModel) -> bool {
        arm.preparation.is_some()
    }

    fn plural(&self) -> &'static str {
        "preparation times"
    }
}

/// `1.20 ms (1.10 to 1.30 ms)`: the median, and the range where there are several.
fn times(of: &PreparationSummary) -> Option<String> {
    let times: Vec<f64> = of.time_ns.iter().map(|ns| *ns as f64).collect();
    let median = number::time_ns(duel_stats::median(&times)?);
    let (low, high) = (times.iter().copied().reduce(f64::min)?, times.iter().copied().reduce(f64::max)?);
    Some(match times.len() {
        1 => median,
        _ => format!("{median} ({} to {})", number::time_ns(low), number::time_ns(high)),
    })
}
