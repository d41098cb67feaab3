//! Every loop against the scalar one, bit for bit: an addition has one right result.

use std::panic::{AssertUnwindSafe, catch_unwind};

use duel_workloads::floats;
use proptest::prelude::*;

use crate::testing::{self, bits, special_pairs};

use super::{Variant, data::Floats, scalar, variants};

/// The family's variants that this CPU runs, the reference among them.
fn variants_here() -> Vec<Variant> {
    testing::rows_here("add_in_place", variants())
}

fn check(a: &[f32], b: &[f32]) {
    let mut expected = a.to_vec();
    scalar::add(&mut expected, b);
    let floats = Floats::new(a.to_vec(), b);
    for variant in variants_here() {
        let name = variant.name;
        assert_eq!(bits(&variant.output(&floats)), bits(&expected), "{name} on {a:?} and {b:?}");
        if let Some(kernel) = variant.on_slices() {
            let mut found = a.to_vec();
            kernel(&mut found, b);
            assert_eq!(bits(&found), bits(&expected), "{name} on slices {a:?} and {b:?}");
        }
    }
}

#[test]
fn special_values_are_added_as_ieee_has_them() {
    let (a, b) = special_pairs();
    check(&a, &b);
    // The scalar loop itself, against what is known.
    let mut sums = [f32::INFINITY, f32::MAX, f32::from_bits(1), -0.0, 16_777_216.0];
    scalar::add(&mut sums, &[f32::NEG_INFINITY, f32::MAX, f32::from_bits(1), 0.0, 1.0]);
    assert!(sums[0].is_nan());
    assert_eq!(sums[1..], [f32::INFINITY, f32::from_bits(2), 0.0, 16_777_216.0]);
}

/// Any length, beginning anywhere in a line: right inside, untouched outside.
#[test]
fn slices_of_any_length_and_alignment_are_added() {
    const ROOM: usize = 320;
    let (a, b) = (floats::starts(ROOM, 1), floats::steps(ROOM, 1));
    let mut expected = a.clone();
    scalar::add(&mut expected, &b);
    for variant in variants_here() {
        let Some(kernel) = variant.on_slices() else { continue };
        let name = variant.name;
        for start in 0..17 {
            for shift in [0, 1, 16] {
                for len in (0..70).chain([127, 128, 129, 255, 256, 257]) {
                    let mut found = a.clone();
                    let mut shifted = vec![0.0; ROOM];
                    shifted[start + shift..][..len].copy_from_slice(&b[start..][..len]);
                    kernel(&mut found[start..][..len], &shifted[start + shift..][..len]);
                    assert_eq!(found[..start], a[..start], "{name} wrote before {start}");
                    assert_eq!(found[start..][..len], expected[start..][..len], "{name} {start} {len}");
                    assert_eq!(found[start + len..], a[start + len..], "{name} wrote past {}", start + len);
                }
            }
        }
    }
}

#[test]
fn arrays_of_different_lengths_are_refused() {
    for variant in variants_here() {
        let Some(kernel) = variant.on_slices() else { continue };
        let add = AssertUnwindSafe(|| kernel(&mut [1.0; 20], &[1.0; 21]));
        assert!(catch_unwind(add).is_err(), "{}", variant.name);
    }
}

#[test]
fn whole_arrays_are_added_and_reset() {
    for len in [0, 1, 1_000, 100_003, 3 << 20] {
        let (a, b) = (floats::starts(len, 2), floats::steps(len, 2));
        let mut expected = a.clone();
        scalar::add(&mut expected, &b);
        let floats = Floats::new(a, &b);
        for variant in variants_here() {
            for (iteration, found) in variant.outputs(&floats, 2).into_iter().enumerate() {
                assert!(found == expected, "{} {len}, iteration {iteration}", variant.name);
            }
        }
    }
}

proptest! {
    #[test]
    fn every_loop_adds_like_the_scalar_one(pairs: Vec<(u32, u32)>) {
        let (a, b): (Vec<f32>, Vec<f32>) =
            pairs.into_iter().map(|(a, b)| (f32::from_bits(a), f32::from_bits(b))).unzip();
        check(&a, &b);
    }
}
