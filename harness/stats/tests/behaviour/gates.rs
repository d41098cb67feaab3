//! What a gate promises, looks, stopping, correction and confirmation included.

use duel_stats::{Gate, GatePlan, Margins, Phase, Pool, Reason, Verdict, replay, smallest_gate_ratio};

use crate::simulate::{Generator, Noise};

const GATES: u32 = 300;
const CASES: usize = 20;

/// How many gates of 20 cases say each word, and hold the truth in their intervals.
#[derive(Debug, Default)]
struct Tally {
    gates_with: [u32; 4],
    cases_with: [u32; 4],
    covered: u32,
}

impl Tally {
    fn per_gate(&self, verdict: Verdict) -> f64 {
        f64::from(self.gates_with[verdict as usize]) / f64::from(GATES)
    }

    fn per_case(&self, verdict: Verdict) -> f64 {
        f64::from(self.cases_with[verdict as usize]) / f64::from(GATES) / CASES as f64
    }

    fn coverage(&self) -> f64 {
        f64::from(self.covered) / f64::from(GATES) / CASES as f64
    }
}

/// Gates whose cases all have this true ratio, with trials of 0.1 s and 180 s in all.
fn gates(noise: Noise, ratio: f64, scale: f64) -> Tally {
    let mut generator = Generator::new(7);
    let mut pick = Generator::new(8);
    let mut tally = Tally::default();
    for _ in 0..GATES {
        let pools: Vec<Pool> = (0..CASES)
            .map(|_| Pool {
                log_ratios: noise.trials(&mut generator, 90, f64::ln(ratio), scale),
                trial_s: 0.1,
                margins: Margins::default(),
            })
            .collect();
        let pools: Vec<&Pool> = pools.iter().collect();
        let replayed = replay(GatePlan::default(), &pools, 180.0, |n| (pick.uniform() * n as f64) as usize);
        let mut said = [false; 4];
        for decision in &replayed.decisions {
            said[decision.verdict as usize] = true;
            tally.cases_with[decision.verdict as usize] += 1;
            let effect = decision.effect.expect("an interval");
            tally.covered += u32::from(effect.low <= ratio && ratio <= effect.high);
        }
        for (count, said) in tally.gates_with.iter_mut().zip(said) {
            *count += u32::from(said);
        }
    }
    tally
}

#[test]
fn a_change_at_the_margin_is_called_regressed_in_few_gates_whatever_the_noise() {
    for noise in Noise::ALL {
        for scale in [0.001, 0.01, 0.05] {
            let tally = gates(noise, 1.01, scale);
            assert!(tally.per_gate(Verdict::Regressed) <= 0.01, "{noise:?} {scale} {tally:?}");
            assert!(tally.per_gate(Verdict::Improved) <= 0.01, "{noise:?} {scale} {tally:?}");
        }
    }
}

#[test]
fn a_difference_at_the_edge_of_equivalence_is_called_equivalent_in_few_gates() {
    for noise in Noise::ALL {
        for scale in [0.001, 0.01, 0.05] {
            let tally = gates(noise, 1.02, scale);
            assert!(tally.per_gate(Verdict::Equivalent) <= 0.05, "{noise:?} {scale} {tally:?}");
        }
    }
}

#[test]
fn one_percent_of_noise_still_lets_three_percent_be_found_and_nothing_be_equivalent() {
    let found = gates(Noise::Normal, 1.03, 0.01);
    assert!(found.per_case(Verdict::Regressed) >= 0.99, "{found:?}");
    let same = gates(Noise::Normal, 1.0, 0.01);
    assert!(same.per_case(Verdict::Equivalent) >= 0.99, "{same:?}");
    assert_eq!(same.cases_with[Verdict::Regressed as usize], 0);
}

#[test]
fn intervals_after_stopping_still_hold_the_truth_in_about_95_percent() {
    for noise in Noise::ALL {
        for (ratio, scale) in
            [(1.0, 0.01), (1.01, 0.01), (1.01, 0.02), (1.02, 0.02), (1.03, 0.01), (1.03, 0.03), (1.05, 0.02)]
        {
            let coverage = gates(noise, ratio, scale).coverage();
            assert!((0.935..=0.97).contains(&coverage), "{noise:?} {ratio} {scale}: {coverage}");
        }
    }
}

#[test]
fn a_case_takes_no_trial_more_once_its_verdict_stands() {
    let plan = GatePlan::default();
    let mut gate = Gate::new(plan, &[Margins::default(); 2]);
    let first_look = plan.first_look(2).unwrap();
    assert_eq!(first_look, 8, "2^-8 is the first below 0.05 / 3 / 2 / 2");
    for trial in 0..first_look {
        assert_eq!(gate.wants(0), Some(Phase::Explore), "after {trial}");
        gate.add(0, 0.001 * trial as f64);
    }
    assert_eq!(gate.wants(0), None);
    assert_eq!(gate.decision(0).unwrap().verdict, Verdict::Equivalent);
    assert_eq!(gate.wants(1), Some(Phase::Explore));
}

#[test]
fn a_regression_that_independent_trials_do_not_confirm_does_not_block() {
    let mut gate = Gate::new(GatePlan::default(), &[Margins::default()]);
    while gate.wants(0) == Some(Phase::Explore) {
        gate.add(0, 0.05);
    }
    let found = gate.decision(0).unwrap();
    assert_eq!((found.verdict, gate.wants(0)), (Verdict::Inconclusive, Some(Phase::Confirm)));
    while gate.wants(0).is_some() {
        gate.add(0, 0.0);
    }
    let decision = gate.decision(0).unwrap();
    assert_eq!((decision.verdict, decision.reason), (Verdict::Inconclusive, Reason::NotConfirmed));
}

#[test]
fn a_gate_with_too_few_trials_to_ever_fire_says_so() {
    let mut gate = Gate::new(GatePlan::default(), &[Margins::default(); 100]);
    (0..10).for_each(|_| gate.add(3, 5.0));
    gate.close();
    let decision = gate.decision(3).unwrap();
    assert_eq!(decision.reason, Reason::TooFew { needed: 14 });
    assert_eq!(decision.verdict, Verdict::Inconclusive);
}

#[test]
fn the_smallest_effect_that_is_named_is_found_with_about_the_power_that_is_claimed() {
    let mut generator = Generator::new(3);
    let mut pick = Generator::new(4);
    let mut named = Vec::new();
    for _ in 0..300 {
        let pool = Pool {
            log_ratios: Noise::Normal.trials(&mut generator, 60, 0.01, 0.03),
            trial_s: 0.1,
            margins: Margins::default(),
        };
        let replayed = replay(GatePlan::default(), &[&pool], 6.0, |n| (pick.uniform() * n as f64) as usize);
        named.extend(replayed.decisions[0].smallest_detectable_ratio);
    }
    named.sort_by(f64::total_cmp);
    let ratio = named[named.len() / 2];
    let mut found = 0;
    for _ in 0..1_000 {
        let pool = Pool {
            log_ratios: Noise::Normal.trials(&mut generator, 90, ratio.ln(), 0.03),
            trial_s: 0.1,
            margins: Margins::default(),
        };
        let replayed = replay(GatePlan::default(), &[&pool], 9.0, |n| (pick.uniform() * n as f64) as usize);
        found += u32::from(replayed.decisions[0].verdict == Verdict::Regressed);
    }
    assert!((700..=950).contains(&found), "{ratio}: found {found} of 1000");
}

#[test]
fn the_slowdown_that_a_machine_is_said_to_find_is_usually_found() {
    for (noise, scale) in [(Noise::Normal, 0.004), (Noise::Normal, 0.02), (Noise::Laplace, 0.01)] {
        let measured = noise.trials(&mut Generator::new(3), 200, 0.0, scale);
        let mut pick = Generator::new(4);
        let ratio = smallest_gate_ratio(GatePlan::default(), &measured, CASES, 90, Margins::default(), |n| {
            (pick.uniform() * n as f64) as usize
        });
        let ratio = ratio.expect("a ratio");
        let found = gates(noise, ratio, scale).per_case(Verdict::Regressed);
        assert!(found > 0.65, "{noise:?} {scale}: {ratio} is found in {found}");
        let half = gates(noise, 1.0 + (ratio - 1.0) / 2.0, scale).per_case(Verdict::Regressed);
        assert!(half < 0.4, "{noise:?} {scale}: half of {ratio} is found in {half}");
    }
}
