//! Verdicts in words.

use duel_record::Factor;
use duel_stats::Verdict;

/// All factors, those that give verdicts about a change first.
pub const FACTORS: [Factor; 4] = [Factor::Artifact, Factor::Variant, Factor::Allocator, Factor::Threads];

/// Whether a factor sets builds of the same code against each other, so that "improved" and
/// "regressed" are the words, or different ways to do one thing, which are faster or slower.
pub const fn is_change(factor: Factor) -> bool {
    matches!(factor, Factor::Artifact)
}

/// The name of a verdict, the same for every factor.
pub const fn verdict_name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Improved => "improved",
        Verdict::Regressed => "regressed",
        Verdict::Equivalent => "equivalent",
        Verdict::Inconclusive => "inconclusive",
    }
}

/// The name of the verdict that needs no measurement.
pub const IDENTICAL: &str = "identical";

/// How a verdict reads. Between builds of the same code something improved or regressed; one
/// variant, allocator or thread count among several is just faster or slower than another.
pub const fn verdict_word(factor: Factor, verdict: Verdict) -> &'static str {
    match verdict {
        verdict if is_change(factor) => verdict_name(verdict),
        Verdict::Improved => "faster",
        Verdict::Regressed => "slower",
        Verdict::Equivalent => "same",
        Verdict::Inconclusive => "unsure",
    }
}
