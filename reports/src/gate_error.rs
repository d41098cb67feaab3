//! A gate that has no result, for the places where a CI shows results: an old report that still
//! says "passed" must never stand in for it.

use quick_junit::{NonSuccessKind, Report, TestCase, TestSuite};

use crate::{
    annotations::{AnnotationKind, command},
    junit::{clean, ended, suite},
    markdown_text::inline,
    model::Model,
};

/// Why a gate has no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateError {
    /// What went wrong, then what it was caused by, down to the first cause.
    pub causes: Vec<String>,
    /// What the reader can do about it.
    pub help: Option<String>,
}

/// What all formats call it.
const TITLE: &str = "the gate could not be done";

impl GateError {
    /// The message with its causes and the help, a line each.
    fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = self.causes.iter().take(1).cloned().collect();
        lines.extend(self.causes.iter().skip(1).map(|cause| format!("because: {cause}")));
        lines.extend(self.help.iter().map(|help| format!("help: {help}")));
        lines
    }

    /// JUnit XML: one suite, in which the gate is a test that ended with an error. The tests of a
    /// gate that was broken off stand before it.
    pub fn junit(&self, measured: Option<&Model>) -> String {
        let with_gate = measured.and_then(|model| Some((model, model.gate.as_ref()?)));
        let mut suite =
            with_gate.map_or_else(|| TestSuite::new("duel gate"), |(model, gate)| suite(model, gate));
        let mut status = ended(NonSuccessKind::Error, TITLE, &self.lines().join("\n"));
        status.set_message(clean(&self.lines().join("; ")));
        let mut test = TestCase::new("gate", status);
        test.set_classname("duel");
        suite.add_test_case(test);
        let mut report = Report::new("duel gate");
        report.add_test_suite(suite);
        // It is written to memory, and what fails in a writer is the medium.
        report.to_string().unwrap_or_default()
    }

    /// A short section of Markdown.
    pub fn markdown(&self) -> String {
        let mut text = format!("## Gate\n\n**{}**\n\n", crate::model::capitalised(TITLE));
        for line in self.lines() {
            text.push_str(&format!("- {}\n", inline(&line)));
        }
        text.push('\n');
        text
    }

    /// A workflow command that GitHub shows as an error.
    pub fn annotation(&self) -> String {
        command(AnnotationKind::Error, TITLE, &self.lines().join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error() -> GateError {
        GateError {
            causes: vec!["no baseline <b>".to_owned(), "100 % broken\n::error::x".to_owned()],
            help: Some("fetch | it".to_owned()),
        }
    }

    #[test]
    fn junit_has_one_error_with_everything() {
        let xml = error().junit(None);
        let report = Report::deserialize_from_str(&xml).expect("JUnit");
        assert_eq!((report.tests, report.errors, report.failures), (1, 1, 0), "{xml}");
        for part in ["no baseline &lt;b&gt;", "because: 100 % broken", "help: fetch | it"] {
            assert!(xml.contains(part), "{part} in {xml}");
        }
    }

    #[test]
    fn markdown_and_annotation_escape_what_they_hold() {
        let markdown = error().markdown();
        assert!(markdown.contains("no baseline &lt;b&gt;") && markdown.contains("help: fetch \\| it"));
        let line = error().annotation();
        assert!(line.starts_with("::error title=duel%3A the gate could not be done::"), "{line}");
        assert!(line.contains("100 %25 broken%0A::error::x%0Ahelp: fetch | it"), "{line}");
        assert_eq!(line.lines().count(), 1, "{line}");
    }
}
