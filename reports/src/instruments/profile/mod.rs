//! Where the CPU was: flame graphs, and the function whose time changed most.

mod facts;

use maud::Markup;

use super::{Fact, Flames, Section, Sides, Timed};
use crate::model::ArmModel;

pub(super) struct Profile;

impl Section for Profile {
    fn html(&self, sides: &Sides, flames: &mut Flames) -> Markup {
        flames.details(sides)
    }

    fn facts(&self, baseline: Timed, candidate: Timed) -> Vec<Fact> {
        facts::largest_change(baseline, candidate).into_iter().collect()
    }

    fn found(&self, arm: &ArmModel) -> bool {
        arm.profile.is_some()
    }

    fn plural(&self) -> &'static str {
        "CPU profiles"
    }
}
