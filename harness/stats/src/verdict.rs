//! From an interval to a word, because a gate has to act on it.
//!
//! # What the words promise
//! Let the interval's confidence be `1 - 2a` (`a` = 2.5 % at 95 %). Each bound errs with
//! probability `a`, so each word is a test at level `a`, not `2a`:
//! - *regressed* rejects "the true ratio is at most 1 + change", *improved* its mirror. Where the
//!   true ratio is 1, the two together are wrong in at most `2a` of comparisons, and far fewer once
//!   the margin is wider than the noise.
//! - *equivalent* rejects both "at most 1 / (1 + equivalent)" and "at least 1 + equivalent". That
//!   is Schuirmann's pair of one-sided tests (1987), whose level is that of each of them, `a`,
//!   because only one of the two can be wrong at a time. The usual 5 % test is the interval of
//!   90 %; with one of 95 % to say "equivalent" it takes the stricter 2.5 %.
//! - *inconclusive* is no evidence either way: more trials may decide, or less noise.

use crate::effect::Effect;

/// What a comparison came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// The candidate is faster by more than the change margin.
    Improved,
    /// The candidate is slower by more than the change margin.
    Regressed,
    /// Whatever the difference, it is within the equivalence margin.
    Equivalent,
    /// The interval is too wide, or lies across a margin.
    Inconclusive,
}

/// How large a difference must be to count, as a share of the baseline: 0.01 is 1 %.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Margins {
    /// A change counts from here on: beyond `1 + change`, or below `1 / (1 + change)`.
    pub change: f64,
    /// No difference matters up to here: from `1 / (1 + equivalent)` to `1 + equivalent`.
    pub equivalent: f64,
}

impl Default for Margins {
    /// Changes from 1 % on, equivalence up to 2 %. The second is wider because the whole interval
    /// has to fit: at 1 % noise that the change margin forgives would rarely be called equivalent.
    fn default() -> Self {
        Self { change: 0.01, equivalent: 0.02 }
    }
}

/// The word for an effect.
///
/// Bounds are mirrored as ratios, not as differences, so swapping the arms swaps improved with
/// regressed and changes nothing else. A change needs the whole interval beyond its margin;
/// equivalence needs all of it within its own, ends included.
///
/// Where the margins overlap (by default they do, from 1 % to 2 %) an interval such as 1.012 to
/// 1.018 is both, and **the change wins**: whoever set the change margin at 1 % said that 1.2 % is
/// worth knowing, it has been established, and "equivalent" would hide it. The reverse could also
/// be gamed: a series of changes of 1.9 % would each pass a gate. Nothing true is lost, since the
/// interval still shows that the change is small.
///
/// Inconclusive if a margin is negative or not a number, or the effect's bounds are not ratios in
/// order: a gate must not act on nonsense.
pub fn verdict(effect: &Effect, margins: &Margins) -> Verdict {
    let Effect { low, high, .. } = *effect;
    let Margins { change, equivalent } = *margins;
    let sound = low > 0.0 && low <= high && change >= 0.0 && equivalent >= 0.0;
    if !sound {
        Verdict::Inconclusive
    } else if low > 1.0 + change {
        Verdict::Regressed
    } else if high < 1.0 / (1.0 + change) {
        Verdict::Improved
    } else if low >= 1.0 / (1.0 + equivalent) && high <= 1.0 + equivalent {
        Verdict::Equivalent
    } else {
        Verdict::Inconclusive
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn between(low: f64, high: f64) -> Verdict {
        let ratio = (low * high).sqrt();
        let effect = Effect { ratio, low, high, confidence: 0.95, trials: 12 };
        verdict(&effect, &Margins::default())
    }

    #[test]
    fn the_place_of_the_interval_is_the_verdict() {
        assert_eq!(between(1.03, 1.05), Verdict::Regressed);
        assert_eq!(between(0.94, 0.96), Verdict::Improved);
        assert_eq!(between(0.995, 1.004), Verdict::Equivalent);
        assert_eq!(between(0.97, 1.004), Verdict::Inconclusive);
        assert_eq!(between(1.005, 1.05), Verdict::Inconclusive);
    }

    #[test]
    fn a_small_but_certain_change_is_a_change() {
        assert_eq!(between(1.012, 1.018), Verdict::Regressed);
        assert_eq!(between(1.0 / 1.018, 1.0 / 1.012), Verdict::Improved);
    }

    #[test]
    fn a_bound_on_the_change_margin_is_not_beyond_it() {
        assert_eq!(between(1.01, 1.05), Verdict::Inconclusive);
        assert_eq!(between(0.95, 1.0 / 1.01), Verdict::Inconclusive);
        assert_eq!(between(1.01, 1.02), Verdict::Equivalent);
        assert_eq!(between(1.0 / 1.02, 1.02), Verdict::Equivalent);
    }

    #[test]
    fn without_margins_only_certainty_is_equivalence() {
        let none = Margins { change: 0.0, equivalent: 0.0 };
        let at = |low, high| Effect { ratio: 1.0, low, high, confidence: 0.95, trials: 6 };
        assert_eq!(verdict(&at(1.0, 1.0), &none), Verdict::Equivalent);
        assert_eq!(verdict(&at(0.999, 1.001), &none), Verdict::Inconclusive);
        assert_eq!(verdict(&at(1.0001, 1.001), &none), Verdict::Regressed);
    }

    #[test]
    fn nonsense_decides_nothing() {
        assert_eq!(between(f64::NAN, 1.5), Verdict::Inconclusive);
        assert_eq!(between(1.5, f64::NAN), Verdict::Inconclusive);
        assert_eq!(between(1.5, 1.4), Verdict::Inconclusive);
        assert_eq!(between(-1.0, 0.5), Verdict::Inconclusive);
        let effect = Effect { ratio: 2.0, low: 1.9, high: 2.1, confidence: 0.95, trials: 6 };
        for wrong in [-0.5, f64::NAN] {
            let change = Margins { change: wrong, ..Margins::default() };
            let equivalent = Margins { equivalent: wrong, ..Margins::default() };
            assert_eq!(verdict(&effect, &change), Verdict::Inconclusive);
            assert_eq!(verdict(&effect, &equivalent), Verdict::Inconclusive);
        }
    }
}
