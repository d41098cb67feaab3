//! Ratios of trials as dots, the interval as a bar: one row per candidate on one log axis.

use std::fmt::Write as _;

use duel_stats::{Effect, Margins};
use maud::{Markup, html};

use super::scale::{Scale, at, round_ticks};
use crate::model::{Candidate, verdict_name};
use crate::number;

/// Intervals wider than this many times the largest effect are cut at the chart's edge, so that
/// one noisy case does not flatten all others.
const WIDEST: f64 = 3.0;

/// The axis that all rows of a table share.
pub(crate) struct Forest {
    scale: Scale,
}

/// Ticks nearer to each other than this share of the width would run together.
const TICK_DISTANCE_PERCENT: f64 = 13.0;
/// The box of the dots from left to right, in its own unit: whole numbers are fine enough.
const DOTS_WIDTH: f64 = 2000.0;

impl Forest {
    /// Covers every trial and interval of these candidates, and the baseline's 1.
    pub fn new<'a>(candidates: impl IntoIterator<Item = &'a Candidate>) -> Option<Self> {
        let mut logs = vec![0.0];
        for candidate in candidates {
            logs.extend(&candidate.log_ratios);
            if let Some((low, high)) = candidate.estimate.and_then(|e| e.interval) {
                logs.extend([low.ln(), high.ln()]);
            }
        }
        // A hundredth to both sides is the least worth showing.
        if logs.len() > 1 {
            logs.extend([-0.01, 0.01]);
        }
        (logs.len() > 1).then(|| Scale::covering(logs, 0.06)).flatten().map(|scale| Self { scale })
    }

    /// Covers the trials of one candidate as closely as they lie, and 1 only where it is near.
    pub fn closeup(candidate: &Candidate) -> Option<Self> {
        let mut logs = candidate.log_ratios.clone();
        if let Some((low, high)) = candidate.estimate.and_then(|e| e.interval) {
            logs.extend([low.ln(), high.ln()]);
        }
        let middle = candidate.estimate?.ratio.ln();
        logs.extend([middle - 0.01, middle + 0.01]);
        Scale::covering(logs, 0.08).map(|scale| Self { scale })
    }

    fn x(&self, ratio: f64) -> f64 {
        self.scale.percent(ratio.ln())
    }

    /// Round ratios on the axis; 1 is among them where it is in sight.
    fn ticks(&self) -> Vec<f64> {
        let (low, high) = (self.scale.low.exp(), self.scale.high.exp());
        let wide = high / low > 3.0;
        // Where 1, 2, 5 leave room, 3 and 7 come between.
        let series = [[1.0, 2.0, 5.0], [3.0, 7.0, 1.5]];
        let candidates: Vec<f64> = if wide {
            let powers = |factor: f64| (-9..=9).map(move |e| factor * 10_f64.powi(e));
            series.into_iter().flatten().flat_map(powers).collect()
        } else {
            round_ticks(low, high, 5)
        };
        let mut ticks = if (0.0..=100.0).contains(&self.x(1.0)) { vec![1.0] } else { Vec::new() };
        for tick in candidates {
            let x = self.x(tick);
            let apart = |other: &f64| (x - self.x(*other)).abs() >= TICK_DISTANCE_PERCENT;
            if (2.0..=98.0).contains(&x) && ticks.iter().all(apart) {
                ticks.push(tick);
            }
        }
        ticks
    }

    /// The axis with its numbers, for a table's head.
    pub fn axis(&self) -> Markup {
        html! {
            svg.axis width="100%" height="18" aria-hidden="true" {
                @for tick in self.ticks() {
                    @let x = self.x(tick);
                    line x1=(at(x)) x2=(at(x)) y1="14" y2="18" {}
                    text x=(at(x)) y="11" text-anchor=(anchor(x)) { (tick_label(tick)) }
                }
            }
        }
    }

    /// The row of the baseline: only the line at 1.
    pub fn baseline(&self) -> Markup {
        html! {
            svg.forest width="100%" height="26" aria-hidden="true" {
                (self.grid())
                circle.one cx=(at(self.x(1.0))) cy="13" r="3.5" {}
            }
        }
    }

    /// The row of a candidate.
    pub fn row(&self, candidate: &Candidate) -> Markup {
        let estimate = candidate.estimate;
        let verdict = estimate.map_or("inconclusive", |e| verdict_name(e.verdict));
        html! {
            svg class={ "forest " (verdict) } width="100%" height="26" role="img" aria-label=(describe(candidate)) {
                (self.grid())
                @if let Some((low, high)) = estimate.and_then(|e| e.interval) {
                    @let (low, high) = (self.x(low), self.x(high));
                    rect.interval x=(at(low)) width=(at((high - low).max(0.4))) y="8" height="10" rx="2" {}
                }
                @if !candidate.log_ratios.is_empty() {
                    svg width="100%" height="26" viewBox={ "0 0 " (DOTS_WIDTH) " 26" } preserveAspectRatio="none" {
                        path.trial d=(self.dots(&candidate.log_ratios)) {}
                    }
                }
                @if let Some(estimate) = estimate {
                    @let x = at(self.x(estimate.ratio));
                    line.estimate x1=(x) x2=(x) y1="4" y2="22" {}
                }
            }
        }
    }

    /// A dot for each trial: a line of no length with round ends, so that all are one short path.
    fn dots(&self, log_ratios: &[f64]) -> String {
        let mut d = String::new();
        for (i, log) in log_ratios.iter().enumerate() {
            let x = self.scale.percent(*log).clamp(-10.0, 110.0) / 100.0 * DOTS_WIDTH;
            let _ = write!(d, "M{x:.0} {}h0", jitter(i));
        }
        d
    }

    /// The lines behind a row.
    pub(super) fn grid(&self) -> Markup {
        html! {
            @for tick in self.ticks() {
                @let x = at(self.x(tick));
                line class=[(tick == 1.0).then_some("one")] x1=(x) x2=(x) y1="0" y2="26" {}
            }
        }
    }
}

/// Dots in a few rows, so that equal trials stay countable.
const fn jitter(i: usize) -> &'static str {
    match i % 3 {
        0 => "13",
        1 => "10",
        _ => "16",
    }
}

/// A round ratio without the zeros behind it.
fn tick_label(tick: f64) -> String {
    let text = format!("{tick:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

const fn anchor(x: f64) -> &'static str {
    if x < 6.0 {
        "start"
    } else if x > 94.0 {
        "end"
    } else {
        "middle"
    }
}

fn describe(candidate: &Candidate) -> String {
    let ratios = candidate.log_ratios.iter().map(|log| log.exp());
    let (low, high) = ratios.fold((f64::MAX, 0.0_f64), |(l, h), r| (l.min(r), h.max(r)));
    match candidate.estimate {
        None => "no ratio".to_owned(),
        Some(estimate) => format!(
            "ratio {}, single trials from {} to {}",
            number::ratio_with_interval(estimate.ratio, estimate.interval),
            number::ratio(low),
            number::ratio(high)
        ),
    }
}

/// Rows of a gate, in which the band around 1 is what does not matter.
impl Forest {
    /// Covers these effects with their margins.
    pub fn of_effects(all: impl IntoIterator<Item = (Effect, Margins)>) -> Option<Self> {
        let all: Vec<(Effect, Margins)> = all.into_iter().collect();
        let largest = all.iter().map(|(effect, _)| effect.ratio.ln().abs()).fold(0.02, f64::max);
        let limit = WIDEST * largest;
        let logs = all.iter().flat_map(|(effect, margins)| {
            let ends = [effect.low, effect.high].map(|end| end.ln().clamp(-limit, limit));
            let margin = margins.equivalent.max(margins.change).ln_1p().clamp(0.0, limit);
            [ends[0], ends[1], -margin, margin]
        });
        Scale::covering(logs, 0.06).map(|scale| Self { scale })
    }

    /// The row of one effect; its class gives it its colour.
    pub fn effect_row(&self, class: &str, effect: &Effect, margins: &Margins) -> Markup {
        let inside = |ratio: f64| self.scale.percent(ratio.ln()).clamp(0.0, 100.0);
        let (low, high) = (inside(effect.low), inside(effect.high));
        let (change, equivalent) = (1.0 + margins.change, 1.0 + margins.equivalent);
        let band = (inside(1.0 / equivalent), inside(equivalent));
        let ratio = number::ratio_with_interval(effect.ratio, Some((effect.low, effect.high)));
        let margin = number::percent_short(margins.change);
        html! {
            svg class={ "forest " (class) } width="100%" height="26" role="img"
                aria-label={ "ratio " (ratio) ", a change counts beyond " (margin) } {
                rect.band x=(at(band.0)) width=(at(band.1 - band.0)) y="0" height="26" {}
                (self.grid())
                @for edge in [1.0 / change, change] {
                    @let x = at(inside(edge));
                    line.margin x1=(x) x2=(x) y1="0" y2="26" {}
                }
                rect.interval x=(at(low)) width=(at((high - low).max(0.4))) y="8" height="10" rx="2" {}
                @let x = at(inside(effect.ratio));
                line.estimate x1=(x) x2=(x) y1="4" y2="22" {}
            }
        }
    }
}
