//! What callgrind simulated beside its count: misses of caches, mispredicted branches.

use maud::{Markup, html};

use super::rows::{CountedSide, difference};
use crate::number;

/// Both sides; nothing where nothing was simulated.
pub(super) fn table(both: &[CountedSide]) -> Markup {
    let mut events: Vec<&str> = Vec::new();
    for event in both.iter().flat_map(|of| &of.found.summary.simulated) {
        if !events.contains(&event.event.as_str()) {
            events.push(&event.event);
        }
    }
    html! {
        @if !events.is_empty() {
            div.scroll {
                table.plain.hottest {
                    caption { "Simulated, per iteration: what a simple model of this machine's caches and branches says" }
                    thead {
                        tr {
                            @for of in both { th.number scope="col" { (of.side.level) } }
                            @if both.len() > 1 { th.number scope="col" { "Difference" } }
                            th scope="col" { "Event" }
                        }
                    }
                    tbody {
                        @for event in &events {
                            @let counts: Vec<Option<f64>> = both.iter().map(|of| of.found.simulated(event)).collect();
                            tr {
                                @for count in &counts { td.number { (count.map_or_else(|| "–".to_owned(), number::quantity)) } }
                                @if let [before, now] = counts[..] {
                                    td.number { (before.zip(now).map_or_else(|| "–".to_owned(), |(before, now)| difference(now - before))) }
                                }
                                th scope="row" { (meaning(event)) " " code { (event) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What callgrind's short names stand for.
fn meaning(event: &str) -> &str {
    match event {
        "Dr" => "data reads",
        "Dw" => "data writes",
        "I1mr" => "instructions not in the first-level cache",
        "D1mr" => "reads not in the first-level cache",
        "D1mw" => "writes not in the first-level cache",
        "ILmr" => "instructions not in the last-level cache",
        "DLmr" => "reads not in the last-level cache",
        "DLmw" => "writes not in the last-level cache",
        "Bc" => "conditional branches",
        "Bcm" => "conditional branches mispredicted",
        "Bi" => "indirect branches",
        "Bim" => "indirect branches mispredicted",
        _ => "",
    }
}
