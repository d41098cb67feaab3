//! How surely a claim about the true ratio is supported, because a gate must know its odds of
//! being wrong before it says a word.

use crate::quantile::finite;
use crate::signed_rank::upper_tail;
use crate::verdict::Margins;

/// What a gate may claim of a case. Each is one-sided against its margin: see [`p_value`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Claim {
    /// The candidate is slower by more than the change margin.
    Regressed,
    /// The candidate is faster by more than the change margin.
    Improved,
    /// The difference is within the equivalence margin.
    Equivalent,
}

impl Claim {
    /// All of them, in the order in which they are looked at: a change wins over equivalence, as
    /// in [`crate::verdict()`].
    pub const ALL: [Self; 3] = [Self::Regressed, Self::Improved, Self::Equivalent];
}

/// The probability, where the claim is false, of log ratios that support it as well as these or
/// better; 1 where they can't support it.
///
/// - *regressed*: the signed-rank test (Wilcoxon 1945) of "the centre is at most `ln(1 + change)`";
/// - *improved*: its mirror, "at least `-ln(1 + change)`";
/// - *equivalent*: the two one-sided tests of Schuirmann (1987), of which the larger counts.
///
/// The test assumes that log ratios are symmetric around their centre and nothing else. Where
/// values are equal or lie on the margin, every doubt is settled against the claim, so the level
/// holds for rounded and for constant values too.
///
/// 1 as well if there are no values, one is not finite, or a margin is negative or not a number.
pub fn p_value(log_ratios: &[f64], claim: Claim, margins: &Margins) -> f64 {
    let Some((change, equivalent)) = bounds(margins) else { return 1.0 };
    let above = |bound: f64| upper_tail(log_ratios.iter().map(|value| value - bound));
    let below = |bound: f64| upper_tail(log_ratios.iter().map(|value| bound - value));
    let found = match claim {
        Claim::Regressed => above(change),
        Claim::Improved => below(-change),
        Claim::Equivalent => {
            above(-equivalent).and_then(|low| below(equivalent).map(|high| f64::max(low, high)))
        }
    };
    found.unwrap_or(1.0)
}

/// The margins as log ratios.
fn bounds(margins: &Margins) -> Option<(f64, f64)> {
    let log = |margin: f64| (margin >= 0.0).then(|| finite(margin.ln_1p())).flatten();
    Some((log(margins.change)?, log(margins.equivalent)?))
}

/// The fewest trials that could support a claim at this level: the smallest `n` with
/// `2⁻ⁿ <= level`, where all lie beyond the margin. `None` if `level` is not above 0.
pub fn fewest_trials(level: f64) -> Option<usize> {
    if level.is_nan() || level <= 0.0 {
        return None;
    }
    let trials = (1..=1024).find(|n| 0.5_f64.powi(*n) <= level)?;
    usize::try_from(trials).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARGINS: Margins = Margins { change: 0.01, equivalent: 0.02 };

    #[test]
    fn all_trials_beyond_the_margin_are_as_sure_as_so_many_coins() {
        let slower = [0.03, 0.031, 0.029, 0.035, 0.027, 0.02];
        assert!((p_value(&slower, Claim::Regressed, &MARGINS) - 1.0 / 64.0).abs() < 1e-15);
        assert_eq!(p_value(&slower, Claim::Improved, &MARGINS), 1.0);
        let faster = slower.map(|value| -value);
        assert!((p_value(&faster, Claim::Improved, &MARGINS) - 1.0 / 64.0).abs() < 1e-15);
        let same = [0.001, -0.002, 0.003, 0.0005, -0.001, 0.002];
        assert!((p_value(&same, Claim::Equivalent, &MARGINS) - 1.0 / 64.0).abs() < 1e-15);
    }

    #[test]
    fn a_claim_at_its_margin_is_not_supported() {
        let at = [0.01_f64.ln_1p(); 20];
        assert_eq!(p_value(&at, Claim::Regressed, &MARGINS), 1.0);
        assert_eq!(p_value(&[0.02_f64.ln_1p(); 20], Claim::Equivalent, &MARGINS), 1.0);
    }

    #[test]
    fn ties_are_settled_against_the_claim() {
        // Beyond the margin by one and short of it by one, as often: no support at all.
        let tied = [0.5, -0.5, 0.5, -0.5, 0.5, -0.5].map(|off: f64| 0.01_f64.ln_1p() + off);
        assert!(p_value(&tied, Claim::Regressed, &MARGINS) > 0.5);
        assert!(p_value(&tied, Claim::Improved, &MARGINS) > 0.5);
    }

    #[test]
    fn constant_times_are_as_sure_as_their_number() {
        assert!((p_value(&[0.0; 12], Claim::Equivalent, &MARGINS) - 0.5_f64.powi(12)).abs() < 1e-15);
    }

    #[test]
    fn nonsense_supports_nothing() {
        for values in [&[][..], &[f64::NAN; 9], &[f64::INFINITY; 9]] {
            for claim in Claim::ALL {
                assert_eq!(p_value(values, claim, &MARGINS), 1.0);
            }
        }
        for wrong in [-0.1, f64::NAN, f64::INFINITY] {
            let margins = Margins { change: wrong, equivalent: wrong };
            assert_eq!(p_value(&[9.0; 9], Claim::Regressed, &margins), 1.0);
        }
    }

    #[test]
    fn fewer_trials_than_coins_can_never_support_a_claim() {
        assert_eq!(fewest_trials(0.05), Some(5));
        assert_eq!(fewest_trials(0.05 / 3.0 / 20.0 / 2.0), Some(12));
        assert_eq!(fewest_trials(1.0), Some(1));
        for wrong in [0.0, -1.0, f64::NAN] {
            assert_eq!(fewest_trials(wrong), None);
        }
    }
}
