//! What processor and system counted, both sides beside each other.

use maud::{Markup, html};

use super::rows::{CounterRow, rows};
use crate::instruments::ShownSides;
use crate::number;

pub(super) fn details(sides: &ShownSides) -> Markup {
    let shown: Vec<_> = sides.both().collect();
    let summaries: Vec<_> = shown.iter().map(|side| side.found.counters.as_ref()).collect();
    let rows = rows(&summaries);
    let scaled = rows.iter().any(|row| row.counted_share.is_some());
    let user_space_only = summaries.iter().flatten().any(|summary| summary.user_space_only);
    let mut refused: Vec<&str> = Vec::new();
    for one in summaries.iter().flatten().flat_map(|summary| &summary.refused) {
        if !refused.contains(&one.counter.name()) {
            refused.push(one.counter.name());
        }
    }
    html! {
        @if !rows.is_empty() {
            div.counters {
                h4 { "Counters" }
                div.scroll {
                    table.plain.hottest {
                        caption { "Per iteration" @if user_space_only { ", in user space only" } }
                        thead {
                            tr {
                                th scope="col" { "Counter" }
                                @for side in &shown {
                                    th.number scope="col" {
                                        @if shown.len() > 1 { (side.level) } @else { "Count" }
                                    }
                                }
                                @if shown.len() > 1 { th.number scope="col" { "Ratio" } }
                                @if scaled { th.number scope="col" { "Counted" } }
                            }
                        }
                        tbody {
                            @for row in &rows { (line(row, shown.len() > 1, scaled)) }
                        }
                    }
                }
                @if !refused.is_empty() {
                    p.muted { "Not counted on this machine: " (refused.join(", ")) "." }
                }
            }
        }
    }
}

fn line(row: &CounterRow, compared: bool, scaled: bool) -> Markup {
    html! {
        tr {
            th scope="row" { (row.kind) }
            @for value in &row.values {
                td.number { (value.as_deref().unwrap_or("–")) }
            }
            @if compared {
                td.number { (row.ratio.map_or_else(|| "–".to_owned(), number::ratio)) }
            }
            @if scaled {
                td.number { (row.counted_share.map(number::percent).unwrap_or_default()) }
            }
        }
    }
}
