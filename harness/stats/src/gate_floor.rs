//! What a gate could find on a machine, from noise that was measured there beforehand.

use crate::effect::ratio;
use crate::gate::{Gate, GatePlan, SHARE_OF_EXPLORING};
use crate::quantile::median;
use crate::verdict::{Margins, Verdict};

/// The share of gates in which an effect is usually found.
const FOUND: usize = 32;
const GATES: usize = 40;
/// The largest effect that is looked for, as a logarithm.
const LARGEST: f64 = 0.7;
/// Halvings of the range of effects, on a logarithmic scale: to a few percent of the effect.
const STEPS: u32 = 7;

/// The smallest true slowdown, as a ratio above 1, that a gate with this number of cases, and this number of trials
/// of each, usually (in 4 of 5 gates) calls regressed while all other cases are open.
///
/// `log_ratios` are trials of the same code against itself on the machine in question. Gates are
/// played with trials drawn from them, moved by an effect, looks, stopping and confirmation included:
/// no formula would know that a change just above the margin may be called equivalent first. Drawn
/// with replacement, so the answer takes the measured spread for the true one. `below(n)` gives a
/// number from `0..n`, all equally likely.
///
/// `None` of fewer than two trials or of values that are not finite, and where not even a doubled
/// time would be found.
pub fn smallest_gate_ratio(
    plan: GatePlan,
    log_ratios: &[f64],
    cases: usize,
    trials: usize,
    margins: Margins,
    mut below: impl FnMut(usize) -> usize,
) -> Option<f64> {
    let center = median(log_ratios).filter(|_| log_ratios.len() > 1)?;
    let centered: Vec<f64> = log_ratios.iter().map(|log_ratio| log_ratio - center).collect();
    let mut is_found = |effect: f64| {
        let mut draw = || centered[below(centered.len()).min(centered.len() - 1)] + effect;
        (0..GATES).filter(|_| finds(plan, cases, trials, margins, &mut draw)).count() >= FOUND
    };
    if !is_found(LARGEST) {
        return None;
    }
    let (mut missed, mut found) = (margins.change.max(1e-4).ln_1p(), LARGEST);
    for _ in 0..STEPS {
        let middle = (missed * found).sqrt();
        if is_found(middle) {
            found = middle;
        } else {
            missed = middle;
        }
    }
    ratio(found)
}

/// One gate, in which one case has trials and a verdict.
fn finds(
    plan: GatePlan,
    cases: usize,
    trials: usize,
    margins: Margins,
    draw: &mut impl FnMut() -> f64,
) -> bool {
    let mut gate = Gate::new(plan, &vec![margins; cases.max(1)]);
    let early = (trials as f64 * SHARE_OF_EXPLORING).ceil() as usize;
    for taken in 0..trials {
        if taken == early {
            gate.look_early(0);
        }
        if gate.wants(0).is_none() {
            break;
        }
        gate.add(0, draw());
    }
    gate.close();
    gate.decision(0).is_some_and(|decision| decision.verdict == Verdict::Regressed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG_RATIOS: [f64; 10] = [0.04, -0.03, 0.01, 0.02, -0.05, 0.03, -0.01, -0.02, 0.045, -0.035];

    fn found(cases: usize, trials: usize) -> Option<f64> {
        let mut state = 1_u64;
        let below = |n: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((state >> 33) as usize) % n
        };
        smallest_gate_ratio(GatePlan::default(), &LOG_RATIOS, cases, trials, Margins::default(), below)
    }

    #[test]
    fn more_trials_find_less_and_more_cases_need_more() {
        let usual = found(20, 60).unwrap();
        assert!(usual > 1.01);
        assert!(found(20, 240).unwrap() < usual);
        assert!(found(20_000, 60).unwrap() > usual);
    }

    #[test]
    fn too_few_trials_for_any_word_find_nothing() {
        assert_eq!(found(20, 5), None);
        let none = |log_ratios| {
            smallest_gate_ratio(GatePlan::default(), log_ratios, 20, 120, Margins::default(), |n| n / 2)
        };
        assert_eq!(none(&[]), None);
        assert_eq!(none(&[0.1]), None);
        assert_eq!(none(&[0.1, f64::NAN]), None);
    }
}
