//! How the samples of two sides are spread: density above, boxes below.

use std::fmt::Write as _;

use maud::{Markup, html};

use super::{Scale, at, round_ticks};
use crate::{
    model::{Side, Spread},
    number,
};

const CURVE_HEIGHT: f64 = 84.0;

/// One side's samples, summed up.
struct Shape {
    name: String,
    class: &'static str,
    curve: Vec<(f64, f64)>,
    /// 5 %, 25 %, 50 %, 75 %, 95 %.
    marks: [f64; 5],
}

impl Shape {
    fn new(class: &'static str, side: &Side) -> Option<Self> {
        let Spread { curve, marks } = side.spread()?.clone();
        Some(Self { name: side.level.clone(), class, curve, marks })
    }

    /// Everything that has to be in sight.
    fn extent(&self) -> impl Iterator<Item = f64> {
        let ends = [self.curve.first(), self.curve.last()].into_iter().flatten();
        self.marks.into_iter().chain(ends.map(|point| point.0).collect::<Vec<_>>())
    }

    fn median(&self) -> f64 {
        self.marks[2]
    }
}

/// The distribution of ns per iteration of a case, over its baseline's where there is one.
/// Sides far apart get an axis each, or both would be spikes.
pub(in crate::html) fn distribution(candidate: &Side, baseline: Option<&Side>) -> Markup {
    let candidate = Shape::new("candidate", candidate);
    let baseline = baseline.and_then(|side| Shape::new("baseline", side));
    let shapes: Vec<Shape> = [baseline, candidate].into_iter().flatten().collect();
    let apart = match shapes.as_slice() {
        [a, b] => !(0.8..1.25).contains(&(a.median() / b.median())),
        _ => false,
    };
    let panels: Vec<&[Shape]> = if apart { shapes.chunks(1).collect() } else { vec![shapes.as_slice()] };
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

fn chart(shapes: &[Shape]) -> Markup {
    let Some(scale) = Scale::covering(shapes.iter().flat_map(Shape::extent), 0.03) else {
        return html! {};
    };
    let peak = shapes.iter().flat_map(|s| &s.curve).map(|p| p.1).fold(0.0, f64::max);
    let boxes = 18 * shapes.len();
    let bottom = CURVE_HEIGHT as usize + 6 + boxes;
    html! {
        svg.density width="100%" height=(bottom + 22) role="img" aria-label=(describe(shapes)) {
            svg x="0" y="0" width="100%" height=(CURVE_HEIGHT) viewBox={ "0 0 1000 " (CURVE_HEIGHT) } preserveAspectRatio="none" {
                @for shape in shapes {
                    path class={ "curve " (shape.class) } d=(path(shape, scale, peak)) {}
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

/// The density as a closed path in a box of 1000 by [`CURVE_HEIGHT`].
fn path(shape: &Shape, scale: Scale, peak: f64) -> String {
    let mut d = String::new();
    let (Some(first), Some(last)) = (shape.curve.first(), shape.curve.last()) else {
        // All samples are equal: a needle.
        let x = scale.percent(shape.median()) * 10.0;
        return format!("M{x:.1} {CURVE_HEIGHT}V2");
    };
    let x = |place: f64| scale.percent(place) * 10.0;
    let _ = write!(d, "M{:.1} {CURVE_HEIGHT}", x(first.0));
    for (place, density) in &shape.curve {
        let y = CURVE_HEIGHT - density / peak.max(f64::MIN_POSITIVE) * (CURVE_HEIGHT - 4.0);
        let _ = write!(d, "L{:.1} {y:.1}", x(*place));
    }
    let _ = write!(d, "L{:.1} {CURVE_HEIGHT}Z", x(last.0));
    d
}

fn box_plot(shape: &Shape, scale: Scale, y: usize) -> Markup {
    let x = shape.marks.map(|mark| scale.percent(mark));
    html! {
        g class={ "box " (shape.class) } {
            line x1=(at(x[0])) x2=(at(x[4])) y1=(y + 7) y2=(y + 7) {}
            rect x=(at(x[1])) width=(at((x[3] - x[1]).max(0.3))) y=(y + 2) height="10" rx="2" {}
            line.median x1=(at(x[2])) x2=(at(x[2])) y1=(y) y2=(y + 14) {}
        }
    }
}

fn describe(shapes: &[Shape]) -> String {
    let shapes: Vec<String> = shapes
        .iter()
        .map(|shape| {
            let [low, q1, median, q3, high] = shape.marks.map(number::time_ns);
            format!("{}: median {median}, quartiles {q1} and {q3}, 5 to 95 % {low} to {high}", shape.name)
        })
        .collect();
    shapes.join("; ")
}
