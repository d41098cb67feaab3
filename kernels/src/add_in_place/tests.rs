//! Every loop against the scalar one, bit for bit: an addition has one right result.

use proptest::prelude::*;

use crate::testing;

use super::{
    Kernel, auto, avx2, avx512,
    data::{Arrays, Floats, State},
    prefetch,
    rayon::Parallel,
    scalar, stream, wide,
};

/// The loops that this CPU runs; says of the others that they were left out.
fn kernels_here() -> impl Iterator<Item = (&'static str, Kernel)> {
    let all: [(&str, bool, Kernel); 6] = [
        ("auto", true, auto::add),
        ("wide", true, wide::add),
        ("avx2", avx2::runs_here(), avx2::add),
        ("avx512", avx512::runs_here(), avx512::add),
        ("prefetch", prefetch::runs_here(), prefetch::add),
        ("stream", stream::runs_here(), stream::add),
    ];
    all.into_iter().filter_map(|(name, runs_here, kernel)| {
        testing::runs_here(&format!("add_in_place {name}"), runs_here).then_some((name, kernel))
    })
}

/// Bits, in which every NaN counts as the same: which of two NaNs an addition passes on is left
/// to the order of its operands, and that to the compiler.
fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| if value.is_nan() { f32::NAN } else { *value }.to_bits()).collect()
}

fn check(a: &[f32], b: &[f32]) {
    let mut expected = a.to_vec();
    scalar::add(&mut expected, b);
    for (name, kernel) in kernels_here() {
        let mut found = a.to_vec();
        kernel(&mut found, b);
        assert_eq!(bits(&found), bits(&expected), "{name} on {a:?} and {b:?}");
    }
}

#[test]
fn special_values_are_added_as_ieee_has_them() {
    let special = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        f32::NAN,
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::MAX,
        f32::MIN,
        f32::MIN_POSITIVE,
        -f32::MIN_POSITIVE,
        f32::from_bits(1),
        -f32::from_bits(1),
        f32::EPSILON,
        16_777_216.0,
        1e-40,
    ];
    let (a, b): (Vec<f32>, Vec<f32>) = special.iter().flat_map(|&a| special.map(|b| (a, b))).unzip();
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
    let floats = Floats::draw(ROOM, 1);
    let Arrays { a, b } = Arrays::prepare(&floats);
    let mut expected = a.to_vec();
    scalar::add(&mut expected, &b);
    for (name, kernel) in kernels_here() {
        for start in 0..17 {
            for shift in [0, 1, 16] {
                for len in (0..70).chain([127, 128, 129, 255, 256, 257]) {
                    let mut found = a.to_vec();
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
    for (name, kernel) in kernels_here().chain([("scalar", scalar::add as Kernel)]) {
        let refused = std::panic::catch_unwind(|| kernel(&mut [1.0; 20], &[1.0; 21]));
        assert!(refused.is_err(), "{name}");
    }
}

#[test]
fn several_threads_add_every_element_once() {
    for len in [0, 1, 1_000, 100_003, 3 << 20] {
        let floats = Floats::draw(len, 2);
        let mut expected = Arrays::prepare(&floats);
        scalar::add(&mut expected.a, &expected.b);
        let mut found = Parallel::prepare(&floats);
        found.run();
        assert!(found.arrays().a[..] == expected.a[..], "{len}");
        found.arrays_mut().reset(&floats);
        assert!(found.arrays().a[..] == Arrays::prepare(&floats).a[..], "{len} reset");
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
