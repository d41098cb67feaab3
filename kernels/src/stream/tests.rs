//! Every loop against the plain sums, bit for bit: an addition has one right result.

use duel_workloads::floats;
use proptest::prelude::*;

use crate::testing::{self, bits, special_pairs};

use super::{Floats, Variant, variants};

/// The family's variants that this CPU runs, the reference among them.
fn variants_here() -> Vec<Variant> {
    testing::rows_here("stream", variants())
}

fn sums(a: &[f32], b: &[f32]) -> Vec<f32> {
    a.iter().zip(b).map(|(a, b)| a + b).collect()
}

fn check(a: &[f32], b: &[f32]) {
    let expected = bits(&sums(a, b));
    let floats = Floats::new(a.to_vec(), b);
    for variant in variants_here() {
        for found in variant.outputs(&floats, 2) {
            assert_eq!(bits(&found), expected, "{} on {a:?} and {b:?}", variant.name);
        }
    }
}

#[test]
fn special_values_are_added_as_ieee_has_them() {
    let (a, b) = special_pairs();
    check(&a, &b);
}

/// At every length up to some rounds, and wherever in a line the arrays begin.
#[test]
fn every_loop_makes_the_same_sums_and_writes_nothing_else() {
    const ROOM: usize = 160;
    let (a, b) = (floats::starts(ROOM, 1), floats::steps(ROOM, 1));
    let sums = sums(&a, &b);
    for variant in variants_here() {
        let Some(kernel) = variant.on_slices() else { continue };
        for start in 0..17 {
            for len in 0..ROOM - 17 {
                let end = start + len;
                let mut expected = vec![-1.0; ROOM];
                expected[start..end].copy_from_slice(&sums[start..end]);
                let mut found = vec![-1.0; ROOM];
                kernel(&a[start..end], &b[start..end], &mut found[start..end]);
                assert_eq!(found, expected, "{} {start}..{end}", variant.name);
            }
        }
    }
}

proptest! {
    #[test]
    fn every_loop_adds_like_the_plain_one(pairs: Vec<(u32, u32)>) {
        let (a, b): (Vec<f32>, Vec<f32>) =
            pairs.into_iter().map(|(a, b)| (f32::from_bits(a), f32::from_bits(b))).unzip();
        check(&a, &b);
    }
}
