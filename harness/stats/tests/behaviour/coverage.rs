//! An interval that says 95 % holds the truth in 95 % of cases, whatever the noise.

use crate::simulate::{Generator, Noise};
use duel_stats::{Method, location};

const REPETITIONS: u32 = 20_000;

/// The share of intervals that hold the true centre; its standard error is 0.0015 at 95 %.
fn coverage(noise: Noise, trials: usize, confidence: f64) -> f64 {
    let mut generator = Generator::new(0x5eed ^ (trials as u64) << 20 ^ noise as u64);
    let mut held = 0_u32;
    for _ in 0..REPETITIONS {
        let values = noise.trials(&mut generator, trials, 0.3, 1.0);
        let found = location(&values, confidence).unwrap();
        held += u32::from(found.low <= 0.3 && 0.3 <= found.high);
    }
    let share = f64::from(held) / f64::from(REPETITIONS);
    eprintln!("{noise:?}, {trials} trials, {confidence}: {:.2} %", 100.0 * share);
    share
}

#[test]
fn a_95_percent_interval_covers_94_5_to_96_percent_whatever_the_noise() {
    for noise in Noise::ALL {
        for trials in [6, 8, 12, 20] {
            let share = coverage(noise, trials, 0.95);
            assert!((0.945..=0.96).contains(&share), "{noise:?}, {trials} trials: {share}");
        }
    }
}

#[test]
fn other_levels_are_met_too() {
    for noise in Noise::ALL {
        for (trials, confidence) in [(5, 0.9), (12, 0.9), (8, 0.99), (12, 0.99), (12, 0.5)] {
            let share = coverage(noise, trials, confidence);
            let band = confidence - 0.01..=confidence + 0.012;
            assert!(band.contains(&share), "{noise:?}, {trials} at {confidence}: {share}");
        }
    }
}

#[test]
fn with_few_trials_the_fallback_holds_the_level_for_normal_noise_and_above_for_tails() {
    for trials in 2..6 {
        let few = Noise::Normal.trials(&mut Generator::new(1), trials, 0.0, 1.0);
        assert_eq!(location(&few, 0.95).unwrap().method, Method::Student);
        let share = coverage(Noise::Normal, trials, 0.95);
        assert!((0.94..=0.96).contains(&share), "{trials} normal trials: {share}");
        for noise in [Noise::Laplace, Noise::Contaminated] {
            let share = coverage(noise, trials, 0.95);
            assert!((0.94..=0.99).contains(&share), "{noise:?}, {trials} trials: {share}");
        }
    }
}

#[test]
fn beyond_the_exact_distribution_the_level_still_holds() {
    let mut generator = Generator::new(7);
    let mut held = 0_u32;
    for _ in 0..500 {
        let values = Noise::Contaminated.trials(&mut generator, 70, 0.0, 1.0);
        let found = location(&values, 0.95).unwrap();
        held += u32::from(found.low <= 0.0 && 0.0 <= found.high);
    }
    let share = f64::from(held) / 500.0;
    eprintln!("Contaminated, 70 trials: {:.2} %", 100.0 * share);
    assert!((0.92..=0.98).contains(&share), "{share}");
}
