//! How near both arms come to what the machine can do at most.

use super::ArmModel;

/// From here on a case counts as near its limit.
const NEAR: f64 = 0.7;
/// Above this the stated work is more than what really moves, so the share says nothing.
const BELIEVED: f64 = 1.1;

/// Words where the candidate is near a limit that the baseline has, too.
pub(super) fn near(baseline: &ArmModel, candidate: &ArmModel) -> Option<String> {
    let (a, b) = (baseline.roofline.as_ref()?, candidate.roofline.as_ref()?);
    let believed = |share: f64| (0.0..=BELIEVED).contains(&share);
    if a.limit() != b.limit() || !believed(a.share) || !believed(b.share) || b.share < NEAR {
        return None;
    }
    Some(if a.share >= NEAR {
        format!("both near the {} ({} and {})", b.limit(), a.share_words(), b.share_words())
    } else {
        format!("now at {} (before {})", b.short(), a.share_words())
    })
}
