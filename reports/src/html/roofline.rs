//! A family against what the machine can do at most: a roofline where its operations are stated, and
//! else how much of the bandwidth each variant attains.

use duel_record::Allocator;
use maud::{Markup, html};

use super::chart::{RooflineChart, RooflinePoint};
use crate::model::{CaseModel, DataSet, FamilyModel, Roofline, Roofs};
use crate::number;
use crate::page_run::{Run, case_label};

/// One arm of a data set.
struct Shown<'a> {
    case: &'a CaseModel,
    label: String,
    baseline: bool,
    roofline: &'a Roofline,
}

/// The family's picture; nothing where no case states its work, or the limits are not known.
pub(super) fn section(run: &Run, family: &FamilyModel) -> Markup {
    let Some(roofs) = &run.model.roofs else { return html! {} };
    let sets: Vec<(&DataSet, Vec<Shown>)> = family
        .data_sets
        .iter()
        .map(|set| (set, shown(run, family, set)))
        .filter(|(_, shown)| !shown.is_empty())
        .collect();
    html! {
        @if !sets.is_empty() {
            section.limits {
                h3 { "Against the machine's limits" }
                p.muted {
                    "How near each variant comes to what this machine can do at most, by the bytes"
                    @if sets.iter().any(|(_, shown)| has_flops(shown)) { " and operations" }
                    " that the family states; the limits were measured on " (roofs.day()) "."
                }
                div.panels {
                    @for (set, shown) in &sets {
                        @if has_flops(shown) { (roofline(set, shown, roofs)) } @else { (bandwidth(run, set, shown)) }
                    }
                }
            }
        }
    }
}

/// The arms of a data set that have a time and state their work, with the system's allocator: what
/// an allocator changes is no matter of these limits.
fn shown<'a>(run: &Run<'a>, family: &FamilyModel, set: &DataSet) -> Vec<Shown<'a>> {
    let here = |case: &&CaseModel| case.id.allocator == Allocator::System;
    let several = run.model.started.artifacts.len() > 1;
    let arms = run
        .model
        .cases_in(&family.name, set)
        .filter(here)
        .flat_map(|case| case.arms.iter().map(move |arm| (case, arm)));
    let shown = arms.filter_map(|(case, arm)| {
        let name = case_label(&case.id);
        Some(Shown {
            case,
            label: if several { format!("{name}, {}", arm.artifact) } else { name },
            baseline: family.reference.as_deref() == Some(case.id.variant.as_str()),
            roofline: arm.roofline.as_ref()?,
        })
    });
    shown.collect()
}

fn has_flops(shown: &[Shown]) -> bool {
    shown.iter().any(|of| of.roofline.flops_per_byte().is_some() && of.roofline.ceiling.is_some())
}

fn title(set: &DataSet) -> String {
    format!("{} · {}", set.workload, set.size)
}

fn roofline(set: &DataSet, shown: &[Shown], roofs: &Roofs) -> Markup {
    // The reference's roofs; the share in each label is by those of its own number of threads.
    let reference = shown.iter().find(|of| of.baseline).or(shown.first());
    let threads = reference.map_or(1, |of| of.roofline.threads);
    let others = shown.iter().any(|of| of.roofline.threads != threads);
    let of = shown.iter().find(|of| of.roofline.threads == threads).map(|of| of.roofline);
    let precision = of.and_then(|of| of.ceiling).map_or(64, |ceiling| ceiling.precision_bits);
    let points = shown.iter().filter_map(|of| {
        Some(RooflinePoint {
            label: of.label.clone(),
            baseline: of.baseline,
            flops_per_byte: of.roofline.flops_per_byte()?,
            flops_per_s: of.roofline.flops_per_s?,
            share: of.roofline.share_words(),
        })
    });
    let chart = RooflineChart {
        title: format!("Roofline of {}", title(set)),
        places: roofs.places(threads),
        own: of.and_then(|of| of.place.as_ref()).map(|place| place.level.clone()),
        ceilings: roofs.ceilings(precision, threads),
        points: points.collect(),
    };
    html! {
        figure {
            figcaption {
                b { (title(set)) }
                @if let Some(level) = &chart.own { ", data in " (level) }
                ", roofs of " (number::plural(threads as usize, "thread"))
                @if others { "; shares are of each case's own threads" }
            }
            (chart.draw())
        }
    }
}

/// Bars on one scale: what each variant moves, and where its limit is.
fn bandwidth(run: &Run, set: &DataSet, shown: &[Shown]) -> Markup {
    let rates = |of: &Shown| Some((of.roofline.bytes_per_s?, of.roofline.place.clone()?));
    let most =
        shown.iter().filter_map(rates).map(|(rate, place)| rate.max(place.bytes_per_s)).fold(0.0, f64::max);
    let mut rows: Vec<&Shown> = shown.iter().filter(|of| rates(of).is_some()).collect();
    rows.sort_by(|a, b| {
        b.roofline.bytes_per_s.unwrap_or(0.0).total_cmp(&a.roofline.bytes_per_s.unwrap_or(0.0))
    });
    let mut levels: Vec<&str> =
        rows.iter().filter_map(|of| Some(of.roofline.place.as_ref()?.level.as_str())).collect();
    levels.sort_unstable();
    levels.dedup();
    html! {
        figure {
            div.scroll {
                table.bandwidth {
                    caption {
                        (title(set))
                        @if let [level] = levels[..] {
                            span.muted { ", data in " (level) ", the line is its bandwidth" }
                        } @else {
                            span.muted { ", data in " (levels.join(" or ")) ", the line is the bandwidth of each" }
                        }
                    }
                    tbody {
                        @for of in rows {
                            @if let Some((rate, place)) = rates(of) {
                                tr.is-baseline[of.baseline] {
                                    th scope="row" { a href=(run.case_link(&of.case.id)) { (of.label) } }
                                    td.plot { (bar(rate / most, place.bytes_per_s / most)) }
                                    td.number { (number::bytes_per_s(rate)) }
                                    td.number { (of.roofline.share_words()) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A bar and its limit, both as shares of the width; the numbers stand beside it.
fn bar(share: f64, limit: f64) -> Markup {
    let percent = |share: f64| format!("{:.2}%", (share * 100.0).clamp(0.0, 100.0));
    html! {
        svg.bar-of-limit width="100%" height="16" aria-hidden="true" {
            rect.track x="0" y="5" height="6" width=(percent(limit)) {}
            rect.attained x="0" y="5" height="6" width=(percent(share.max(0.004))) {}
            line.roof x1=(percent(limit)) x2=(percent(limit)) y1="1" y2="15" {}
        }
    }
}
