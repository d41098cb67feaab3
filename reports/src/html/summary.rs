//! The top of the page: what the run says, in words and in counts, and where to find it.

use std::collections::BTreeSet;

use duel_record::Factor;
use duel_stats::Verdict;
use maud::{Markup, html};

use super::{anchor, words};
use crate::model::{FACTORS, FamilyModel, IDENTICAL, VerdictCounts, verdict_name};
use crate::number;
use crate::page_run::Run;

/// The verdicts of all runs.
pub(super) fn section(runs: &[Run]) -> Markup {
    html! {
        section #summary aria-label="Result" {
            @if runs.len() != 1 { h1.visually-hidden { (number::plural(runs.len(), "run")) " side by side" } }
            @for run in runs {
                (headline(run))
            }
            @if runs.len() > 1 {
                p.caveat {
                    b { "Side by side, not against each other. " }
                    "The verdicts above are each run's own. Ratios between runs are given for \
                     orientation: their sides did not take turns, so the machine's mood is in them \
                     and no verdict follows."
                }
            }
        }
    }
}

fn headline(run: &Run) -> Markup {
    let sentences = run.model.headline_sentences();
    let (first, others) = sentences.split_first().map_or(("", &[][..]), |(f, o)| (f, o));
    html! {
        div.headline {
            @if run.many {
                p.eyebrow { "Run " (run.name()) }
                h2.lead { (first) }
            } @else {
                h1.lead { (first) }
            }
            @for sentence in others {
                p { (sentence) }
            }
            (tiles(run))
            p.machine-line { (run.model.machine_line()) }
        }
    }
}

fn tiles(run: &Run) -> Markup {
    let failed = run.model.failed_cases().len();
    let missing = run.model.missing().count();
    html! {
        ul.tiles {
            @for factor in FACTORS {
                @let counts = run.model.counts(Some(factor));
                @if counts.total() > 0 {
                    li.tile {
                        span.tile-label { "by " (factor) }
                        (bar(factor, counts))
                    }
                }
            }
            @if failed > 0 {
                li.tile {
                    span.tile-label { "failed" }
                    a.big.failed href="#trouble" { (number::plural(failed, "case")) }
                }
            }
            @if missing > 0 {
                li.tile {
                    span.tile-label { "not available here" }
                    a.big href="#trouble" { (missing) }
                }
            }
        }
    }
}

/// The verdicts of one factor: a proportional bar, and the same in text.
fn bar(factor: Factor, counts: VerdictCounts) -> Markup {
    let verdicts = [
        (counts.improved, Verdict::Improved),
        (counts.equivalent, Verdict::Equivalent),
        (counts.inconclusive, Verdict::Inconclusive),
        (counts.regressed, Verdict::Regressed),
    ];
    let verdicts = verdicts.map(|(n, verdict)| (n, verdict_name(verdict), words::chip(factor, verdict)));
    let mut parts: Vec<(usize, &str, Markup)> =
        std::iter::once((counts.identical, IDENTICAL, words::identical_chip())).chain(verdicts).collect();
    parts.retain(|(n, ..)| *n > 0);
    html! {
        span.bar aria-hidden="true" {
            @for (n, class, _) in &parts { span class=(class) style={ "flex-grow:" (n) } {} }
        }
        span.bar-text {
            @for (n, _, chip) in &parts { span { (n) " " (chip) } }
        }
    }
}

/// The families, with the fastest variant of each.
pub(super) fn contents(runs: &[Run], families: &[&str]) -> Markup {
    let known: BTreeSet<&str> = families.iter().copied().collect();
    let left_out: BTreeSet<&str> = runs
        .iter()
        .flat_map(|run| &run.model.unmeasured_families)
        .map(String::as_str)
        .filter(|name| !known.contains(name))
        .collect();
    let left_out: Vec<&str> = left_out.into_iter().collect();
    html! {
        nav #families aria-labelledby="families-title" {
            h2 #families-title { "Families" }
            @if families.is_empty() { p { "Nothing was measured." } }
            ul.contents {
                @for name in families {
                    @let models: Vec<(&Run, &FamilyModel)> = super::family::in_runs(runs, name);
                    li {
                        a href={ "#" (anchor::family(name)) } { (name) }
                        @if let Some((_, family)) = models.first() {
                            span.best { (best(family)) }
                        }
                    }
                }
            }
            @if !left_out.is_empty() {
                p.muted { "Offered by the runners and not part of this run: " (left_out.join(", ")) "." }
            }
        }
    }
}

/// The variant that is surely the fastest on each data set, where all data sets agree on it.
fn best(family: &FamilyModel) -> String {
    let mut best: Vec<(&str, f64)> = Vec::new();
    for ranking in &family.rankings {
        let sure = ranking
            .entries
            .iter()
            .find(|entry| entry.reference || entry.estimate.is_some_and(|e| e.verdict == Verdict::Improved));
        if let Some(first) = sure {
            best.push((&first.label, first.estimate.map_or(1.0, |e| e.ratio)));
        }
    }
    let Some((name, _)) = best.first() else {
        return String::new();
    };
    if best.iter().any(|(other, _)| other != name) {
        return "fastest depends on the data set".to_owned();
    }
    let ratios = best.iter().map(|(_, ratio)| 1.0 / ratio);
    let (low, high) = ratios.fold((f64::MAX, 0.0_f64), |(l, h), r| (l.min(r), h.max(r)));
    let speed = match (number::ratio(low), number::ratio(high)) {
        (low, high) if low == high => format!("{low}x"),
        (low, high) => format!("{low}x to {high}x"),
    };
    match &family.reference {
        Some(reference) if reference == name => format!("nothing is faster than {name}"),
        _ => format!("fastest: {name}, {speed} as fast as the reference"),
    }
}
