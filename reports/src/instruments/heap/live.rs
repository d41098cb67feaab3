//! Bytes alive from the first allocation to the last.

use std::fmt::Write as _;

use duel_record::LivePoint;
use maud::{Markup, html};

use crate::number;

const HEIGHT: f64 = 84.0;

/// One side's line.
pub(super) struct LiveLine<'a> {
    pub name: &'a str,
    /// `baseline` or `candidate`.
    pub class: &'a str,
    pub points: &'a [LivePoint],
}

/// The lines over one height; each goes over its own allocations, from the first to the last.
pub(super) fn live_bytes(lines: &[LiveLine]) -> Markup {
    let peak = |line: &LiveLine| line.points.iter().map(|point| point.bytes).max().unwrap_or(0);
    let highest = lines.iter().map(peak).max().unwrap_or(0);
    let described: Vec<String> = lines
        .iter()
        .map(|line| format!("{}: at most {} alive", line.name, number::bytes(peak(line) as f64)))
        .collect();
    html! {
        @if highest > 0 {
            figure.live {
                figcaption { "Bytes alive, from the first allocation to the last" }
                ul.keys {
                    @for line in lines {
                        li class=(line.class) {
                            (line.name) span.muted { " at most " (number::bytes(peak(line) as f64)) }
                        }
                    }
                }
                svg width="100%" height=(HEIGHT + 6.0) role="img" aria-label=(described.join("; ")) {
                    svg x="0" y="0" width="100%" height=(HEIGHT) viewBox={ "0 0 1000 " (HEIGHT) } preserveAspectRatio="none" {
                        @for line in lines {
                            path class={ "curve " (line.class) } d=(path(line.points, highest)) {}
                        }
                    }
                    line.base x1="0" x2="100%" y1=(HEIGHT) y2=(HEIGHT) {}
                }
            }
        }
    }
}

/// The line and the ground below it, in a box of 1000 by [`HEIGHT`].
fn path(points: &[LivePoint], highest: u64) -> String {
    let last = points.last().map_or(1, |point| point.events.max(1)) as f64;
    let mut d = format!("M0 {HEIGHT}");
    for point in points {
        let x = point.events as f64 / last * 1000.0;
        let y = HEIGHT - point.bytes as f64 / highest as f64 * (HEIGHT - 4.0);
        // What is alive stays so until the next allocation or release.
        let _ = write!(d, "H{x:.1}V{y:.1}");
    }
    d.push_str(&format!("L1000 {HEIGHT}Z"));
    d
}
