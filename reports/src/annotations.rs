//! A gate as GitHub's workflow commands: printed by a job, they stand beside the pull request.

use std::fmt;

use crate::model::{GateCaseModel, GateModel, Model, Standing, capitalised};

/// GitHub shows so many of each kind for a step, and drops the rest without a word.
const SHOWN: usize = 10;

/// One line for a workflow's log each, at most ten of a kind; none where there is no gate.
///
/// An error for each regression and each case that failed; a warning for what makes the run or a
/// case say little; a notice for each improvement. Regressions of a run whose baseline differs
/// from itself are warnings: they don't count.
pub fn annotations(model: &Model) -> Vec<String> {
    let Some(gate) = &model.gate else { return Vec::new() };
    let kinds = [
        (AnnotationKind::Error, errors(gate)),
        (AnnotationKind::Warning, warnings(gate)),
        (AnnotationKind::Notice, notices(gate)),
    ];
    kinds.into_iter().flat_map(|(kind, all)| commands(kind, all)).collect()
}

/// How GitHub shows an annotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnnotationKind {
    /// In red, for what must not pass.
    Error,
    /// In yellow, for what limits the result.
    Warning,
    /// As information, for improvements.
    Notice,
}

impl fmt::Display for AnnotationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
        })
    }
}

/// A title and what it is about.
type Annotation = (String, String);

fn errors(gate: &GateModel) -> Vec<Annotation> {
    let mut all = Vec::new();
    if gate.regressions_count() {
        all.extend(gate.worst_first().into_iter().filter(|c| c.standing() == Standing::Regressed).map(one));
    }
    all.extend(gate.with(Standing::Failed).map(one));
    if gate.regressions_count() {
        let unconfirmed = gate.unconfirmed().map(one);
        all.extend(unconfirmed.map(|(_, text)| ("found and not confirmed".to_owned(), text)));
    }
    let hidden = gate.not_judged().map(one);
    all.extend(hidden.map(|(_, text)| ("could not be judged".to_owned(), text)));
    if gate.declared.strict {
        all.extend(inconclusive(gate));
    }
    all
}

fn warnings(gate: &GateModel) -> Vec<Annotation> {
    let mut all = Vec::new();
    for said in [gate.controls.null_failed(), gate.controls.slowdown_missed()].into_iter().flatten() {
        all.push(("contaminated".to_owned(), capitalised(said)));
    }
    if !gate.regressions_count() {
        let regressed = gate.worst_first().into_iter().filter(|c| c.standing() == Standing::Regressed);
        all.extend(regressed.map(one).map(|(_, text)| ("regressed, does not count".to_owned(), text)));
    }
    if !gate.declared.strict {
        all.extend(inconclusive(gate));
    }
    all.extend(gate.with(Standing::NotComparable).map(one));
    all
}

fn notices(gate: &GateModel) -> Vec<Annotation> {
    gate.worst_first().into_iter().filter(|case| case.standing() == Standing::Improved).map(one).collect()
}

fn one(case: &GateCaseModel) -> Annotation {
    (case.standing().name().to_owned(), format!("{}: {}", case.id, case.in_words()))
}

/// All cases without a verdict in one.
fn inconclusive(gate: &GateModel) -> Option<Annotation> {
    let elsewhere =
        |case: &&GateCaseModel| !(case.is_unconfirmed() && gate.regressions_count() || case.is_not_judged());
    let others = gate.with(Standing::Inconclusive).filter(elsewhere);
    let texts: Vec<String> = others.map(one).map(|(_, text)| text).collect();
    (!texts.is_empty()).then(|| (Standing::Inconclusive.name().to_owned(), texts.join("\n")))
}

/// As many commands as are shown; the last holds what there is no more room for.
fn commands(kind: AnnotationKind, mut all: Vec<Annotation>) -> Vec<String> {
    if all.len() > SHOWN {
        let rest = all.split_off(SHOWN - 1);
        let texts: Vec<String> = rest.iter().map(|(title, text)| format!("{title}: {text}")).collect();
        all.push((format!("{} more", rest.len()), texts.join("\n")));
    }
    all.iter().map(|(title, text)| command(kind, title, text)).collect()
}

/// One annotation as a line for a workflow's log, whatever its title and text hold.
pub fn command(kind: AnnotationKind, title: &str, text: &str) -> String {
    format!("::{kind} title={}::{}", property(&format!("duel: {title}")), data(text))
}

/// The text of a command, as the runner decodes it.
fn data(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '%' => escaped.push_str("%25"),
            '\r' => escaped.push_str("%0D"),
            '\n' => escaped.push_str("%0A"),
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

/// A property of a command, where `:` and `,` mean something too.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_ends_the_command() {
        assert_eq!(data("100 %\r\n::error::x\u{0}"), "100 %25%0D%0A::error::x ");
        assert_eq!(property("a,b:c%"), "a%2Cb%3Ac%25");
    }

    #[test]
    fn what_github_would_drop_is_joined_into_the_last() {
        let all = |n: usize| (0..n).map(|i| (format!("t{i}"), format!("x{i}"))).collect();
        assert_eq!(commands(AnnotationKind::Error, all(10)).len(), 10);
        let many = commands(AnnotationKind::Error, all(13));
        assert_eq!(many.len(), 10);
        assert_eq!(many[9], "::error title=duel%3A 4 more::t9: x9%0At10: x10%0At11: x11%0At12: x12");
    }
}
