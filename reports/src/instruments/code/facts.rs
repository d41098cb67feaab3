//! What changed of how wide the hot code works.

use duel_record::VectorShares;

use crate::{
    instruments::{Fact, What},
    model::ArmModel,
};

/// From here on vector code counts as changed.
const VECTOR_POINTS: f64 = 0.10;

/// The hottest loop where there is one, else the whole function.
fn shares(arm: &ArmModel) -> Option<(&'static str, VectorShares)> {
    let code = arm.code.as_ref()?;
    Some(code.inner_loop().map_or(("hot code", code.vectors), |inner| ("hot loop", inner.vectors)))
}

/// The change of the vector code in the hottest loop.
pub(super) fn vectors((baseline, candidate): (&ArmModel, &ArmModel)) -> Option<Fact> {
    let ((_, a), (place, b)) = (shares(baseline)?, shares(candidate)?);
    let width = |shares: VectorShares| {
        [(512, shares.packed_512), (256, shares.packed_256), (128, shares.packed_128)]
            .into_iter()
            .max_by(|x, y| x.1.total_cmp(&y.1))
            // Code on single numbers clears and copies whole registers now and then.
            .filter(|(_, share)| *share >= VECTOR_POINTS && shares.packed() > shares.scalar)
            .map_or(0, |(bits, _)| bits)
    };
    let (from, to) = (width(a), width(b));
    let points = format!("{:.0} → {:.0} % packed", a.packed() * 100.0, b.packed() * 100.0);
    let words = match (from, to) {
        (0, 0) => return None,
        (from, to) if from == to => {
            if (a.packed() - b.packed()).abs() < VECTOR_POINTS {
                return Some(Fact::same(What::Vectors));
            }
            format!("{place} {to}-bit wide as before ({points})")
        }
        (_, 0) => format!("{place} no longer works on several numbers at a time ({points})"),
        (0, to) => format!("{place} now {to}-bit wide ({points})"),
        (from, to) => format!("{place} {from} → {to}-bit wide ({points})"),
    };
    let less = (to, b.packed()) > (from, a.packed());
    Some(Fact::moved(What::Vectors, less, words))
}
