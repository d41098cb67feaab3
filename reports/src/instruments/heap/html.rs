//! What a case allocates: how much, where, how large, and how long it lives.

use duel_record::HeapSummary;
use maud::{Markup, html};

use super::live::{LiveLine, live_bytes};
use super::sites;
use crate::instruments::{
    ShownSides,
    file_link::file_link,
    sides::{self, SideRow, levels},
};
use crate::model::HeapModel;
use crate::number;

/// Both sides' heaps; nothing where nothing was counted.
pub(super) fn details(sides: &ShownSides) -> Markup {
    let heaps: Vec<Option<&HeapModel>> = sides.both().map(|side| side.found.heap.as_ref()).collect();
    let Some(candidate) = heaps.last().copied().flatten().or(heaps[0]) else {
        return html! {};
    };
    if heaps.iter().flatten().all(|heap| heap.summary.total_blocks == 0) {
        return html! {
            p.heap { b { "Heap" } " "
                @if heaps.iter().flatten().count() > 1 { "Both allocate nothing through the global allocator." } @else { "Allocates nothing through the global allocator." }
            }
        };
    }
    html! {
        details.heap {
            summary { "Heap " span.muted { (in_short(&candidate.summary)) " per iteration" (against(sides, &heaps)) } }
            div.parts {
                (totals(sides, &heaps))
                (live(sides, &heaps))
                (sizes(sides, &heaps))
            }
            (sites::tree(sides, &heaps))
            (files(sides, &heaps))
        }
    }
}

/// What the baseline allocates, where there is one.
fn against(sides: &ShownSides, heaps: &[Option<&HeapModel>]) -> String {
    let baseline = sides.baseline.zip(heaps[0]);
    baseline.map_or_else(String::new, |(side, heap)| format!(", {} {}", side.level, in_short(&heap.summary)))
}

/// What one iteration allocates.
fn in_short(summary: &HeapSummary) -> String {
    let per_iter = |n: u64| n as f64 / summary.iters.max(1) as f64;
    match summary.total_blocks {
        0 => HeapModel::NOTHING.to_owned(),
        blocks => format!(
            "{} in {}",
            number::bytes(per_iter(summary.total_bytes)),
            number::quantity_of(per_iter(blocks), "block")
        ),
    }
}

fn totals(sides: &ShownSides, heaps: &[Option<&HeapModel>]) -> Markup {
    let bytes = |n: u64| Some(number::bytes(n as f64));
    let row = |label: &str, value: &dyn Fn(&HeapModel) -> Option<String>| SideRow::of(label, heaps, value);
    let rows: Vec<SideRow> = [
        row("Bytes per iteration", &|heap| Some(number::bytes(heap.bytes_per_iter()))),
        row("Blocks per iteration", &|heap| Some(number::quantity(heap.blocks_per_iter()))),
        row("Bytes at the peak", &|heap| bytes(heap.summary.peak_bytes)),
        row("Blocks at the peak", &|heap| Some(number::count(heap.summary.peak_blocks))),
        row("Bytes at the end", &|heap| bytes(heap.summary.end_bytes)),
        row("Blocks at the end", &|heap| Some(number::count(heap.summary.end_blocks))),
        row("Mean lifetime, of the whole time", &|heap| {
            heap.summary.lifetime_share_mean.map(number::percent)
        }),
    ]
    .into_iter()
    .flatten()
    .collect();
    sides::table("Allocated", sides, &rows)
}

fn live(sides: &ShownSides, heaps: &[Option<&HeapModel>]) -> Markup {
    let classes = if sides.baseline.is_some() { &["baseline", "candidate"][..] } else { &["candidate"] };
    let lines: Vec<LiveLine> = levels(sides)
        .into_iter()
        .zip(classes)
        .zip(heaps)
        .filter_map(|((name, class), heap)| {
            let live = &(*heap)?.summary.live;
            (live.len() > 1).then_some(LiveLine { name, class, points: live })
        })
        .collect();
    live_bytes(&lines)
}

fn sizes(sides: &ShownSides, heaps: &[Option<&HeapModel>]) -> Markup {
    let blocks_of = |heap: &Option<&HeapModel>, most: u64| {
        let class = heap.and_then(|heap| heap.summary.sizes.iter().find(|class| class.bytes_most == most));
        class.map_or(0, |class| class.blocks)
    };
    let mut classes: Vec<u64> = heaps
        .iter()
        .flatten()
        .flat_map(|heap| &heap.summary.sizes)
        .filter(|class| class.blocks > 0)
        .map(|class| class.bytes_most)
        .collect();
    classes.sort_unstable();
    classes.dedup();
    let most = classes.iter().flat_map(|class| heaps.iter().map(|heap| blocks_of(heap, *class))).max();
    let colours: &[&str] = if sides.baseline.is_some() { &["baseline", "candidate"] } else { &["candidate"] };
    html! {
        @if let Some(most) = most {
            div.scroll {
                table.plain.sizes {
                    caption { "Blocks by size" }
                    @if sides.baseline.is_some() {
                        thead { tr {
                            th.number scope="col" { "Up to" }
                            @for level in levels(sides) { th colspan="2" scope="col" { (level) } }
                        } }
                    }
                    tbody {
                        @for class in classes {
                            tr {
                                th.number scope="row" { @if sides.baseline.is_none() { "up to " } (number::bytes(class as f64)) }
                                @for (heap, colour) in heaps.iter().zip(colours) {
                                    @let blocks = blocks_of(heap, class);
                                    td.number { (number::count(blocks)) }
                                    td class={ "amount " (colour) } {
                                        @if blocks > 0 {
                                            span style={ "width:" (format!("{:.1}", blocks as f64 / most as f64 * 100.0)) "%" } {}
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// dhat's own files, and why one could not be read.
fn files(sides: &ShownSides, heaps: &[Option<&HeapModel>]) -> Markup {
    html! {
        @for (level, heap) in levels(sides).into_iter().zip(heaps) {
            @if let Some(reason) = heap.and_then(|heap| heap.summary.sites_missing.as_ref()) {
                p.callout { "No allocation sites of " (level) ": " (reason) }
            }
        }
        @if heaps.iter().flatten().any(|heap| !heap.file.is_empty()) {
            p.muted {
                "For dhat's viewer (dh_view.html): "
                @for (i, heap) in heaps.iter().flatten().filter(|heap| !heap.file.is_empty()).enumerate() {
                    @if i > 0 { ", " }
                    @if sides.run.many {
                        code { (heap.file) }
                    } @else {
                        (file_link(&heap.file, &heap.file))
                    }
                }
            }
        }
    }
}
