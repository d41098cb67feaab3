//! The roofline of one data set: speed over intensity, both logarithmic, under what the machine can
//! do at most.

use maud::{Markup, html};

use super::scale::at;
use crate::model::{Ceiling, MemoryLevel};
use crate::number;

/// One case in the picture.
pub(crate) struct RooflinePoint {
    pub label: String,
    pub baseline: bool,
    pub flops_per_byte: f64,
    pub flops_per_s: f64,
    /// Attained of the limit, in words.
    pub share: String,
}

/// Everything in the picture.
pub(crate) struct RooflineChart {
    pub title: String,
    /// Bandwidths, nearest level first; the one in which the data lie is `own`.
    pub places: Vec<MemoryLevel>,
    pub own: Option<String>,
    /// Peaks, narrowest registers first.
    pub ceilings: Vec<Ceiling>,
    pub points: Vec<RooflinePoint>,
}

const HEIGHT: f64 = 300.0;
const TOP: f64 = 18.0;
const BOTTOM: f64 = 262.0;
/// Names of levels nearer to each other than this share of the width would run together.
const LEVEL_NAME_PERCENT: f64 = 9.0;
/// The room of one label.
const LINE_HEIGHT: f64 = 14.0;

/// A logarithmic map of values to a range.
#[derive(Clone, Copy)]
struct Log {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl Log {
    /// Covers these with some room to both sides.
    fn covering(values: impl Iterator<Item = f64>, room: (f64, f64), from: f64, to: f64) -> Option<Self> {
        let good = values.filter(|value| value.is_finite() && *value > 0.0);
        let (low, high) = good.fold((f64::MAX, 0.0_f64), |(low, high), v| (low.min(v), high.max(v)));
        (low <= high).then(|| Self { low: (low / room.0).log10(), high: (high * room.1).log10(), from, to })
    }

    fn map(&self, value: f64) -> f64 {
        self.from + (value.log10() - self.low) / (self.high - self.low) * (self.to - self.from)
    }

    /// Powers of ten within, every second one where there are many.
    fn ticks(&self) -> Vec<f64> {
        let powers = self.low.ceil() as i32..=self.high.floor() as i32;
        let step = (powers.clone().count() / 6 + 1) as i32;
        powers.filter(|power| power.rem_euclid(step) == 0).map(|power| 10_f64.powi(power)).collect()
    }
}

impl RooflineChart {
    /// The picture; nothing of nothing.
    pub fn draw(&self) -> Markup {
        let Some((x, y)) = self.axes() else { return html! {} };
        html! {
            svg.roofline width="100%" height=(HEIGHT) role="img" {
                title { (self.title) }
                desc { (self.words()) }
                (grid(x, y))
                (self.slopes(x, y))
                (self.flats(x, y))
                (self.dots(x, y))
            }
        }
    }

    fn peak(&self) -> Option<f64> {
        self.ceilings.iter().map(|ceiling| ceiling.flops_per_s).max_by(f64::total_cmp)
    }

    /// Intensity across in percent, speed downwards in pixels; every ridge between two roofs is in sight.
    fn axes(&self) -> Option<(Log, Log)> {
        let peak = self.peak()?;
        let ridges = self.places.iter().map(|place| peak / place.bytes_per_s);
        let intensities = self.points.iter().map(|point| point.flops_per_byte).chain(ridges);
        let x = Log::covering(intensities, (3.0, 12.0), 0.0, 100.0)?;
        let speeds = self.points.iter().map(|point| point.flops_per_s);
        let floor = self.points.iter().map(|point| point.flops_per_byte).fold(f64::MAX, f64::min)
            * self.places.iter().map(|place| place.bytes_per_s).fold(f64::MAX, f64::min);
        let speeds = speeds.chain([peak]).chain([floor]);
        let y = Log::covering(speeds, (2.0, 1.6), BOTTOM, TOP)?;
        Some((x, y))
    }

    /// One slope a level, up to the highest peak.
    fn slopes(&self, x: Log, y: Log) -> Markup {
        let Some(peak) = self.peak() else { return html! {} };
        let lines = self.places.iter().filter_map(|place| {
            // From the left edge or the floor, whichever comes later.
            let left = 10_f64.powf(x.low).max(10_f64.powf(y.low) / place.bytes_per_s);
            let ridge = peak / place.bytes_per_s;
            (left < ridge).then_some((place, left, ridge))
        });
        html! {
            @for (place, left, ridge) in lines {
                @let own = self.own.as_deref() == Some(place.level.as_str());
                line.roof .own[own] x1=(at(x.map(left))) y1=(px(y.map(left * place.bytes_per_s)))
                    x2=(at(x.map(ridge))) y2=(px(y.map(peak))) {}
            }
            // At the upper ends, where slopes lie farthest apart from the dots.
            @for (across, names, own) in self.level_names(x, peak) {
                text.own[own] x=(at(across)) y=(px(y.map(peak) - 5.0)) text-anchor="middle" { (names) }
            }
        }
    }

    /// Where each level's name stands; those that would lie upon each other share a place.
    fn level_names(&self, x: Log, peak: f64) -> Vec<(f64, String, bool)> {
        let mut names: Vec<(f64, String, bool)> = Vec::new();
        for place in &self.places {
            let across = x.map(peak / place.bytes_per_s);
            let own = self.own.as_deref() == Some(place.level.as_str());
            match names.last_mut() {
                Some((before, name, of)) if (across - *before).abs() < LEVEL_NAME_PERCENT => {
                    name.push_str(&format!(", {}", place.level));
                    *of |= own;
                }
                _ => names.push((across, place.level.clone(), own)),
            }
        }
        names
    }

    /// One flat a width of register, from the first slope that reaches it.
    fn flats(&self, x: Log, y: Log) -> Markup {
        let fastest = self.places.iter().map(|place| place.bytes_per_s).max_by(f64::total_cmp);
        let highest = self.peak();
        html! {
            @for ceiling in &self.ceilings {
                @let own = highest == Some(ceiling.flops_per_s);
                @let height = y.map(ceiling.flops_per_s);
                @let start = fastest.map_or(0.0, |rate| x.map(ceiling.flops_per_s / rate)).max(0.0);
                @if height <= BOTTOM {
                    line.roof .own[own] x1=(at(start)) y1=(px(height)) x2="100%" y2=(px(height)) {}
                    text.own[own] x="100%" y=(px(height - 5.0)) text-anchor="end" {
                        (ceiling.width()) " f" (ceiling.precision_bits)
                    }
                }
            }
        }
    }

    /// The cases, their labels beside them, moved apart where they would lie upon each other.
    fn dots(&self, x: Log, y: Log) -> Markup {
        let mut points: Vec<(&RooflinePoint, f64, f64)> = self
            .points
            .iter()
            .map(|point| (point, x.map(point.flops_per_byte), y.map(point.flops_per_s)))
            .collect();
        points.sort_by(|a, b| a.2.total_cmp(&b.2));
        let heights = apart(&points.iter().map(|(_, _, height)| *height).collect::<Vec<_>>());
        html! {
            @for ((point, across, height), label) in points.iter().zip(heights) {
                @let end = if *across > 60.0 { "end" } else { "start" };
                @let side = if *across > 60.0 { -12 } else { 12 };
                g.point .is-baseline[point.baseline] {
                    title { (point.words()) }
                    circle cx=(at(*across)) cy=(px(*height)) r="4" {}
                    text x=(at(*across)) dx=(side) y=(px(label + 4.0)) text-anchor=(end) {
                        (point.label) " " tspan.muted { (point.share) }
                    }
                }
            }
        }
    }

    fn words(&self) -> String {
        let points: Vec<String> = self.points.iter().map(RooflinePoint::words).collect();
        format!("Speed over operations per byte, both logarithmic. {}", points.join("; "))
    }
}

impl RooflinePoint {
    fn words(&self) -> String {
        format!(
            "{}{}: {} at {} operations per byte, {} of its limit",
            self.label,
            if self.baseline { " (reference)" } else { "" },
            number::flops_per_s(self.flops_per_s),
            number::significant(self.flops_per_byte),
            self.share
        )
    }
}

fn grid(x: Log, y: Log) -> Markup {
    html! {
        @for tick in x.ticks() {
            @let across = at(x.map(tick));
            line.grid x1=(across) x2=(across) y1=(px(TOP)) y2=(px(BOTTOM)) {}
            text x=(across) y=(px(BOTTOM + 16.0)) text-anchor="middle" { (plain(tick)) }
        }
        @for tick in y.ticks() {
            @let height = px(y.map(tick));
            line.grid x1="0%" x2="100%" y1=(height) y2=(height) {}
            text x="0%" y=(px(y.map(tick) - 4.0)) { (number::flops_per_s(tick)) }
        }
        text x="100%" y=(px(HEIGHT - 4.0)) text-anchor="end" { "operations per byte" }
    }
}

/// A power of ten without digits that say nothing.
fn plain(tick: f64) -> String {
    if tick >= 1.0 {
        format!("{tick:.0}")
    } else {
        number::significant(tick).trim_end_matches('0').to_owned()
    }
}

/// Heights moved as little as keeps them a line apart, all within the picture; they come sorted.
fn apart(heights: &[f64]) -> Vec<f64> {
    let mut moved: Vec<f64> = Vec::with_capacity(heights.len());
    for height in heights {
        let least = moved.last().map_or(TOP, |last| last + LINE_HEIGHT);
        moved.push(height.max(least));
    }
    let mut most = BOTTOM;
    for height in moved.iter_mut().rev() {
        *height = height.min(most);
        most = *height - LINE_HEIGHT;
    }
    moved
}

fn px(pixels: f64) -> String {
    format!("{pixels:.1}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_a_line_apart_and_in_order() {
        let moved = apart(&[50.0, 52.0, 53.0, 200.0, 261.0, 262.0]);
        assert!(moved.windows(2).all(|pair| pair[1] - pair[0] >= LINE_HEIGHT - 1e-9), "{moved:?}");
        assert!(moved.iter().all(|height| (TOP..=BOTTOM).contains(height)), "{moved:?}");
        assert_eq!((moved[0], moved[3]), (50.0, 200.0), "what is alone stays");
    }

    #[test]
    fn levels_of_almost_one_bandwidth_share_a_name() {
        let place =
            |level: &str, bytes_per_s| MemoryLevel { level: level.into(), holds_bytes: None, bytes_per_s };
        let chart = RooflineChart {
            title: String::new(),
            places: vec![place("L2", 100e9), place("L3", 20e9), place("memory", 19e9)],
            own: Some("memory".into()),
            ceilings: Vec::new(),
            points: Vec::new(),
        };
        let axis = Log::covering([0.1, 100.0].into_iter(), (1.0, 1.0), 0.0, 100.0).unwrap();
        let names = chart.level_names(axis, 50e9);
        assert_eq!(
            names.iter().map(|(_, name, own)| (name.as_str(), *own)).collect::<Vec<_>>(),
            [("L2", false), ("L3, memory", true)]
        );
    }

    #[test]
    fn ticks_of_a_logarithmic_axis_are_powers_of_ten_and_few() {
        let axis = Log::covering([0.02, 300.0].into_iter(), (1.0, 1.0), 0.0, 100.0).unwrap();
        assert_eq!(axis.ticks(), [0.1, 1.0, 10.0, 100.0]);
        let wide = Log::covering([1e-9, 1e9].into_iter(), (1.0, 1.0), 0.0, 100.0).unwrap();
        assert!((3..=7).contains(&wide.ticks().len()), "{:?}", wide.ticks());
        assert!((axis.map(0.02) - 0.0).abs() < 1e-9 && (axis.map(300.0) - 100.0).abs() < 1e-9);
        assert_eq!((plain(0.1), plain(0.01), plain(100.0)), ("0.1".into(), "0.01".into(), "100".into()));
    }
}
