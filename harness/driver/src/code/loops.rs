//! Loops, by how a function's instructions can follow each other.

use duel_record::CodeLoop;
use iced_x86::Instruction;
use petgraph::{
    Direction::Incoming,
    algo::tarjan_scc,
    graph::{DiGraph, NodeIndex},
};

use super::vectors;

/// What an instruction can be followed by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Next {
    /// The instruction after it.
    pub falls_through: bool,
    /// One at this address.
    pub jumps_to: Option<u64>,
}

/// The loops among a function's instructions: the strongly connected parts of its flow, and within each, without the ways
/// back to where it is entered, the parts that are connected still (Tarjan, "Testing Flow Graph Reducibility", 1974, and
/// Steensgaard, "Sequentializing Program Dependence Graphs", 1993, for loops with several entries). Addresses play no part,
/// since compilers enter loops by a jump into their middle.
///
/// The hottest of those without a hotter one inside come first.
pub fn loops(instructions: &[Instruction], weights: &[f64], next: &[Next]) -> Vec<CodeLoop> {
    let place_of = |address: u64| instructions.binary_search_by_key(&address, Instruction::ip).ok();
    let mut flow = DiGraph::<(), ()>::new();
    let nodes: Vec<NodeIndex> = instructions.iter().map(|_| flow.add_node(())).collect();
    for (from, next) in next.iter().enumerate() {
        let after = (next.falls_through && from + 1 < nodes.len()).then_some(from + 1);
        for to in [after, next.jumps_to.and_then(place_of)].into_iter().flatten() {
            flow.update_edge(nodes[from], nodes[to], ());
        }
    }
    let mut found = Vec::new();
    nest(&flow, 0, &mut found);
    let total: f64 = weights.iter().sum();
    let mut loops: Vec<(bool, CodeLoop)> = Vec::new();
    for (at, (places, depth)) in found.iter().enumerate() {
        let weight: f64 = places.iter().map(|place| weights[*place]).sum();
        // What is moved out of the way and never executed belongs to the loop, and is no part of what it does.
        let executed = |place: &&usize| weight == 0.0 || weights[**place] > 0.0;
        let body: Vec<usize> = places.iter().filter(executed).copied().collect();
        let (Some(first), Some(last)) = (body.first(), body.last()) else { continue };
        let has_hot_inside = found[at + 1..]
            .iter()
            .take_while(|(_, inner)| inner > depth)
            .any(|(inner, _)| total == 0.0 || inner.iter().any(|place| weights[*place] > 0.0));
        let of_body = |place: &usize| (instructions[*place], weights[*place]);
        let (code, code_weights): (Vec<Instruction>, Vec<f64>) = body.iter().map(of_body).unzip();
        let found = CodeLoop {
            start: instructions[*first].ip(),
            end: instructions[*last].ip(),
            depth: *depth,
            instructions: count(body.len()),
            weight_share: (total > 0.0).then(|| weight / total),
            vectors: vectors::shares(&code, &code_weights),
        };
        loops.push((!has_hot_inside, found));
    }
    loops.sort_by(|(a_inner, a), (b_inner, b)| {
        let weight = |of: &CodeLoop| of.weight_share.unwrap_or(0.0);
        b_inner
            .cmp(a_inner)
            .then_with(|| weight(b).total_cmp(&weight(a)))
            .then_with(|| b.depth.cmp(&a.depth))
            .then_with(|| a.start.cmp(&b.start))
    });
    loops.into_iter().map(|(_, found)| found).collect()
}

/// Adds the loops of a flow, each followed by those within it: the places of its instructions, in order, and how deep it
/// lies.
fn nest(flow: &DiGraph<(), ()>, depth: u32, found: &mut Vec<(Vec<usize>, u32)>) {
    for part in tarjan_scc(flow) {
        let mut places: Vec<usize> = part.iter().map(|node| node.index()).collect();
        places.sort_unstable();
        let is_inside = |node: NodeIndex| places.binary_search(&node.index()).is_ok();
        let is_loop = part.len() > 1 || flow.contains_edge(part[0], part[0]);
        if !is_loop {
            continue;
        }
        // Where it is entered; a part that nothing enters begins at its first instruction.
        let is_reached =
            |node: NodeIndex| node.index() == 0 || flow.neighbors_directed(node, Incoming).next().is_some();
        let is_entered = |node: &&NodeIndex| {
            let mut before = flow.neighbors_directed(**node, Incoming);
            // Padding leads here only in the order of addresses.
            node.index() == 0 || before.any(|from| !is_inside(from) && is_reached(from))
        };
        let entry = part.iter().filter(is_entered).min().or(part.iter().min()).copied();
        // Within the part alone, and without its ways back to the entry, more parts may be connected.
        let mut inside = flow.clone();
        inside.retain_edges(|flow, edge| {
            let ends = flow.edge_endpoints(edge);
            ends.is_some_and(|(from, to)| is_inside(from) && is_inside(to) && Some(to) != entry)
        });
        found.push((places, depth));
        nest(&inside, depth + 1, found);
    }
}

fn count(items: usize) -> u32 {
    u32::try_from(items).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use iced_x86::{Decoder, DecoderOptions};

    use super::*;

    /// So many one-byte instructions, from address 0.
    fn nops(count: usize) -> Vec<Instruction> {
        let bytes = vec![0x90; count];
        Decoder::with_ip(64, &bytes, 0, DecoderOptions::NONE).into_iter().collect()
    }

    /// Each falls through but for those that always jump; (from, to) are all jumps.
    fn next(count: usize, jumps: &[(usize, u64)], always: &[usize]) -> Vec<Next> {
        let mut next = vec![Next { falls_through: true, jumps_to: None }; count];
        jumps.iter().for_each(|(from, to)| next[*from].jumps_to = Some(*to));
        always.iter().for_each(|from| next[*from].falls_through = false);
        next
    }

    fn spans(found: &[CodeLoop]) -> Vec<(u64, u64, u32, u32)> {
        found.iter().map(|of| (of.start, of.end, of.depth, of.instructions)).collect()
    }

    #[test]
    fn loops_are_nested_by_what_they_span_and_the_hottest_innermost_comes_first() {
        let weight = |place| if (4..8).contains(&place) { 10.0 } else { 1.0 };
        let weights: Vec<f64> = (0..20).map(weight).collect();
        let next = next(20, &[(7, 4), (12, 10), (15, 2), (14, 2), (3, 9)], &[]);
        // The jump from 3 passes over 4 to 7.
        let found = loops(&nops(20), &weights, &next);
        assert_eq!(spans(&found), [(4, 7, 1, 4), (10, 12, 1, 3), (2, 15, 0, 14)]);
        assert_eq!(found[0].weight_share, Some(40.0 / 56.0));
    }

    #[test]
    fn what_is_moved_out_of_the_way_and_jumps_back_is_no_loop() {
        // 1 jumps to 8, which goes back to 2; 4 to 3 is a loop.
        let next = next(10, &[(1, 8), (9, 2), (4, 3)], &[6, 7, 9]);
        assert_eq!(spans(&loops(&nops(10), &[0.0; 10], &next)), [(3, 4, 0, 2)]);
    }

    #[test]
    fn a_jump_back_that_was_never_taken_does_not_stretch_a_loop() {
        let mut weights = [1.0; 10];
        weights[8] = 0.0;
        let next = next(10, &[(4, 2), (3, 8), (8, 2)], &[6, 7, 8]);
        assert_eq!(spans(&loops(&nops(10), &weights, &next)), [(2, 4, 0, 3)]);
        assert_eq!(spans(&loops(&nops(10), &[0.0; 10], &next)), [(2, 8, 0, 4)]);
    }

    #[test]
    fn a_loop_that_is_entered_in_its_middle_is_one() {
        // 1 jumps to 5, where the loop of 3 to 7 asks whether to go on.
        let next = next(10, &[(1, 5), (6, 3), (4, 3)], &[1]);
        let weights = [1.0, 1.0, 0.0, 9.0, 9.0, 9.0, 9.0, 1.0, 1.0, 1.0];
        // 3 and 4 lie within, and are executed as often.
        assert_eq!(spans(&loops(&nops(10), &weights, &next)), [(3, 4, 1, 2), (3, 6, 0, 4)]);
    }

    #[test]
    fn a_loop_with_two_entries_is_one_loop() {
        let next = next(8, &[(0, 4), (5, 2)], &[]);
        assert_eq!(spans(&loops(&nops(8), &[1.0; 8], &next)), [(2, 5, 0, 4)]);
    }

    #[test]
    fn a_cold_loop_within_does_not_hide_the_hot_one() {
        let mut weights = [5.0; 12];
        weights[6..9].fill(0.0);
        let next = next(12, &[(4, 9), (8, 6), (10, 2)], &[]);
        assert_eq!(spans(&loops(&nops(12), &weights, &next))[0], (2, 10, 0, 6));
    }

    #[test]
    fn without_weights_a_loop_has_no_share() {
        let found = loops(&nops(4), &[0.0; 4], &next(4, &[(2, 1)], &[]));
        assert_eq!((found.len(), found[0].weight_share), (1, None));
    }

    #[test]
    fn an_instruction_that_jumps_to_itself_is_a_loop() {
        assert_eq!(loops(&nops(4), &[0.0; 4], &next(4, &[(2, 2)], &[]))[0].instructions, 1);
    }
}
