//! What the tests of several families share.

use std::{
    collections::BTreeSet,
    io::Write,
    sync::{Mutex, PoisonError},
};

use crate::table::Variant;

/// The rows of a family's table that this CPU runs. The first call names the others on stderr, past the test harness,
/// which would swallow it: a test that ran without a kernel must not look as if it had run with it.
pub(crate) fn rows_here<D, O, K: ?Sized>(
    family: &str,
    table: Vec<Variant<D, O, K>>,
) -> Vec<Variant<D, O, K>> {
    static SAID: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let runs_here = |variant: &Variant<D, O, K>| {
        let runs_here = (variant.needs.met)();
        let kernel = format!("{family} {}", variant.name);
        if !runs_here && SAID.lock().unwrap_or_else(PoisonError::into_inner).insert(kernel.clone()) {
            let missing = variant.needs.features.join(", ");
            let _ = writeln!(std::io::stderr(), "not run: {kernel}, which needs a CPU with {missing}");
        }
        runs_here
    };
    table.into_iter().filter(runs_here).collect()
}

/// Bits, in which every NaN counts as the same: which of two NaNs an addition passes on is left
/// to the order of its operands, and that to the compiler.
pub(crate) fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| if value.is_nan() { f32::NAN } else { *value }.to_bits()).collect()
}

/// Every pair of the floats for which addition has rules of its own, as two arrays.
pub(crate) fn special_pairs() -> (Vec<f32>, Vec<f32>) {
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
    special.iter().flat_map(|&a| special.map(|b| (a, b))).unzip()
}
