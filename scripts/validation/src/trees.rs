//! Trees and graphs: bound by the latency of following one place to the next, and by allocation.

use std::collections::VecDeque;

use crate::{
    case::Kernel,
    mutation::{Set, Table, each, taken},
    random::Random,
};

/// A tree of kinds walked depth first; what a kind counts for is looked up.
pub(crate) struct TreeWalk;

#[cfg_attr(feature = "lost-inline", inline(never))]
#[cfg_attr(not(feature = "lost-inline"), inline(always))]
fn weighed(weight: u64, depth: u32) -> u64 {
    weight * u64::from(depth % 5 + 1)
}

impl Kernel for TreeWalk {
    const NAME: &'static str = "tree_walk";
    const ELEMENTS: usize = 900;
    /// Children of each node, kind of each node, weight of each kind.
    type Data = (Vec<Vec<u32>>, Vec<u32>, Table<u32, u64>);

    fn data(random: &mut Random, elements: usize) -> Self::Data {
        let mut children = vec![Vec::new(); elements];
        for node in 1..elements {
            let parent = random.below(node as u64) as usize;
            children[parent].push(node as u32);
        }
        (children, random.numbers(elements, 20), Table::new((0..20).map(|kind| (kind, 3)).collect()))
    }

    #[inline(never)]
    fn run((children, kinds, weights): &Self::Data) -> u64 {
        let kinds = taken(kinds.as_slice());
        let mut total = 0;
        let mut open = vec![(0_u32, 0_u32)];
        while let Some((node, depth)) = open.pop() {
            let weight = weights.get(&kinds[node as usize]).unwrap_or(0);
            total += weighed(weight, depth) + u64::from(node & 3);
            open.extend(each(&children[node as usize]).map(|child| (*child, depth + 1)));
        }
        total
    }
}

/// Words put into a search tree of boxes, which is then dropped.
pub(crate) struct TreeInsert;

struct Node {
    key: u32,
    children: [Option<Box<Node>>; 2],
}

#[cfg_attr(feature = "lost-inline", inline(never))]
#[cfg_attr(not(feature = "lost-inline"), inline(always))]
fn side(node: &Node, key: u32) -> usize {
    usize::from(key > node.key)
}

impl Kernel for TreeInsert {
    const NAME: &'static str = "tree_insert";
    const ELEMENTS: usize = 200;
    type Data = (Vec<String>, Table<String, u32>);

    fn data(random: &mut Random, elements: usize) -> Self::Data {
        let words = random.words(elements, 3, 10);
        let keys = words.iter().map(|word| (word.clone(), random.below(1 << 30) as u32)).collect();
        (words, Table::new(keys))
    }

    #[inline(never)]
    fn run((words, keys): &Self::Data) -> u64 {
        let (mut root, mut steps) = (None, 0_u64);
        for word in each(words) {
            let word = taken(word.as_str());
            let key = keys.get(&*word).unwrap_or(0);
            let mut place: &mut Option<Box<Node>> = &mut root;
            while let Some(node) = place {
                let side = side(node, key);
                place = &mut node.children[side];
                steps += side as u64 + 1;
            }
            *place = Some(Box::new(Node { key, children: [None, None] }));
        }
        steps
    }
}

/// How far all nodes of a graph are from its first.
pub(crate) struct BreadthFirst;

#[cfg_attr(feature = "lost-inline", inline(never))]
#[cfg_attr(not(feature = "lost-inline"), inline(always))]
fn neighbours(edges: &[u32], node: u32) -> &[u32] {
    &edges[node as usize * 4..][..4]
}

impl Kernel for BreadthFirst {
    const NAME: &'static str = "breadth_first";
    const ELEMENTS: usize = 1500;
    /// Four neighbours of each node.
    type Data = Vec<u32>;

    fn data(random: &mut Random, elements: usize) -> Self::Data {
        random.numbers(elements * 4, elements as u32)
    }

    #[inline(never)]
    fn run(edges: &Self::Data) -> u64 {
        let edges = taken(edges.as_slice());
        let mut seen: Set<u32> = Set::default();
        let mut open = VecDeque::from([(0_u32, 0_u64)]);
        seen.insert(0);
        let mut total = 0;
        while let Some((node, distance)) = open.pop_front() {
            total += distance;
            for next in each(neighbours(&edges, node)) {
                if seen.insert(*next) {
                    open.push_back((*next, distance + 1));
                }
            }
        }
        total
    }
}
