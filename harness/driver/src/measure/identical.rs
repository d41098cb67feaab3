//! Cases that need no trials: both sides are the same executable, and verification found that they
//! make the same data.

use anyhow::Result;
use duel_record::{Arm, GateDeclared, IdenticalCase, Line, Message, Missing, MissingKind};

use super::Session;
use crate::{plan::Comparison, sides::two_sides::TwoSides};

impl Session<'_> {
    /// Records what was established about both sides, before anything is measured.
    ///
    /// # Errors
    /// When the record can't be written.
    pub fn sides(&mut self, sides: &TwoSides) -> Result<()> {
        self.reporter().message(&Message::Sides(sides.known.clone()));
        self.keep(&Line::Sides(sides.known.clone()))?;
        self.sides = sides.clone();
        Ok(())
    }

    /// A gate's declaration without the cases that are identical: they take no part in its procedure,
    /// and so cost the others nothing.
    pub(super) fn without_identical_cases(&mut self, declared: &GateDeclared) -> Result<GateDeclared> {
        let mut left = GateDeclared { cases: Vec::new(), ..declared.clone() };
        for case in &declared.cases {
            if !self.settle_identical(&case.baseline, &case.candidate)? {
                left.cases.push(case.clone());
            }
        }
        Ok(left)
    }

    /// The comparisons that are not identical.
    pub(super) fn without_identical(&mut self, comparisons: Vec<Comparison>) -> Result<Vec<Comparison>> {
        let mut left = Vec::new();
        for comparison in comparisons {
            let is_identical = match comparison.arms.as_slice() {
                [baseline, candidate] => self.settle_identical(baseline, candidate)?,
                _ => false,
            };
            if !is_identical {
                left.push(comparison);
            }
        }
        Ok(left)
    }

    /// Whether the two are identical; if so, that is recorded, and neither is measured.
    fn settle_identical(&mut self, baseline: &Arm, candidate: &Arm) -> Result<bool> {
        let is_out = [baseline, candidate].iter().any(|arm| self.results.is_out(arm));
        if is_out || !self.sides.skip(baseline, candidate) {
            return Ok(false);
        }
        // Every case has been verified by now, so that whatever it opens has been opened.
        if let Some(reason) = self.sides.reads_what_differs() {
            self.miss(Missing { case: None, what: MissingKind::Identical, reason, remedy: None })?;
            return Ok(false);
        }
        let hash = |arm: &Arm| self.known(arm).map(|known| known.data_hash.clone());
        match (hash(baseline), hash(candidate)) {
            (Some(one), Some(other)) if one == other => {}
            _ => return Ok(false),
        }
        let identical = IdenticalCase { baseline: baseline.clone(), candidate: candidate.clone() };
        self.results.take_identical(&identical);
        self.keep(&Line::Identical(identical))?;
        Ok(true)
    }
}
