//! What happened inside: every instrument's findings, a case beside the one that it is compared with.

mod cause;
mod roofline;

use duel_record::Verb;
use maud::{Markup, html};

pub(super) use cause::cause;

use crate::page_run::Run;
use crate::{
    instruments::{Flames, Side, Sides, sections},
    model::{ArmModel, Candidate, CaseModel, Comparison},
};

/// The findings of a case. In a comparison both sides stand beside each other; without one each build
/// that was looked at stands by itself.
pub(super) fn section(
    run: &Run,
    case: &CaseModel,
    comparison: Option<(&Comparison, Option<&Candidate>)>,
    flames: &mut Flames,
) -> Markup {
    let pair = comparison.and_then(|(comparison, candidate)| pair(run, comparison, candidate?));
    let all: Vec<Sides> = match pair.or_else(|| profiled(run, case)) {
        Some(sides) => vec![sides],
        None => case.arms.iter().map(|found| alone(run, case, found)).collect(),
    };
    html! {
        @for sides in &all {
            @if all.len() > 1 { h4 { (sides.candidate.level) } }
            (roofline::details(sides))
            @for (_, section) in sections() { (section.html(sides, flames)) }
        }
    }
}

/// Both sides of a comparison; `None` where no instrument looked at the candidate.
fn pair<'a>(run: &'a Run<'a>, comparison: &'a Comparison, candidate: &'a Candidate) -> Option<Sides<'a>> {
    let side = |side: &'a crate::model::Side| {
        let case = run.model.case(&side.arm.case)?;
        let found = case.arm_of(&side.arm.artifact)?;
        Some(Side { level: &side.level, case: &case.id, found })
    };
    Some(Sides { run, baseline: side(&comparison.baseline), candidate: side(&candidate.side)? })
}

/// Both cases of `profile --against`, which compares no times; the case is the candidate.
fn profiled<'a>(run: &'a Run<'a>, case: &'a CaseModel) -> Option<Sides<'a>> {
    let settings = &run.model.started.settings;
    let [baseline, candidate] = settings.filters.as_slice() else { return None };
    if settings.verb != Verb::Profile || *candidate != case.id.to_string() {
        return None;
    }
    let baseline = run.model.case(&baseline.parse().ok()?)?;
    let side = |case: &'a CaseModel| {
        Some(Side { level: &case.id.variant, case: &case.id, found: case.arms.first()? })
    };
    Some(Sides { run, baseline: side(baseline), candidate: side(case)? })
}

fn alone<'a>(run: &'a Run<'a>, case: &'a CaseModel, found: &'a ArmModel) -> Sides<'a> {
    Sides { run, baseline: None, candidate: Side { level: &found.artifact, case: &case.id, found } }
}
