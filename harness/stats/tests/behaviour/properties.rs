//! What must hold for every input: symmetries of a comparison, and no panic for anything.

use duel_stats::{
    Effect, Margins, Verdict, density, effect, geometric_mean, location, median, median_absolute_deviation,
    minimum_trials, quantile, quantiles, smallest_detectable_ratio, summary, trial_log_ratio, verdict,
};
use proptest::prelude::*;

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1e-3)
}

/// Nanoseconds per iteration of both arms, in rounds.
fn rounds() -> impl Strategy<Value = Vec<(f64, f64)>> {
    prop::collection::vec((0.5..1e9_f64, 0.5..1e9_f64), 1..40)
}

fn log_ratios() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(-0.5..0.5_f64, 2..70)
}

/// Anything that an `f64` can be, odd ones often.
fn anything() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => -10.0..10.0_f64,
        1 => any::<f64>(),
        1 => prop::sample::select(vec![
            0.0, -0.0, 1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN,
            f64::MIN_POSITIVE, f64::from_bits(1), 1e-300,
        ]),
    ]
}

fn opposite(verdict: Verdict) -> Verdict {
    match verdict {
        Verdict::Improved => Verdict::Regressed,
        Verdict::Regressed => Verdict::Improved,
        same => same,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn swapping_the_arms_of_a_trial_negates_its_effect(rounds in rounds()) {
        let (baseline, candidate): (Vec<f64>, Vec<f64>) = rounds.into_iter().unzip();
        let forth = trial_log_ratio(&baseline, &candidate).unwrap();
        let back = trial_log_ratio(&candidate, &baseline).unwrap();
        prop_assert!(close(forth, -back));
    }

    #[test]
    fn a_machine_of_another_speed_measures_the_same_effect(rounds in rounds(), speed in 1e-3..1e3) {
        let (baseline, candidate): (Vec<f64>, Vec<f64>) = rounds.iter().copied().unzip();
        let (slow_baseline, slow_candidate): (Vec<f64>, Vec<f64>) =
            rounds.iter().map(|(baseline, candidate)| (baseline * speed, candidate * speed)).unzip();
        let here = trial_log_ratio(&baseline, &candidate).unwrap();
        let there = trial_log_ratio(&slow_baseline, &slow_candidate).unwrap();
        prop_assert!((here - there).abs() < 1e-9);
    }

    #[test]
    fn swapping_the_arms_inverts_the_effect_and_the_verdict(log_ratios in log_ratios()) {
        let swapped: Vec<f64> = log_ratios.iter().map(|log_ratio| -log_ratio).collect();
        let (forth, back) = (effect(&log_ratios, 0.95).unwrap(), effect(&swapped, 0.95).unwrap());
        prop_assert!(close(forth.ratio, 1.0 / back.ratio));
        prop_assert!(close(forth.low, 1.0 / back.high));
        prop_assert!(close(forth.high, 1.0 / back.low));
        let margins = Margins::default();
        prop_assert_eq!(verdict(&forth, &margins), opposite(verdict(&back, &margins)));
    }

    #[test]
    fn the_order_of_trials_does_not_matter(
        (log_ratios, shuffled) in log_ratios().prop_flat_map(|values| {
            (Just(values.clone()), Just(values).prop_shuffle())
        }),
    ) {
        let (one, other) = (effect(&log_ratios, 0.95).unwrap(), effect(&shuffled, 0.95).unwrap());
        prop_assert!(close(one.ratio, other.ratio));
        prop_assert!(close(one.low, other.low) && close(one.high, other.high));
    }

    #[test]
    fn a_shift_moves_the_whole_interval(log_ratios in log_ratios(), shift in -1.0..1.0_f64) {
        let shifted: Vec<f64> = log_ratios.iter().map(|log_ratio| log_ratio + shift).collect();
        let (one, other) = (location(&log_ratios, 0.9).unwrap(), location(&shifted, 0.9).unwrap());
        for (one, other) in [(one.low, other.low), (one.center, other.center), (one.high, other.high)] {
            prop_assert!((one + shift - other).abs() < 1e-9);
        }
    }

    #[test]
    fn an_interval_holds_its_estimate(log_ratios in log_ratios(), confidence in 0.001..0.999_f64) {
        let found = effect(&log_ratios, confidence).unwrap();
        prop_assert!(found.low <= found.ratio && found.ratio <= found.high);
        prop_assert_eq!(found.trials, log_ratios.len());
    }

    #[test]
    fn with_enough_trials_the_interval_is_within_their_range(
        log_ratios in prop::collection::vec(-0.5..0.5_f64, 6..70),
    ) {
        let found = location(&log_ratios, 0.95).unwrap();
        let range = summary(&log_ratios).unwrap();
        prop_assert!(range.min <= found.low && found.high <= range.max);
    }

    #[test]
    fn quantiles_rise_and_stay_within_the_sample(
        values in prop::collection::vec(-1e6..1e6_f64, 1..50), a in 0.0..=1.0_f64, b in 0.0..=1.0_f64,
    ) {
        let found = quantiles(&values, &[0.0, a.min(b), a.max(b), 1.0]).unwrap();
        prop_assert!(found.is_sorted());
        prop_assert!(values.contains(&found[0]) && values.contains(&found[3]));
    }

    #[test]
    fn nothing_panics_and_nothing_answers_with_nonsense(
        values in prop::collection::vec(anything(), 0..14),
        others in prop::collection::vec(anything(), 0..14),
        level in anything(),
        count in 0..9_usize,
    ) {
        let numbers = [
            median(&values), quantile(&values, level),
            median_absolute_deviation(&values), geometric_mean(&values),
            trial_log_ratio(&values, &others),
            smallest_detectable_ratio(&values, level, 0.95, 0.8),
            smallest_detectable_ratio(&values, 0.01, level, 0.8),
            smallest_detectable_ratio(&values, 0.01, 0.95, level),
        ];
        prop_assert!(numbers.into_iter().flatten().all(f64::is_finite));
        for confidence in [level, level.abs().fract(), 0.95] {
            let Some(found) = effect(&values, confidence) else { continue };
            prop_assert!(0.0 < found.low && found.low <= found.ratio);
            prop_assert!(found.ratio <= found.high && found.high.is_finite());
        }
        prop_assert!(density(&values, count).iter().all(|(x, y)| x.is_finite() && y.is_finite()));
        let _ = (summary(&values), minimum_trials(level));
    }

    #[test]
    fn any_effect_and_margins_have_a_verdict(
        low in anything(), high in anything(), change in anything(), equivalent in anything(),
    ) {
        let effect = Effect { ratio: low, low, high, confidence: 0.95, trials: 6 };
        let found = verdict(&effect, &Margins { change, equivalent });
        if low.is_nan() || high.is_nan() || low > high || change.is_nan() {
            prop_assert_eq!(found, Verdict::Inconclusive);
        }
    }
}
