//! Where blocks are allocated, as a tree of calls: both sides' numbers at each place.

use std::collections::BTreeMap;

use duel_record::HeapSite;
use maud::{Markup, html};

use crate::instruments::{ShownSides, sides::levels};
use crate::model::HeapModel;
use crate::number;

/// Levels of the tree that are open from the start.
const OPEN_LEVELS: usize = 2;

/// Calls within calls that are shown, since the tree is built and dropped by recursion: a record may have so many
/// that the stack would overflow. Of dhat's files no more are read.
const DEEPEST: usize = 512;

/// What a side allocates in one place and in all that it calls.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Amount {
    /// Of one iteration.
    bytes: f64,
    blocks: f64,
    /// Of all bytes of the side, 0 to 1.
    share: f64,
}

/// A function, within those that called it.
#[derive(Debug, Default)]
struct Node {
    /// Of each side; zero where it does not allocate here.
    amounts: Vec<Amount>,
    /// Where in the source, of an innermost one.
    place: String,
    /// Mean lifetimes of each side's blocks, of an innermost one.
    lifetimes: Vec<Option<f64>>,
    callees: BTreeMap<String, Node>,
}

impl Node {
    fn add(&mut self, side: usize, of: usize, amount: Amount) {
        self.amounts.resize(of, Amount::default());
        let sum = &mut self.amounts[side];
        sum.bytes += amount.bytes;
        sum.blocks += amount.blocks;
        sum.share += amount.share;
    }

    /// Takes in a site, by its frames.
    fn insert(&mut self, side: usize, of: usize, site: &HeapSite, amount: Amount) {
        self.add(side, of, amount);
        let mut node = self;
        let cut = (site.frames.len() > DEEPEST).then(|| "…".to_owned());
        for frame in site.frames.iter().take(DEEPEST).chain(&cut) {
            node = node.callees.entry(frame.clone()).or_default();
            node.add(side, of, amount);
        }
        if node.place.is_empty() {
            node.place.clone_from(&site.place);
        }
        node.lifetimes.resize(of, None);
        node.lifetimes[side] = Some(site.lifetime_share_mean);
    }

    /// The callees, largest first.
    fn largest(&self) -> Vec<(&String, &Node)> {
        let most = |node: &Node| node.amounts.iter().map(|amount| amount.bytes).fold(0.0, f64::max);
        let mut callees: Vec<_> = self.callees.iter().collect();
        callees.sort_by(|a, b| most(b.1).total_cmp(&most(a.1)));
        callees
    }

    /// Names from here to where the calls part or end: a chain is one line.
    fn chain<'a>(&'a self, name: &'a str) -> (Vec<&'a str>, &'a Node) {
        let (mut names, mut node) = (vec![name], self);
        while node.place.is_empty()
            && node.callees.len() == 1
            && let Some((name, only)) = node.callees.first_key_value()
        {
            names.push(name);
            node = only;
        }
        (names, node)
    }
}

/// All sites of both sides; nothing where dhat's files were not read.
pub(super) fn tree(sides: &ShownSides, heaps: &[Option<&HeapModel>]) -> Markup {
    let mut root = Node::default();
    for (side, heap) in heaps.iter().enumerate() {
        let Some(summary) = heap.map(|heap| &heap.summary) else { continue };
        let iters = summary.iters.max(1) as f64;
        for site in &summary.sites {
            let amount = Amount {
                bytes: site.total_bytes as f64 / iters,
                blocks: site.total_blocks as f64 / iters,
                share: site.total_bytes as f64 / summary.total_bytes.max(1) as f64,
            };
            root.insert(side, heaps.len(), site, amount);
        }
    }
    html! {
        @if !root.callees.is_empty() {
            div.scroll {
                div class={ "sites of-" (heaps.len()) } {
                    div.site.head {
                        span { "Allocated by" }
                        @for level in levels(sides) {
                            span { @if sides.baseline.is_some() { (level) } @else { "Per iteration" } }
                        }
                    }
                    (callees(&root, 0))
                }
            }
            @for (level, heap) in levels(sides).into_iter().zip(heaps) {
                @if let Some(heap) = heap && heap.summary.sites_left_out > 0 {
                    p.muted {
                        (number::plural(heap.summary.sites_left_out as usize, "smaller site"))
                        @if sides.baseline.is_some() { " of " (level) }
                        " with " (number::bytes(heap.summary.bytes_left_out as f64 / heap.summary.iters.max(1) as f64))
                        " in dhat's file alone"
                    }
                }
            }
        }
    }
}

fn callees(node: &Node, depth: usize) -> Markup {
    html! {
        ul {
            @for (name, callee) in node.largest() {
                @let (names, last) = callee.chain(name);
                li {
                    @if last.callees.is_empty() {
                        (line(&names, last))
                    } @else {
                        details open[depth < OPEN_LEVELS] {
                            summary { (line(&names, last)) }
                            (callees(last, depth + 1))
                        }
                    }
                }
            }
        }
    }
}

fn line(names: &[&str], node: &Node) -> Markup {
    html! {
        div.site {
            span {
                @for (i, name) in names.iter().enumerate() {
                    @if i > 0 { " " span.muted { "›" } " " }
                    code { (name) }
                }
                @if !node.place.is_empty() { " " span.muted { (node.place) } }
            }
            @for (side, amount) in node.amounts.iter().enumerate() {
                span.number {
                    @if amount.blocks > 0.0 {
                        b { (number::bytes(amount.bytes)) }
                        span.note {
                            (number::quantity_of(amount.blocks, "block")) ", " (number::percent(amount.share))
                            @if let Some(Some(lifetime)) = node.lifetimes.get(side) {
                                ", lives " (number::percent(*lifetime))
                            }
                        }
                    } @else { "–" }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(frames: &[&str], place: &str) -> HeapSite {
        HeapSite {
            frames: frames.iter().map(|frame| (*frame).to_owned()).collect(),
            place: place.to_owned(),
            ..HeapSite::default()
        }
    }

    #[test]
    fn sites_are_summed_where_their_callers_are_the_same_and_chains_are_one_line() {
        let amount = |bytes| Amount { bytes, blocks: 1.0, share: 0.5 };
        let mut root = Node::default();
        root.insert(0, 2, &site(&["a", "b", "c"], "src/c.rs:1"), amount(10.0));
        root.insert(0, 2, &site(&["a", "b", "d"], "src/d.rs:1"), amount(30.0));
        root.insert(1, 2, &site(&["a", "b", "c"], "src/c.rs:1"), amount(5.0));
        let largest = root.largest();
        let (names, branch) = largest[0].1.chain(largest[0].0);
        assert_eq!(names, ["a", "b"]);
        assert_eq!(branch.amounts.iter().map(|amount| amount.bytes).collect::<Vec<_>>(), [40.0, 5.0]);
        let order: Vec<_> = branch.largest().iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(order, ["d", "c"]);
    }

    #[test]
    fn a_function_that_allocates_itself_is_not_joined_with_what_it_calls() {
        let mut root = Node::default();
        root.insert(0, 1, &site(&["a"], "src/a.rs:1"), Amount::default());
        root.insert(0, 1, &site(&["a", "b"], "src/b.rs:1"), Amount::default());
        let (name, node) = root.callees.first_key_value().unwrap();
        assert_eq!(node.chain(name).0, ["a"]);
    }
}
