//! An interval against a gate's margins: a row of a forest in which the band around 1 is what
//! does not matter.

use duel_stats::{Effect, Margins};
use maud::{Markup, html};

use super::{Forest, Scale, at};
use crate::number;

/// Intervals wider than this many times the largest effect are cut at the chart's edge, so that
/// one noisy case does not flatten all others.
const WIDEST: f64 = 3.0;

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
