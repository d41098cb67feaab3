//! Gates that were measured and have no result all the same: broken off, or without any case that
//! could have had a verdict.

use std::time::Duration;

use duel_record::Metric;
use duel_reports::{
    gate_plan,
    model::{GateCaseModel, GateModel, Standing},
    number::plural,
};
use duel_stats::Reason;

use crate::{
    command::status::{Status, helpful},
    duration::human,
};

/// Whether time was up before any case had as many trials as a verdict needs.
pub fn no_case_had_enough_trials(gate: &GateModel) -> bool {
    let too_few = |case: &GateCaseModel| {
        case.decision().is_some_and(|decision| matches!(decision.reason, Reason::TooFew { .. }))
    };
    let decided: Vec<_> = gate.cases.iter().filter(|case| case.decision().is_some()).collect();
    gate.declared.metric == Metric::Time
        && !decided.is_empty()
        && decided.into_iter().all(too_few)
        && gate.with(Standing::Failed).next().is_none()
}

/// Why a gate that ended like this has no result; `None` if it has one.
pub fn error(gate: &GateModel, status: Status, budget: Duration) -> Option<anyhow::Error> {
    let cases = plural(gate.cases.len(), "case");
    match status {
        Status::Interrupted => {
            let open = gate.with(Standing::Inconclusive).count();
            Some(helpful(
                format!("interrupted: {open} of {cases} had no verdict yet"),
                "run the gate again; what was measured is in the run's folder",
            ))
        }
        Status::Impossible if no_case_had_enough_trials(gate) => Some(too_short(gate, budget)),
        Status::Impossible if gate.declared.metric == Metric::Instructions => Some(helpful(
            format!("the instructions of none of {cases} were counted on both sides"),
            "a gate by instructions needs valgrind: `cargo duel doctor` says how to get it",
        )),
        Status::Impossible => {
            let why = gate.cases.iter().map(|case| format!("{}: {}", case.id, case.why)).next();
            Some(helpful(
                format!("none of {cases} could be compared: {}", why.unwrap_or_default()),
                "the report has the reason for each case",
            ))
        }
        Status::Good | Status::Regressed | Status::Undecided | Status::CaseFailed => None,
    }
}

fn too_short(gate: &GateModel, budget: Duration) -> anyhow::Error {
    let cases = gate.declared.cases.len();
    let needed = gate_plan(&gate.declared).first_look(cases).unwrap_or(usize::MAX);
    helpful(
        format!(
            "the time budget of {} is too small: a verdict needs {needed} trials of each of {}, and no case had as many",
            human(budget),
            plural(cases, "case")
        ),
        match would_do(gate, needed) {
            Some(enough) => format!("--time-budget {} would do; or choose fewer cases", human(enough)),
            None => "name a longer one with --time-budget, or choose fewer cases".to_owned(),
        },
    )
}

/// About how long all cases need; `None` if nothing was measured to tell from.
fn would_do(gate: &GateModel, needed: usize) -> Option<Duration> {
    let trials =
        |case: &&GateCaseModel| case.trials.explored + case.trials.confirming + case.trials.set_aside;
    let took = gate.cases.iter().filter(|case| trials(case) > 0);
    let each: Vec<f64> = took.map(|case| case.elapsed_ns as f64 / 1e9 / trials(&case) as f64).collect();
    let longest = each.iter().copied().reduce(f64::max)?;
    // What was never tried is taken for as slow as the slowest.
    let all =
        each.iter().sum::<f64>() + longest * gate.declared.cases.len().saturating_sub(each.len()) as f64;
    Duration::try_from_secs_f64(all * needed as f64 * 1.25 + 2.0).ok()
}
