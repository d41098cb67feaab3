//! Loops: what lies between a jump back and its target.

use std::collections::BTreeMap;

use duel_record::CodeLoop;
use iced_x86::Instruction;

use super::vectors;

/// What an instruction can be followed by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Next {
    /// The instruction after it.
    pub falls_through: bool,
    /// One at this address.
    pub jumps_to: Option<u64>,
}

/// The loops among a function's instructions. Innermost first, the hottest of them first.
pub fn loops(instructions: &[Instruction], weights: &[f64], next: &[Next]) -> Vec<CodeLoop> {
    let place_of = |address: u64| instructions.binary_search_by_key(&address, Instruction::ip).ok();
    let jumps: Vec<(usize, usize)> =
        next.iter().enumerate().filter_map(|(from, next)| Some((from, place_of(next.jumps_to?)?))).collect();
    let mut backs: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (from, to) in jumps.iter().filter(|(from, to)| to <= from) {
        backs.entry(*to).or_default().push(*from);
    }
    let targets: BTreeMap<usize, usize> = jumps.iter().copied().collect();
    let mut ends: BTreeMap<u64, u64> = BTreeMap::new();
    for (to, mut froms) in backs {
        // What is moved out of the way of a hot path jumps back, too; that is no loop unless its
        // target is on every way to it.
        let elsewhere = reachable_without(to, next, &targets);
        froms.retain(|from| *from == to || !elsewhere[*from]);
        // A jump back that is never taken would stretch a loop over all that is moved away.
        if froms.iter().any(|from| weights[*from] > 0.0) {
            froms.retain(|from| weights[*from] > 0.0);
        }
        if let Some(last) = froms.into_iter().max() {
            ends.insert(instructions[to].ip(), instructions[last].ip());
        }
    }
    let total: f64 = weights.iter().sum();
    let inside =
        |inner: (u64, u64), outer: (u64, u64)| inner != outer && outer.0 <= inner.0 && inner.1 <= outer.1;
    let spans: Vec<(u64, u64)> = ends.into_iter().collect();
    let mut loops: Vec<(bool, CodeLoop)> = spans
        .iter()
        .map(|span| {
            let start = instructions.partition_point(|one| one.ip() < span.0);
            let end = instructions.partition_point(|one| one.ip() <= span.1);
            let weight: f64 = weights[start..end].iter().sum();
            let found = CodeLoop {
                start: span.0,
                end: span.1,
                depth: count(spans.iter().filter(|outer| inside(*span, **outer)).count()),
                instructions: count(end - start),
                weight_share: (total > 0.0).then(|| weight / total),
                vectors: vectors::shares(&instructions[start..end], &weights[start..end]),
            };
            let innermost = !spans.iter().any(|inner| inside(*inner, *span));
            (innermost, found)
        })
        .collect();
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

/// What can be reached from the function's start without passing one instruction.
fn reachable_without(avoided: usize, next: &[Next], targets: &BTreeMap<usize, usize>) -> Vec<bool> {
    let mut reached = vec![false; next.len()];
    let mut open = vec![0];
    while let Some(place) = open.pop() {
        if place >= next.len() || place == avoided || std::mem::replace(&mut reached[place], true) {
            continue;
        }
        if next[place].falls_through {
            open.push(place + 1);
        }
        open.extend(targets.get(&place));
    }
    reached
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
        assert_eq!(spans(&loops(&nops(10), &[0.0; 10], &next)), [(2, 8, 0, 7)]);
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
