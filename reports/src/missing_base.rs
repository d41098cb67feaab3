//! A gate whose base has no benchmarks yet, so that there is nothing to compare with: the cases of
//! the candidate are verified, and every report says that no more was done.

use duel_record::CaseId;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::{
    annotations::{AnnotationKind, command},
    junit::{ended, named, skipped},
    markdown_text::{inline, reason},
    model::Model,
    number::plural,
};

/// A gate that had nothing to compare with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingBase {
    /// Which base, and that it has no benchmarks, as a sentence.
    pub reason: String,
    /// The cases of the candidate whose output was verified.
    pub verified: Vec<CaseId>,
}

/// More failures than this are counted in Markdown.
const MOST_FAILURES: usize = 50;

/// What all formats call it.
const TITLE: &str = "nothing to compare with";

impl MissingBase {
    /// The whole in one paragraph.
    pub fn sentence(&self) -> String {
        format!(
            "{TITLE}: {}; {} of the candidate verified, none compared",
            self.reason,
            plural(self.verified.len(), "case")
        )
    }

    /// JUnit XML: the comparison is a skipped test, and every case of the candidate is one that
    /// passed or ended with an error. `model` is the verification.
    pub fn junit(&self, model: &Model) -> String {
        let mut suite = TestSuite::new("duel gate");
        let mut comparison = TestCase::new("comparison", skipped(&self.sentence()));
        comparison.set_classname("duel");
        suite.add_test_case(comparison);
        suite.add_test_cases(self.verified.iter().map(|id| named(id, TestCaseStatus::success())));
        suite.add_test_cases(model.failures.iter().map(|failure| {
            let message = format!("in {}: {}", failure.stage, failure.reason);
            named(&failure.arm.case, ended(NonSuccessKind::Error, "failed", &message))
        }));
        let mut report = Report::new("duel gate");
        report.add_test_suite(suite);
        // It is written to memory, and what fails in a writer is the medium.
        report.to_string().unwrap_or_default()
    }

    /// A short section of Markdown, with the cases that failed.
    pub fn markdown(&self, model: &Model) -> String {
        let mut text = format!("## Gate\n\n{}.\n\n", inline(&crate::model::capitalised(&self.sentence())));
        for failure in model.failures.iter().take(MOST_FAILURES) {
            let (case, reason) = (inline(&failure.arm.case.to_string()), reason(&failure.reason));
            text.push_str(&format!("- **failed**: {case}: {reason}\n"));
        }
        if model.failures.len() > MOST_FAILURES {
            text.push_str(&format!("- and {} more\n", model.failures.len() - MOST_FAILURES));
        }
        text
    }

    /// Workflow commands: a notice, and an error for each case that failed.
    pub fn annotations(&self, model: &Model) -> Vec<String> {
        let failed = model.failures.iter().map(|failure| {
            let text = format!("{}: in {}: {}", failure.arm.case, failure.stage, failure.reason);
            command(AnnotationKind::Error, "failed", &text)
        });
        [command(AnnotationKind::Notice, TITLE, &self.sentence())].into_iter().chain(failed).collect()
    }
}
