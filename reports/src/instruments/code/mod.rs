//! The hottest machine code.

mod facts;
mod html;
mod markdown;

use maud::Markup;

use super::{Fact, Flames, Section, Sides, Timed};
use crate::model::{ArmModel, FamilyModel, Model};

pub(super) struct Code;

impl Section for Code {
    fn html(&self, sides: &Sides, _: &mut Flames) -> Markup {
        html::details(sides)
    }

    fn markdown(&self, model: &Model, family: &FamilyModel) -> String {
        markdown::lines(model, family)
    }

    fn facts(&self, baseline: Timed, candidate: Timed) -> Vec<Fact> {
        facts::vectors((baseline.found, candidate.found)).into_iter().collect()
    }

    fn found(&self, arm: &ArmModel) -> bool {
        arm.code.is_some()
    }

    fn plural(&self) -> &'static str {
        "excerpts of the hot machine code"
    }
}
