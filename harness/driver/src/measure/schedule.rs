//! How long a sample is and how many turns a trial has: numbers from numbers.

use std::time::Duration;

use crate::duration::nanoseconds;

/// A trial has at least so much time per arm, or this many turns, whichever is less.
const LEAST_PER_ARM: Duration = Duration::from_millis(150);
const FEWEST_TURNS: u64 = 3;
/// The most turns of a trial.
const MOST_TURNS: u64 = 400;
/// A kernel slower than this runs no untimed iteration before a sample: what the other arm
/// evicted is loaded again within the first thousandth of the iteration.
const TOO_SLOW_TO_WARM: Duration = Duration::from_millis(10);

/// What a calibration found.
#[derive(Clone, Copy, Debug)]
pub struct Iterations {
    /// Iterations of a batch.
    pub iters: u64,
    /// What one takes; 0 where that is not known yet.
    pub ns_per_iter: f64,
}

/// How one arm's samples are taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SamplePlan {
    /// Iterations before the clock.
    pub warm_iters: u64,
    /// Iterations under the clock.
    pub run_iters: u64,
    /// Iterations that are reported: fewer than are run where a slowdown is injected.
    pub reported_iters: u64,
    ns_per_iter: f64,
}

/// How the samples of each arm are taken, each arm slowed by its factor (1 is as it is).
pub fn sample_plans(iterations: &[Iterations], slowdowns: &[f64]) -> Vec<SamplePlan> {
    let slow_ns = nanoseconds(TOO_SLOW_TO_WARM) as f64;
    let steps = slowdowns.iter().map(|slowdown| (whole_step(*slowdown), fewest_for(*slowdown)));
    let (step, fewest) = steps.max().unwrap_or((1, 1));
    (iterations.iter().zip(alike(iterations)).zip(slowdowns))
        .map(|((found, iters), slowdown)| {
            // In all arms alike, so many that every factor makes whole iterations; where those
            // would be a long sample, as few as make one more (what was put in is recorded).
            let reported_iters = if iters < step { iters.max(fewest) } else { iters.next_multiple_of(step) };
            SamplePlan {
                warm_iters: if found.ns_per_iter > slow_ns { 0 } else { (iters / 4).max(1) },
                run_iters: (reported_iters as f64 * slowdown).round() as u64,
                reported_iters,
                ns_per_iter: found.ns_per_iter,
            }
        })
        .collect()
}

/// The fewest iterations of which a slowdown makes one more.
fn fewest_for(slowdown: f64) -> u64 {
    if slowdown > 1.0 { (1.0 / (slowdown - 1.0)).ceil() as u64 } else { 1 }
}

/// The fewest iterations of which a factor makes a whole number, but for a thousandth of the
/// slowdown; 100 where no smaller number does.
fn whole_step(slowdown: f64) -> u64 {
    let excess = (slowdown - 1.0).abs();
    let misses = |iters: &u64| {
        let extra = *iters as f64 * excess;
        (extra - extra.round()).abs() > 0.001 * extra || extra.round() == 0.0
    };
    if excess == 0.0 { 1 } else { (1..100).find(|iters| !misses(iters)).unwrap_or(100) }
}

/// How many turns fill the time of a trial, in which each arm has `arm_per_trial`.
pub fn turns(plans: &[SamplePlan], arm_per_trial: Duration) -> u64 {
    let trial_ns = nanoseconds(arm_per_trial) as f64 * plans.len() as f64;
    let slowest_ns = plans.iter().map(|plan| plan.run_iters as f64 * plan.ns_per_iter).fold(1.0, f64::max);
    let fewest = (nanoseconds(LEAST_PER_ARM) as f64 / slowest_ns).ceil() as u64;
    ((trial_ns / turn_ns(plans).max(1.0)) as u64).clamp(fewest.clamp(1, FEWEST_TURNS), MOST_TURNS)
}

/// How long all turns of a trial take.
pub fn time(plans: &[SamplePlan], arm_per_trial: Duration) -> Duration {
    Duration::from_nanos((turns(plans, arm_per_trial) as f64 * turn_ns(plans)) as u64)
}

/// What one sample of every arm takes.
fn turn_ns(plans: &[SamplePlan]) -> f64 {
    plans.iter().map(|plan| (plan.warm_iters + plan.run_iters) as f64 * plan.ns_per_iter).sum()
}

/// Arms whose calibrations differ by less than a half get the same number of iterations, so
/// that two builds of one kernel are treated exactly alike.
fn alike(iterations: &[Iterations]) -> Vec<u64> {
    let Some(first) = iterations.first() else { return Vec::new() };
    iterations
        .iter()
        .map(|own| {
            let near = own.iters * 2 <= first.iters * 3 && first.iters * 2 <= own.iters * 3;
            if near { first.iters } else { own.iters }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(iters: u64, ns_per_iter: f64) -> Iterations {
        Iterations { iters, ns_per_iter }
    }

    #[test]
    fn near_calibrations_are_made_alike_and_far_ones_are_not() {
        let all = [1000, 1100, 700, 500, 4000].map(|iters| found(iters, 1.0));
        assert_eq!(alike(&all), [1000, 1000, 1000, 500, 4000]);
    }

    #[test]
    fn an_injected_slowdown_runs_more_iterations_than_it_reports() {
        let plans = sample_plans(&[found(1000, 400.0), found(1000, 400.0)], &[1.0, 1.03]);
        assert_eq!((plans[0].run_iters, plans[0].reported_iters), (1000, 1000));
        assert_eq!((plans[1].run_iters, plans[1].reported_iters), (1030, 1000));
    }

    #[test]
    fn a_slow_kernel_runs_enough_iterations_for_an_injected_slowdown_to_show() {
        let plans = sample_plans(&[found(1, 1e6), found(1, 1e6)], &[1.0, 1.05]);
        assert_eq!((plans[0].run_iters, plans[1].reported_iters, plans[1].run_iters), (20, 20, 21));
    }

    #[test]
    fn a_slowdown_takes_as_many_iterations_as_make_it_exact() {
        let steps = [1.0, 1.01, 1.02, 1.03, 1.05, 1.1, 2.0, 0.95].map(whole_step);
        assert_eq!(steps, [1, 100, 50, 100, 20, 10, 1, 20]);
        let plans = sample_plans(&[found(34, 1e4), found(34, 1e4)], &[1.0, 1.03]);
        assert_eq!((plans[1].reported_iters, plans[1].run_iters), (34, 35), "not three times as long");
        let plans = sample_plans(&[found(150, 3e3), found(150, 3e3)], &[1.0, 1.03]);
        assert_eq!((plans[1].reported_iters, plans[1].run_iters), (200, 206));
    }

    #[test]
    fn quick_kernels_fill_the_time_of_a_trial_and_slow_ones_have_few_turns() {
        let arm = Duration::from_millis(50);
        let quick = sample_plans(&[found(1000, 400.0), found(1000, 400.0)], &[1.0, 1.0]);
        assert_eq!(turns(&quick, arm), 100);
        assert_eq!(time(&quick, arm), 2 * arm);
        let slow = sample_plans(&[found(1, 100e6)], &[1.0]);
        assert_eq!(turns(&slow, arm), 2);
        let slowest = sample_plans(&[found(1, 2e9)], &[1.0]);
        assert_eq!((turns(&slowest, arm), slowest[0].warm_iters), (1, 0));
        let with_control = sample_plans(&[found(1, 1e9); 3], &[1.0, 1.0, 1.05]);
        assert_eq!(time(&with_control, arm), Duration::from_secs(61));
    }
}
