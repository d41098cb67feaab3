//! What processor and system counted.

mod facts;
mod html;
mod markdown;
mod rows;

use duel_record::{Counter, Refused};
use maud::Markup;

use super::{Fact, Flames, Section, Sides, Timed};
use crate::model::{ArmModel, FamilyModel, Model};

/// Without these the processor's counters say nothing.
const NEEDED: [Counter; 2] = [Counter::Cycles, Counter::Instructions];

pub(super) struct Counters;

impl Section for Counters {
    fn html(&self, sides: &Sides, _: &mut Flames) -> Markup {
        html::details(sides)
    }

    fn markdown(&self, model: &Model, family: &FamilyModel) -> String {
        markdown::table(model, family)
    }

    fn facts(&self, baseline: Timed, candidate: Timed) -> Vec<Fact> {
        let found = (baseline.found, candidate.found);
        [facts::per_cycle(found), facts::misses(found)].into_iter().flatten().collect()
    }

    fn found(&self, arm: &ArmModel) -> bool {
        arm.counters.as_ref().is_some_and(|of| NEEDED.iter().all(|counter| of.per_iter(*counter).is_some()))
    }

    /// A summary is there although the processor's own counters are refused: the system's are not.
    fn refused<'a>(&self, arm: &'a ArmModel) -> Option<&'a Refused> {
        arm.counters.as_ref()?.refused.iter().find(|one| NEEDED.contains(&one.counter))
    }

    fn plural(&self) -> &'static str {
        "counters of the processor"
    }
}
