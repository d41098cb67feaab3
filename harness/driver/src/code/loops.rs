//! Loops: what lies between a jump back and its target.

use std::collections::BTreeMap;

use duel_record::CodeLoop;
use iced_x86::Instruction;

use super::vectors;

/// The loops among a function's instructions; `jumps` are (from, to) within it. Innermost first, the
/// hottest of them first.
pub fn loops(instructions: &[Instruction], weights: &[f64], jumps: &[(u64, u64)]) -> Vec<CodeLoop> {
    let mut ends: BTreeMap<u64, u64> = BTreeMap::new();
    for (from, to) in jumps.iter().filter(|(from, to)| to <= from) {
        let end = ends.entry(*to).or_insert(*from);
        *end = (*end).max(*from);
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

    #[test]
    fn loops_are_nested_by_what_they_span_and_the_hottest_innermost_comes_first() {
        let weights: Vec<f64> =
            (0..20).map(|place| if (4..8).contains(&place) { 10.0 } else { 1.0 }).collect();
        let found = loops(&nops(20), &weights, &[(7, 4), (12, 10), (15, 2), (14, 2), (3, 9)]);
        let spans: Vec<_> = found.iter().map(|of| (of.start, of.end, of.depth, of.instructions)).collect();
        assert_eq!(spans, [(4, 7, 1, 4), (10, 12, 1, 3), (2, 15, 0, 14)]);
        assert_eq!(found[0].weight_share, Some(40.0 / 56.0));
    }

    #[test]
    fn without_weights_a_loop_has_no_share() {
        let found = loops(&nops(4), &[0.0; 4], &[(2, 1)]);
        assert_eq!((found.len(), found[0].weight_share), (1, None));
    }

    #[test]
    fn an_instruction_that_jumps_to_itself_is_a_loop() {
        assert_eq!(loops(&nops(4), &[0.0; 4], &[(2, 2)])[0].instructions, 1);
    }
}
