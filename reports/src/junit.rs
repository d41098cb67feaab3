//! A gate as JUnit XML, which every CI system shows as tests.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};

use crate::{
    model::{GateCaseModel, GateModel, Model, Standing, capitalised},
    number::total,
};

/// The gate as one suite, one test a case; `None` where there is no gate.
///
/// A regression is a failure, a case that failed an error. A case without a verdict is skipped
/// (with `--strict` a failure), and so are those that can't be compared or that only one side has.
/// A case that is identical on both sides passes. The controls are a test too, where there are trials. Where the baseline differs from itself, that test fails and
/// regressions are skipped: they don't count.
pub fn junit(model: &Model) -> Option<String> {
    let mut report = Report::new("duel gate");
    report.add_test_suite(suite(model, model.gate.as_ref()?));
    // It is written to memory, and what fails in a writer is the medium.
    report.to_string().ok()
}

/// The suite of a gate.
pub(crate) fn suite(model: &Model, gate: &GateModel) -> TestSuite {
    let mut suite = TestSuite::new("duel gate");
    for (name, value) in properties(model, gate) {
        suite.add_property(Property::new(clean(name), clean(&value)));
    }
    suite.add_test_cases(gate.cases.iter().map(|case| test(gate, case)));
    for (ids, why) in [
        (&gate.declared.added, "added: the baseline does not have it"),
        (&gate.declared.removed, "removed: the candidate does not have it"),
    ] {
        suite.add_test_cases(ids.iter().map(|id| named(id, skipped(why))));
    }
    if gate.has_trials() {
        suite.add_test_case(controls(gate));
    }
    suite.set_time(Duration::from_nanos(total(gate.cases.iter().map(|case| case.elapsed_ns))));
    suite
}

fn properties(model: &Model, gate: &GateModel) -> Vec<(&'static str, String)> {
    let counts = gate.counts();
    let mut properties = vec![
        ("run", model.started.run.clone()),
        ("metric", gate.declared.metric.to_string()),
        ("added", counts.added.to_string()),
        ("removed", counts.removed.to_string()),
        ("trials set aside", gate.trials_set_aside().to_string()),
        ("rules", gate.rules().join(" ")),
    ];
    properties.extend(counts.contaminated.map(|said| ("contaminated", said)));
    properties
}

fn test(gate: &GateModel, case: &GateCaseModel) -> TestCase {
    let words = case.in_words();
    let status = match case.standing() {
        Standing::Regressed if gate.regressions_count() => {
            ended(NonSuccessKind::Failure, "regressed", &format!("regressed: {words}"))
        }
        Standing::Regressed => {
            skipped(&format!("regressed, in a run whose regressions don't count: {words}"))
        }
        Standing::Inconclusive if case.is_unconfirmed() && gate.regressions_count() => {
            ended(NonSuccessKind::Failure, "not confirmed", &format!("not confirmed: {words}"))
        }
        Standing::Inconclusive if case.is_not_judged() => {
            ended(NonSuccessKind::Failure, "not judged", &format!("could not be judged: {words}"))
        }
        Standing::Failed => ended(NonSuccessKind::Error, "failed", &words),
        Standing::Inconclusive if gate.declared.strict => {
            ended(NonSuccessKind::Failure, "inconclusive", &format!("inconclusive: {words}"))
        }
        standing @ (Standing::Inconclusive | Standing::NotComparable) => {
            skipped(&format!("{}: {words}", standing.name()))
        }
        Standing::Improved | Standing::Equivalent | Standing::Identical => TestCaseStatus::success(),
    };
    let mut test = named(&case.id, status);
    test.set_time(Duration::from_nanos(case.elapsed_ns));
    test.add_property(Property::new("verdict", case.standing().name()));
    if case.standing() == Standing::Identical {
        test.add_property(Property::new("reason", clean(&case.why)));
    }
    if let Some(measured) = case.measured() {
        test.add_property(Property::new("ratio", clean(&measured)));
    }
    if let Some(found) = case.could_have_found() {
        test.add_property(Property::new("smallest slowdown it could have found", clean(&found)));
    }
    test
}

/// A test named after a case: the family is its class.
pub(crate) fn named(id: &duel_record::CaseId, status: TestCaseStatus) -> TestCase {
    let text = id.to_string();
    let name = text.split_once('/').map_or(text.as_str(), |(_, rest)| rest);
    let mut test = TestCase::new(clean(name), status);
    test.set_classname(clean(&id.family));
    test
}

/// The measurement itself as a test.
fn controls(gate: &GateModel) -> TestCase {
    let status = match gate.contaminated() {
        Some(said) => ended(NonSuccessKind::Failure, "contaminated", &capitalised(&said)),
        None => TestCaseStatus::success(),
    };
    let mut test = TestCase::new("controls", status);
    test.set_classname("duel");
    let controls = &gate.controls;
    test.set_system_out(clean(&format!("{}\n{}\n", controls.null.sentence, controls.slowed.sentence)));
    test
}

pub(crate) fn ended(kind: NonSuccessKind, what: &str, message: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(what).set_message(clean(message)).set_description(clean(message));
    status
}

pub(crate) fn skipped(message: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(clean(message));
    status
}

/// Without the two characters that XML forbids and the writer lets pass.
pub(crate) fn clean(text: &str) -> String {
    text.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}
