//! One trial to one number: everything measured in one set of fresh processes is one observation.

use crate::quantile::median;

/// The effect in one trial: the natural logarithm of candidate over baseline, without a unit.
///
/// Both slices are in nanoseconds per iteration, in the order in which the rounds were taken:
/// round `i` has one sample of each arm, a fraction of a millisecond apart.
///
/// It is the median over rounds of `ln candidate[i] - ln baseline[i]`:
/// - *per round*, because what disturbs both arms of a round alike (frequency, a neighbour) is in
///   numerator and denominator and cancels there, but not in the ratio of two separate summaries
///   (the pairing of Bulej et al. 2020);
/// - *logarithms*, because a ratio has no natural baseline: swapping the arms then only changes
///   the sign, and errors stay symmetric around nothing, which the interval over trials needs;
/// - *the median*, because what disturbs one arm of a round alone (an interrupt, a migration) is
///   rare and one-sided and can be any size. Up to half the rounds may be hit before it moves
///   without bound; a mean moves with the first.
///
/// With slices of unequal length (a round cut short) only the rounds that both have are used.
///
/// `None` if there is no such round, or if a value in one is not finite or not above zero.
pub fn trial_log_ratio(baseline_ns_per_iter: &[f64], candidate_ns_per_iter: &[f64]) -> Option<f64> {
    let log_ratios: Option<Vec<f64>> = baseline_ns_per_iter
        .iter()
        .zip(candidate_ns_per_iter)
        .map(|(&baseline, &candidate)| Some(log_of_time(candidate)? - log_of_time(baseline)?))
        .collect();
    median(&log_ratios?)
}

/// `ln ns`, where that is a time.
fn log_of_time(ns: f64) -> Option<f64> {
    (ns.is_finite() && ns > 0.0).then(|| ns.ln())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drift_that_both_arms_share_cancels() {
        let baseline = [100.0, 150.0, 300.0, 90.0];
        let candidate = baseline.map(|ns| ns * 1.03);
        let effect = trial_log_ratio(&baseline, &candidate).unwrap();
        assert!((effect - 1.03_f64.ln()).abs() < 1e-12);
    }

    #[test]
    fn rounds_hit_by_an_interrupt_do_not_move_the_effect() {
        let baseline = [100.0; 9];
        let mut candidate = [102.0; 9];
        candidate[3] = 9_000.0;
        candidate[7] = 50_000.0;
        let effect = trial_log_ratio(&baseline, &candidate).unwrap();
        assert!((effect - 1.02_f64.ln()).abs() < 1e-12);
    }

    #[test]
    fn a_round_that_only_one_arm_finished_is_left_out() {
        assert_eq!(trial_log_ratio(&[5.0, 5.0, 1.0], &[5.0, 5.0]), Some(0.0));
        assert_eq!(trial_log_ratio(&[5.0, 5.0], &[5.0, 5.0, 1.0]), Some(0.0));
    }

    #[test]
    fn what_is_not_a_time_gives_no_effect() {
        for wrong in [0.0, -0.0, -1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(trial_log_ratio(&[1.0, wrong], &[1.0, 1.0]), None);
            assert_eq!(trial_log_ratio(&[1.0, 1.0], &[wrong, 1.0]), None);
        }
        assert_eq!(trial_log_ratio(&[], &[]), None);
        assert_eq!(trial_log_ratio(&[], &[1.0]), None);
    }

    #[test]
    fn the_smallest_and_the_largest_time_still_have_a_ratio() {
        let effect = trial_log_ratio(&[f64::from_bits(1)], &[f64::MAX]).unwrap();
        assert!(effect.is_finite() && effect > 1_400.0);
    }
}
