//! The procedure of a gate from what it declared. Measuring and replaying go through here, so that both decide by
//! the same rules.

use duel_record::{GateCase, GateDeclared};
use duel_stats::{Gate, GatePlan, Margins};

/// The rules that a gate declared, with which [`gate_procedure`] decides.
pub fn gate_plan(declared: &GateDeclared) -> GatePlan {
    GatePlan {
        family_error: declared.family_error,
        confirmation_error: declared.confirmation_error,
        growth: declared.growth,
        early_look: declared.early_look,
    }
}

/// The procedure before the first trial, with its cases in the order in which they were declared.
pub fn gate_procedure(declared: &GateDeclared) -> Gate {
    let margins: Vec<Margins> = declared.cases.iter().map(gate_margins).collect();
    Gate::new(gate_plan(declared), &margins)
}

/// The margins of a case: shares of the baseline.
pub(super) fn gate_margins(case: &GateCase) -> Margins {
    Margins { change: case.change_margin, equivalent: case.equivalent_margin }
}
