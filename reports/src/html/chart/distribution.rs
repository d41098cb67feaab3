//! How the samples of two sides are spread: density above, boxes below.

use std::fmt::Write as _;

use maud::{Markup, html};

use super::scale::{Scale, at, round_ticks};
use crate::{
    model::{ComparedSide, Spread},
    number,
};

const CURVE_HEIGHT: f64 = 84.0;

/// One side's samples, summed up.
struct DensityShape {
    name: String,
    class: &'static str,
    curve: Vec<(f64, f64)>,
    /// 5 %, 25 %, 50 %, 75 %, 95 %.
    marks: [f64; 5],
}

impl DensityShape {
    fn new(class: &'static str, side: &ComparedSide) -> Option<Self> {
        let Spread { curve, marks } = side.spread()?.clone();
        Some(Self { name: side.level.clone(), class, curve, marks })
    }

    /// Everything that has to be in sight.
    fn extent(&self) -> impl Iterator<Item = f64> {
        let ends = [self.curve.first(), self.curve.last()].into_iter().flatten();
        self.marks.into_iter().chain(ends.map(|point| point.0).collect::<Vec<_>>())
    }

    fn peak(&self) -> f64 {
        self.curve.iter().map(|point| point.1).fold(0.0, f64::max)
    }

    fn median(&self) -> f64 {
        self.marks[2]
    }
}

/// The distribution of ns per iteration of a case, over its baseline's where there is one.
/// Sides far apart get an axis each, or both would be spikes.
pub(crate) fn distribution(candidate: &ComparedSide, baseline: Option<&ComparedSide>) -> Markup {
    let candidate = DensityShape::new("candidate", candidate);
    let baseline = baseline.and_then(|side| DensityShape::new("baseline", side));
    let shapes: Vec<DensityShape> = [baseline, candidate].into_iter().flatten().collect();
    let apart = match shapes.as_slice() {
        [a, b] => !(0.8..1.25).contains(&(a.median() / b.median())),
        _ => false,
    };
    let panels: Vec<&[DensityShape]> =
        if apart { shapes.chunks(1).collect() } else { vec![shapes.as_slice()] };
    html! {
        @if !shapes.is_empty() {
            figure.distribution {
                figcaption {
                    "Time of one iteration, all samples"
                    @if apart { " (each side has its own axis)" }
                }
                ul.keys {
                    @for shape in &shapes {
                        li class=(shape.class) {
                            (shape.name) span.muted { " median " (number::time_ns(shape.median())) }
                        }
                    }
                }
                div class={ "panels" @if apart { " apart" } } {
                    @for panel in panels { (chart(panel)) }
                }
            }
        }
    }
}

fn chart(shapes: &[DensityShape]) -> Markup {
    let Some(scale) = Scale::covering(shapes.iter().flat_map(DensityShape::extent), 0.03) else {
        return html! {};
    };
    let peak = shapes.iter().map(DensityShape::peak).fold(0.0, f64::max);
    let boxes = 18 * shapes.len();
    let bottom = CURVE_HEIGHT as usize + 6 + boxes;
    html! {
        svg.density width="100%" height=(bottom + 22) role="img" aria-label=(describe(shapes)) {
            svg width="100%" height=(CURVE_HEIGHT) viewBox={ "0 0 " (CURVE_WIDTH) " " (CURVE_HEIGHT) } preserveAspectRatio="none" {
                @for shape in shapes {
                    @let (d, transform) = path(shape, scale, peak);
                    path class={ "curve " (shape.class) } d=(d) transform=(transform) {}
                }
            }
            @for (i, shape) in shapes.iter().enumerate() {
                (box_plot(shape, scale, CURVE_HEIGHT as usize + 6 + 18 * i))
            }
            line.base x1="0" x2="100%" y1=(bottom) y2=(bottom) {}
            @for tick in round_ticks(scale.low, scale.high, 4) {
                @let x = scale.percent(tick);
                @if (6.0..=94.0).contains(&x) {
                    line.base x1=(at(x)) x2=(at(x)) y1=(bottom) y2=(bottom + 4) {}
                    text x=(at(x)) y=(bottom + 17) text-anchor="middle" { (tick_label(tick, scale)) }
                }
            }
        }
    }
}

/// A tick's time with as many digits as it takes to tell it from its neighbours.
fn tick_label(tick: f64, scale: Scale) -> String {
    let (divisor, unit) = match scale.high {
        high if high < 1e3 => (1.0, "ns"),
        high if high < 1e6 => (1e3, "µs"),
        high if high < 1e9 => (1e6, "ms"),
        _ => (1e9, "s"),
    };
    let step = (scale.high - scale.low) / 4.0 / divisor;
    let decimals = if step > 0.0 { (-step.log10().floor()).clamp(0.0, 6.0) as usize } else { 0 };
    format!("{:.decimals$}\u{a0}{unit}", tick / divisor)
}

/// The curves' box from left to right, in its own unit.
const CURVE_WIDTH: f64 = 1000.0;
/// The peak of a curve in the steps of its own grid: finer than a screen.
const PEAK_STEPS: f64 = 160.0;

/// The density as a closed path of whole numbers, each relative to the one before, and what puts it into the
/// box of [`CURVE_WIDTH`] by [`CURVE_HEIGHT`]: one step of the path is one place of the curve.
///
/// A large page is mostly curves. A side has the same path wherever it is drawn, which costs nothing when compressed.
fn path(shape: &DensityShape, scale: Scale, peak: f64) -> (String, String) {
    let x = |place: f64| scale.percent(place) / 100.0 * CURVE_WIDTH;
    let (Some(first), Some(last)) = (shape.curve.first(), shape.curve.last()) else {
        // All samples are equal: a needle.
        return (format!("M0 0V-{PEAK_STEPS}"), placed(x(shape.median()), 1.0, 1.0));
    };
    let own_peak = shape.peak().max(f64::MIN_POSITIVE);
    let mut d = "M0 0l".to_owned();
    let mut before = 0;
    for (i, (_, density)) in shape.curve.iter().enumerate() {
        let height = (density / own_peak * PEAK_STEPS).round() as i64;
        let down = before - height;
        let _ = write!(d, "{}{}{down}", i32::from(i > 0), if down < 0 { "" } else { " " });
        d.push(if i + 1 < shape.curve.len() { ' ' } else { 'V' });
        before = height;
    }
    d.push_str("0Z");
    let (start, end) = (x(first.0), x(last.0));
    (d, placed(start, (end - start) / (shape.curve.len() - 1) as f64, own_peak / peak.max(f64::MIN_POSITIVE)))
}

/// Moves a path to its start, stretches it, and gives its peak this share of the height.
fn placed(start: f64, step: f64, share: f64) -> String {
    let height = share * (CURVE_HEIGHT - 4.0) / PEAK_STEPS;
    format!("matrix({step:.3} 0 0 {height:.4} {start:.1} {CURVE_HEIGHT})")
}

fn box_plot(shape: &DensityShape, scale: Scale, y: usize) -> Markup {
    let x = shape.marks.map(|mark| scale.percent(mark));
    html! {
        g class={ "box " (shape.class) } {
            line x1=(at(x[0])) x2=(at(x[4])) y1=(y + 7) y2=(y + 7) {}
            rect x=(at(x[1])) width=(at((x[3] - x[1]).max(0.3))) y=(y + 2) height="10" rx="2" {}
            line.median x1=(at(x[2])) x2=(at(x[2])) y1=(y) y2=(y + 14) {}
        }
    }
}

fn describe(shapes: &[DensityShape]) -> String {
    let shapes: Vec<String> = shapes
        .iter()
        .map(|shape| {
            let [low, q1, median, q3, high] = shape.marks.map(number::time_ns);
            format!("{}: median {median}, quartiles {q1} and {q3}, 5 to 95 % {low} to {high}", shape.name)
        })
        .collect();
    shapes.join("; ")
}
