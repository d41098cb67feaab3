//! A gate replayed on trials that were really taken, thousands of times, to count how often the
//! whole procedure (looks, stopping, correction, confirmation, time) is wrong.

use crate::gate::{Decision, Gate, GatePlan, SHARE_OF_EXPLORING};
use crate::verdict::Margins;

/// The trials of one case, and what they cost.
#[derive(Clone, Debug, PartialEq)]
pub struct Pool {
    /// One log ratio per trial.
    pub log_ratios: Vec<f64>,
    /// What a trial took, on average, in seconds.
    pub trial_s: f64,
    /// The case's margins.
    pub margins: Margins,
}

/// A gate that was replayed.
#[derive(Clone, Debug, PartialEq)]
pub struct Replay {
    /// What it said of each pool.
    pub decisions: Vec<Decision>,
    /// What its trials would have taken, in seconds.
    pub elapsed_s: f64,
}

/// Replays one gate: every case takes its trials in a random order of the pool's, **without
/// replacement**, so that any such gate has the error rates of a real one (the trials of a pool
/// are exchangeable), whatever the pool's own mean happens to be. It ends when every verdict
/// stands, when `budget_s` seconds of trials are used up, or where the pools are. As in a real gate,
/// a case has its early look when two thirds of the time, or of its pool, are used up, and from then on
/// confirmations come first.
///
/// `below(n)` gives a number from `0..n`, all equally likely.
pub fn replay(
    plan: GatePlan,
    pools: &[&Pool],
    budget_s: f64,
    mut below: impl FnMut(usize) -> usize,
) -> Replay {
    let margins: Vec<Margins> = pools.iter().map(|pool| pool.margins).collect();
    let mut gate = Gate::new(plan, &margins);
    let mut left: Vec<Vec<f64>> = pools.iter().map(|pool| pool.log_ratios.clone()).collect();
    let mut elapsed_s = 0.0;
    let mut early = vec![false; pools.len()];
    loop {
        for case in 0..pools.len() {
            let used = (pools[case].log_ratios.len() - left[case].len()) as f64;
            let of_pool = used >= pools[case].log_ratios.len() as f64 * SHARE_OF_EXPLORING;
            if !early[case] && (of_pool || elapsed_s >= budget_s * SHARE_OF_EXPLORING) {
                gate.look_early(case);
                early[case] = true;
            }
        }
        let open = |case: usize| gate.wants(case).is_some() && !left[case].is_empty();
        let trial_s = |case: usize| open(case).then_some(pools[case].trial_s);
        let in_time = gate.confirmations_in_time(trial_s, budget_s - elapsed_s);
        let due: Vec<usize> = if elapsed_s >= budget_s * SHARE_OF_EXPLORING && !in_time.is_empty() {
            in_time
        } else {
            let waits = |case: usize| gate.confirms(case) && !in_time.contains(&case);
            (0..pools.len()).filter(|case| open(*case) && !waits(*case)).collect()
        };
        if due.is_empty() || elapsed_s >= budget_s {
            break;
        }
        for case in due {
            if elapsed_s < budget_s {
                let next = below(left[case].len()).min(left[case].len() - 1);
                gate.add(case, left[case].swap_remove(next));
                elapsed_s += pools[case].trial_s;
            }
        }
    }
    gate.close();
    Replay { decisions: (0..pools.len()).filter_map(|case| gate.decision(case)).collect(), elapsed_s }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::Verdict;

    fn pool(center: f64) -> Pool {
        let log_ratios =
            (0..60).map(|index| center + 0.002 * f64::from((index * 37) % 61 - 30) / 30.0).collect();
        Pool { log_ratios, trial_s: 0.1, margins: Margins::default() }
    }

    #[test]
    fn a_clear_case_is_told_as_it_is_and_in_the_fewest_trials() {
        let (same, slow) = (pool(0.0), pool(0.05));
        let replay = replay(GatePlan::default(), &[&same, &slow], 100.0, |n| n / 2);
        assert_eq!(replay.decisions[0].verdict, Verdict::Equivalent);
        assert_eq!(replay.decisions[1].verdict, Verdict::Regressed);
        assert!(replay.decisions[0].trials.0 < 15, "{:?}", replay.decisions[0]);
    }

    #[test]
    fn without_time_there_is_no_verdict() {
        let replay = replay(GatePlan::default(), &[&pool(0.05)], 0.35, |_| 0);
        assert_eq!(replay.decisions[0].verdict, Verdict::Inconclusive);
        assert_eq!(replay.decisions[0].trials, (4, 0));
    }
}
