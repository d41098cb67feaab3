//! What callgrind counted: how many instructions, and in which functions and source lines.

mod facts;
mod html;
mod markdown;
mod rows;
mod simulated;

pub(crate) use facts::{hidden_path, ratio};

use maud::Markup;

use super::{Fact, Flames, Section, Sides, Timed};
use crate::model::{ArmModel, FamilyModel, Model};

pub(super) struct Instructions;

impl Section for Instructions {
    fn html(&self, sides: &Sides, _: &mut Flames) -> Markup {
        html::details(sides)
    }

    fn markdown(&self, model: &Model, family: &FamilyModel) -> String {
        markdown::tables(model, family)
    }

    fn facts(&self, baseline: Timed, candidate: Timed) -> Vec<Fact> {
        facts::counted((baseline.found, candidate.found)).into_iter().collect()
    }

    fn found(&self, arm: &ArmModel) -> bool {
        arm.instructions.is_some()
    }

    fn plural(&self) -> &'static str {
        "instruction counts"
    }
}
