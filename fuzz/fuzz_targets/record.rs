//! Arbitrary bytes as a `record.jsonl`: `cargo duel report` neither panics nor hangs on any.
//!
//! Half of the mutations are libFuzzer's own, on bytes; the others alter lines as JSON, since bytes that change at random
//! seldom make a record that is read to its end.

#![no_main]

#[path = "../../reports/tests/altered/mod.rs"]
mod altered;

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(recording) = altered::read(bytes) {
        // Two runs side by side take twice as long, and have little code of their own.
        altered::render(&recording, bytes.len().is_multiple_of(8));
    }
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    if seed.is_multiple_of(4) {
        return fuzzer_mutate(data, size, max_size);
    }
    let mut lines = altered::parsed(&data[..size]);
    for step in 0..=u64::from(seed >> 8) % 4 {
        altered::alter(&mut lines, u64::from(seed) << 2 | step);
    }
    let text = altered::written(&lines);
    if text.is_empty() || text.len() > max_size {
        return fuzzer_mutate(data, size, max_size);
    }
    data[..text.len()].copy_from_slice(&text);
    text.len()
});
