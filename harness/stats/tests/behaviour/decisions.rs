//! How often a verdict is right, and that the smallest effect said to be found is found.

use crate::simulate::{Generator, Noise};
use duel_stats::{Margins, Verdict, effect, median, smallest_detectable_ratio, trial_log_ratio, verdict};

const REPETITIONS: u32 = 4_000;

/// A comparison made over and over: trials of this noise times `scale` around the true `ratio`.
#[derive(Clone, Copy)]
struct Experiment {
    noise: Noise,
    scale: f64,
    trials: usize,
    ratio: f64,
    margins: Margins,
}

impl Experiment {
    fn new(noise: Noise, scale: f64, trials: usize) -> Self {
        Self { noise, scale, trials, ratio: 1.0, margins: Margins::default() }
    }

    fn with_ratio(self, ratio: f64) -> Self {
        Self { ratio, ..self }
    }

    /// The share of comparisons that end in one of these verdicts.
    fn share(self, wanted: &[Verdict]) -> f64 {
        let mut generator = Generator::new(11 + self.trials as u64);
        let mut count = 0_u32;
        for _ in 0..REPETITIONS {
            let center = self.ratio.ln();
            let log_ratios = self.noise.trials(&mut generator, self.trials, center, self.scale);
            let effect = effect(&log_ratios, 0.95).unwrap();
            count += u32::from(wanted.contains(&verdict(&effect, &self.margins)));
        }
        let share = f64::from(count) / f64::from(REPETITIONS);
        let Self { noise, scale, trials, ratio, .. } = self;
        eprintln!(
            "{noise:?} of {scale}, {trials} trials, true ratio {ratio:.4}: {:.2} % {wanted:?}",
            100.0 * share
        );
        share
    }
}

const CHANGED: &[Verdict] = &[Verdict::Improved, Verdict::Regressed];

#[test]
fn the_same_code_is_almost_never_called_changed() {
    for noise in Noise::ALL {
        let rate = Experiment::new(noise, 0.005, 12).share(CHANGED);
        assert!(rate <= 0.002, "{noise:?}: {rate}");
    }
}

#[test]
fn noise_far_above_the_margin_keeps_the_level() {
    for noise in Noise::ALL {
        for trials in [3, 6, 12] {
            let rate = Experiment::new(noise, 0.1, trials).share(CHANGED);
            assert!(rate <= 0.05, "{noise:?}, {trials} trials: {rate}");
        }
    }
}

#[test]
fn five_percent_is_found_nearly_always_with_half_a_percent_of_noise() {
    for noise in Noise::ALL {
        let same = Experiment::new(noise, 0.005, 12);
        let slower = same.with_ratio(1.05).share(&[Verdict::Regressed]);
        let faster = same.with_ratio(1.0 / 1.05).share(&[Verdict::Improved]);
        assert!(slower >= 0.99 && faster >= 0.99, "{noise:?}: {slower} {faster}");
    }
}

#[test]
fn the_same_code_is_nearly_always_called_equivalent_when_the_noise_allows_it() {
    let rate = Experiment::new(Noise::Normal, 0.005, 12).share(&[Verdict::Equivalent]);
    assert!(rate >= 0.99, "{rate}");
}

#[test]
fn a_difference_at_the_edge_of_equivalence_is_called_equivalent_at_the_level_of_one_side() {
    // No change margin, since a change takes precedence; each one-sided test is at 2.5 %.
    let margins = Margins { change: f64::INFINITY, equivalent: 0.02 };
    for noise in Noise::ALL {
        let same = Experiment { margins, ..Experiment::new(noise, 0.003, 12) };
        let rate = same.with_ratio(1.02).share(&[Verdict::Equivalent]);
        assert!((0.015..=0.035).contains(&rate), "{noise:?}: {rate}");
    }
}

#[test]
fn the_smallest_detectable_ratio_is_detected_with_about_the_power_that_it_says() {
    let settings = [6, 12, 20].map(|trials| (Noise::Normal, trials));
    for (noise, trials) in settings.into_iter().chain([(Noise::Laplace, 12), (Noise::Contaminated, 12)]) {
        let mut generator = Generator::new(15);
        let answers: Vec<f64> = (0..1_000)
            .map(|_| noise.trials(&mut generator, trials, 0.0, 0.01))
            .map(|values| smallest_detectable_ratio(&values, 0.01, 0.95, 0.8).unwrap())
            .collect();
        let usual = median(&answers).unwrap();
        let same = Experiment::new(noise, 0.01, trials);
        let power = same.with_ratio(usual).share(&[Verdict::Regressed]);
        assert!((0.72..=0.85).contains(&power), "{noise:?}, {trials}: {usual} {power}");
    }
}

/// A trial as it is measured: both arms drift together, each trial has a bias of its own that no
/// sample within it can show, and now and then an interrupt hits one sample.
fn measured_trial(generator: &mut Generator, slowdown: f64) -> (Vec<f64>, Vec<f64>) {
    let bias = 0.005 * generator.normal();
    let mut drift: f64 = 0.0;
    let mut sample = |factor: f64, drift: f64| {
        let hit = if generator.uniform() < 0.05 { 3.0 } else { 1.0 };
        100.0 * factor * hit * (drift + 0.002 * generator.normal()).exp()
    };
    let mut rounds = (Vec::new(), Vec::new());
    for _ in 0..21 {
        drift += 0.01;
        rounds.0.push(sample(1.0, drift));
        rounds.1.push(sample(slowdown * bias.exp(), drift));
    }
    rounds
}

#[test]
fn from_samples_to_verdict_the_bias_between_processes_is_not_mistaken_for_a_change() {
    let mut generator = Generator::new(17);
    let mut verdict_of = |slowdown: f64| {
        let log_ratios: Vec<f64> = (0..12)
            .map(|_| measured_trial(&mut generator, slowdown))
            .map(|(baseline, candidate)| trial_log_ratio(&baseline, &candidate).unwrap())
            .collect();
        verdict(&effect(&log_ratios, 0.95).unwrap(), &Margins::default())
    };
    for _ in 0..300 {
        assert!(!matches!(verdict_of(1.0), Verdict::Regressed | Verdict::Improved));
        assert_eq!(verdict_of(1.05), Verdict::Regressed);
        assert_eq!(verdict_of(1.0 / 1.05), Verdict::Improved);
    }
}
