//! What a gate could find on a machine, from noise that was measured there beforehand.

use crate::gate::GatePlan;
use crate::smallest_effect::smallest_detectable_ratio;

/// Of a case's trials, those that explore where a regression takes half as many again to confirm.
const EXPLORING: f64 = 2.0 / 3.0;
/// With which probability an effect is to be found.
const POWER: f64 = 0.8;

/// The smallest true slowdown, as a ratio above 1, that a gate of so many cases, with so many trials
/// of each, usually (in 4 of 5 gates) calls regressed; the smallest speed-up is its inverse.
///
/// `log_ratios` are trials of the same code against itself on the machine in question. They stand for
/// as many trials as the gate has, by coming again: the spread stays, the interval shrinks. Each look
/// that fits into the exploring trials gives an answer at what it may spend in the hardest step of
/// Holm's procedure, and the smallest counts. So it is on the safe side where other cases regress,
/// too, and where the union bound over looks is loose.
///
/// `None` where [`crate::smallest_detectable_ratio`] has none, and where the trials are too few for
/// any word.
pub fn smallest_gate_ratio(
    plan: GatePlan,
    log_ratios: &[f64],
    cases: usize,
    trials: usize,
    margin: f64,
) -> Option<f64> {
    let exploring = ((trials as f64 * EXPLORING) as usize).min(crate::MAXIMUM_TRIALS);
    let error = plan.error_of_a_claim(cases);
    let looks: Vec<usize> = plan.looks(cases).take_while(|look| *look <= exploring).collect();
    // What is open when time is up has one last look, at the price of the next.
    let last = (!looks.is_empty()).then_some(exploring);
    (looks.into_iter().chain(last).zip(1..))
        .filter_map(|(look, number)| {
            let as_many: Vec<f64> = log_ratios.iter().copied().cycle().take(look).collect();
            let confidence = 1.0 - 2.0 * error * crate::gate::share(number);
            smallest_detectable_ratio(&as_many, margin, confidence, POWER)
        })
        .reduce(f64::min)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG_RATIOS: [f64; 10] =
        [0.004, -0.003, 0.001, 0.002, -0.005, 0.003, -0.001, -0.002, 0.0045, -0.0035];

    fn found(cases: usize, trials: usize) -> Option<f64> {
        smallest_gate_ratio(GatePlan::default(), &LOG_RATIOS, cases, trials, 0.01)
    }

    #[test]
    fn more_trials_find_less_and_more_cases_need_more() {
        let usual = found(20, 120).unwrap();
        assert!(usual > 1.01);
        assert!(found(20, 480).unwrap() < usual);
        assert!(found(100, 120).unwrap() > usual);
    }

    #[test]
    fn too_few_trials_for_any_word_find_nothing() {
        assert_eq!(found(20, 5), None);
        assert_eq!(smallest_gate_ratio(GatePlan::default(), &[], 20, 120, 0.01), None);
    }
}
