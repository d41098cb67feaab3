//! How near a case comes to what the machine can do at most, beside the one that it is held against.

use maud::{Markup, html};

use crate::instruments::{Side, Sides};
use crate::model::{Binding, Roofline};
use crate::number;

/// A sentence for each side; nothing where the work is not stated or the limits are not known.
pub(super) fn details(sides: &Sides) -> Markup {
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

fn name<'a>(side: &Side<'a>) -> &'a str {
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
