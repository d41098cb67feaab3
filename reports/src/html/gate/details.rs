//! How one case came to its word, behind the line that says why.

use duel_stats::{Claim, Decision};
use maud::{Markup, html};

use crate::html::words::LabelledValues;
use crate::model::{GateCaseModel, GateModel, GateOutcome};
use crate::number;
use crate::shortened::{ON_THE_PAGE, shortened};

/// The reason, and the numbers behind it where there are any.
pub(super) fn why(gate: &GateModel, case: &GateCaseModel) -> Markup {
    html! {
        @match &case.outcome {
            GateOutcome::Decided(decision) => {
                details {
                    summary {
                        (case.why)
                        @if let Some(note) = case.note() { span.note { (note) } }
                    }
                    dl {
                        @for (label, value) in facts(gate, case, decision) {
                            div { dt { (label) } dd { (value) } }
                        }
                    }
                }
            }
            GateOutcome::Identical { reason } | GateOutcome::NotComparable { reason } => { (shortened(reason, ON_THE_PAGE)) }
            GateOutcome::Failed { artifact, stage, reason } => {
                span.muted { "in " (stage) ", " (artifact) ": " }
                (shortened(reason, ON_THE_PAGE))
            }
        }
    }
}

fn facts(gate: &GateModel, case: &GateCaseModel, decision: &Decision) -> LabelledValues {
    let mut facts = vec![("Trials", case.trials.describe()), ("Looks taken", decision.looks.to_string())];
    for (claim, p) in Claim::ALL.into_iter().zip(decision.p_values) {
        let label = match claim {
            Claim::Regressed => "p of regressed, looks paid for",
            Claim::Improved => "p of improved, looks paid for",
            Claim::Equivalent => "p of equivalent, looks paid for",
        };
        facts.push((label, probability(p)));
    }
    facts.push(("q of regressed, among all cases", probability(decision.q_regressed)));
    if let Some(p) = decision.p_confirmed {
        let error = gate.declared.confirmation_error;
        facts.push(("p on confirming trials alone", format!("{}, of {error} allowed", probability(p))));
    }
    let margin = number::percent_short;
    facts.push((
        "Margins",
        format!("change {}, equivalent {}", margin(case.margins.change), margin(case.margins.equivalent)),
    ));
    let times = [
        ("Baseline, median per iteration", case.baseline_ns_per_iter_median),
        ("Candidate, median per iteration", case.candidate_ns_per_iter_median),
    ];
    facts.extend(times.into_iter().filter_map(|(label, ns)| Some((label, number::time_ns(ns?)))));
    if let Some(evidence) = &case.evidence {
        facts.push(("Instructions, ratio", number::ratio_with_interval(evidence.instructions_ratio, None)));
    }
    facts
}

/// Two significant digits; what is smaller than any table shows is said to be so.
fn probability(p: f64) -> String {
    match p {
        p if p < 0.0001 => "< 0.0001".to_owned(),
        p if p >= 0.995 => "1".to_owned(),
        p => number::significant(p),
    }
}
