//! The parts of the page that are only words: verdict marks, explanations.

use duel_record::Factor;
use duel_stats::{Margins, Verdict};
use maud::{Markup, html};

use crate::model::{
    CONFIDENCE, Candidate, Estimate, IDENTICAL, Standing, is_change, verdict_name, verdict_word,
};
use crate::number;
use crate::page_run::Run;

/// What a list of facts shows: a label and what it is here.
pub(super) type LabelledValues = Vec<(&'static str, String)>;

/// The mark of a verdict: told apart by shape as well as by colour.
pub(super) const fn mark(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Improved => "▼",
        Verdict::Regressed => "▲",
        Verdict::Equivalent => "=",
        Verdict::Inconclusive => "?",
    }
}

/// The mark of what both sides have in common.
pub(super) const IDENTICAL_MARK: &str = "≡";

/// That nothing had to be measured, as a small label.
pub(super) fn identical_chip() -> Markup {
    html! {
        span.chip.identical { span.mark aria-hidden="true" { (IDENTICAL_MARK) } (IDENTICAL) }
    }
}

/// That a case failed, as a small label.
pub(super) fn failed_chip() -> Markup {
    html! {
        span.chip.failed { span.mark aria-hidden="true" { "✕" } "failed" }
    }
}

/// A verdict as a small label.
pub(super) fn chip(factor: Factor, verdict: Verdict) -> Markup {
    html! {
        span class={ "chip " (verdict_name(verdict)) } {
            span.mark aria-hidden="true" { (mark(verdict)) }
            (verdict_word(factor, verdict))
        }
    }
}

/// A verdict with the speed behind it: `▼ 1.92x faster`, `? unsure`.
pub(super) fn speed_chip(factor: Factor, estimate: Estimate) -> Markup {
    let verdict = estimate.verdict;
    let changed = matches!(verdict, Verdict::Improved | Verdict::Regressed);
    let builds = is_change(factor);
    html! {
        @if !changed || builds { (chip(factor, verdict)) }
        @if changed && builds { span.note { (number::speed(estimate.ratio)) } }
        @if changed && !builds {
            span class={ "chip " (verdict_name(verdict)) } {
                span.mark aria-hidden="true" { (mark(verdict)) }
                (number::speed(estimate.ratio))
            }
        }
    }
}

/// The verdict of a candidate, whose estimate may be missing.
pub(super) fn candidate_chip(factor: Factor, candidate: &Candidate) -> Markup {
    if candidate.identical.is_some() {
        return identical_chip();
    }
    chip(factor, candidate.estimate.map_or(Verdict::Inconclusive, |estimate| estimate.verdict))
}

/// What stands behind the numbers, at the end of the page.
pub(super) fn how_to_read(runs: &[Run]) -> Markup {
    let Margins { change, equivalent } = Margins::default();
    let (change, equivalent) = (change * 100.0, equivalent * 100.0);
    let trials = runs.iter().map(|run| run.model.started.settings.trials).max().unwrap_or(0);
    html! {
        section #reading aria-labelledby="reading-title" {
            h2 #reading-title { "How to read this" }
            div.prose {
                p {
                    "Every ratio comes from a comparison whose sides took turns, a fraction of a \
                     millisecond each, in fresh processes on one core. A ratio is candidate over \
                     baseline: " b { "0.50" } " took half the time, " b { "2.00" } " twice."
                }
                p {
                    "The brackets hold the " (format!("{:.0}", CONFIDENCE * 100.0)) " % confidence \
                     interval over trials. A trial is one round of fresh processes; " (trials)
                    " were planned for each comparison. Dots in the charts are single trials, the \
                     bar is the interval, the line at 1 is the baseline."
                }
                ul.legend {
                    li { (chip(Factor::Variant, Verdict::Improved)) " the whole interval lies below 1, by more than " (change) " %" }
                    li { (chip(Factor::Variant, Verdict::Regressed)) " the whole interval lies above 1, by more than " (change) " %" }
                    li { (chip(Factor::Variant, Verdict::Equivalent)) " the whole interval lies within " (equivalent) " % of 1" }
                    li { (chip(Factor::Variant, Verdict::Inconclusive)) " the interval is too wide to say: more trials would tell" }
                }
                p {
                    "Between builds of the same code the same verdicts are called improved, \
                     regressed, equivalent and inconclusive."
                }
                @if runs.iter().any(|run| run.model.counts(None).identical > 0) {
                    p {
                        (identical_chip()) " means that nothing was measured: both sides of the case are the \
                         same executable and made the same data from the same seed."
                    }
                }
                @if runs.iter().any(|run| run.model.gate.is_some()) {
                    p {
                        "A gate's verdicts follow the rules that it states, not the interval alone. In \
                         its charts the band is what counts as equivalent, and the dotted lines are where \
                         a change begins to count."
                    }
                }
                p {
                    "criterion's medians are shown beside, each within one process; they say \
                     nothing of what differs between processes, so no verdict rests on them. Heap \
                     counts, memory and flame graphs are taken apart from the timings and are there \
                     to say why a ratio is what it is."
                }
            }
        }
    }
}

/// A standing as a small label.
pub(super) fn standing_chip(standing: Standing) -> Markup {
    let (class, mark) = standing_look(standing);
    html! {
        span class={ "chip " (class) } {
            span.mark aria-hidden="true" { (mark) }
            (standing.name())
        }
    }
}

/// The class that gives a standing its colour, and a mark that tells it apart without.
pub(super) const fn standing_look(standing: Standing) -> (&'static str, &'static str) {
    match standing {
        Standing::Regressed => ("regressed", "▲"),
        Standing::Failed => ("failed", "✕"),
        Standing::Inconclusive => ("inconclusive", "?"),
        Standing::NotComparable => ("missing", "≠"),
        Standing::Improved => ("improved", "▼"),
        Standing::Equivalent => ("equivalent", "="),
        Standing::Identical => (IDENTICAL, IDENTICAL_MARK),
    }
}
