//! What happened inside: every instrument's findings, a case beside the one that it is compared with.

use duel_record::Verb;
use maud::{Markup, html};

use crate::page_run::Run;
use crate::{
    instruments::{Flames, ShownSide, ShownSides, sections},
    model::{ArmModel, Binding, Candidate, CaseModel, ComparisonModel, Roofline},
    number,
};

/// The findings of a case. In a comparison both sides stand beside each other; without one each build
/// that was looked at is by itself.
pub(super) fn section(
    run: &Run,
    case: &CaseModel,
    comparison: Option<(&ComparisonModel, Option<&Candidate>)>,
    flames: &mut Flames,
) -> Markup {
    let pair = comparison.and_then(|(comparison, candidate)| pair(run, comparison, candidate?));
    let all: Vec<ShownSides> = match pair.or_else(|| profiled(run, case)) {
        Some(sides) => vec![sides],
        None => case.arms.iter().map(|found| alone(run, case, found)).collect(),
    };
    html! {
        @for sides in &all {
            @if all.len() > 1 { h4 { (sides.candidate.level) } }
            (limits(sides))
            @for (_, section) in sections() { (section.html(sides, flames)) }
        }
    }
}

/// Both sides of a comparison; `None` where no instrument looked at the candidate.
fn pair<'a>(
    run: &'a Run<'a>,
    comparison: &'a ComparisonModel,
    candidate: &'a Candidate,
) -> Option<ShownSides<'a>> {
    let side = |side: &'a crate::model::ComparedSide| {
        let case = run.model.case(&side.arm.case)?;
        let found = case.arm_of(&side.arm.artifact)?;
        Some(ShownSide { level: &side.level, case: &case.id, found })
    };
    Some(ShownSides { run, baseline: side(&comparison.baseline), candidate: side(&candidate.side)? })
}

/// Both cases of `profile --against`, which compares no times; the case is the candidate.
fn profiled<'a>(run: &'a Run<'a>, case: &'a CaseModel) -> Option<ShownSides<'a>> {
    let settings = &run.model.started.settings;
    let [baseline, candidate] = settings.filters.as_slice() else { return None };
    if settings.verb != Verb::Profile || *candidate != case.id.to_string() {
        return None;
    }
    let baseline = run.model.case(&baseline.parse().ok()?)?;
    let side = |case: &'a CaseModel| {
        Some(ShownSide { level: &case.id.variant, case: &case.id, found: case.arms.first()? })
    };
    Some(ShownSides { run, baseline: side(baseline), candidate: side(case)? })
}

fn alone<'a>(run: &'a Run<'a>, case: &'a CaseModel, found: &'a ArmModel) -> ShownSides<'a> {
    ShownSides { run, baseline: None, candidate: ShownSide { level: &found.artifact, case: &case.id, found } }
}

/// Nothing where no instrument looked at both sides.
pub(super) fn cause(candidate: &Candidate) -> Markup {
    html! {
        @if let Some(cause) = &candidate.cause {
            p.cause { (cause.sentence) }
            @if let Some(contradiction) = &cause.contradiction {
                p.cause.contradiction { b { "Contradiction: " } (contradiction) }
            }
        }
    }
}

/// A sentence for each side; nothing where the work is not stated or the limits are not known.
fn limits(sides: &ShownSides) -> Markup {
    let held = || sides.both().filter_map(|side| Some((side, side.found.roofline.as_ref()?)));
    html! {
        @if held().next().is_some() {
            div.limits {
                h4 { "Against the machine's limits" }
                @for (side, roofline) in held() {
                    p { @if sides.baseline.is_some() { (name(&side)) ": " } (sentence(roofline)) }
                }
            }
        }
    }
}

fn name<'a>(side: &ShownSide<'a>) -> &'a str {
    side.level
}

fn sentence(roofline: &Roofline) -> Markup {
    html! {
        b { (roofline.short()) }
        " (" (roofline.rates()) (other(roofline)) "). " (roofline.meaning())
    }
}

/// The limit that does not bind, where there is one, and how many operations come to a byte.
fn other(roofline: &Roofline) -> String {
    let Some(intensity) = roofline.flops_per_byte() else { return String::new() };
    let mut text = format!("; {} operations per byte", number::significant(intensity));
    match (roofline.binding, &roofline.place, &roofline.ceiling) {
        (Binding::Arithmetic, Some(place), _) => text.push_str(&format!(", data in {}", place.level)),
        (Binding::Bandwidth, _, Some(ceiling)) if !roofline.precision_stated => {
            text.push_str(&format!(", taken as f{}", ceiling.precision_bits));
        }
        _ => {}
    }
    text
}
