//! Which cases of a gate have the time for a verdict. A trial may be slow for reasons that have
//! nothing to do with its case, so nothing is left out before several trials were taken, and then
//! by the quickest of them.

use std::time::Duration;

/// The number of trials whose quickest shows how long a case takes at least.
const ENOUGH_TO_TELL: u32 = 3;
/// Of the time so far, the share for cases that seem too slow, while others are open.
const SHARE_OF_SUSPECTS: f64 = 1.0 / 3.0;

/// How long the trials of one case take.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pace {
    /// Trials, those that were set aside among them.
    pub trials: u32,
    /// Trials that count.
    pub counted: u32,
    pub spent: Duration,
    quickest: Option<Duration>,
}

impl Pace {
    /// A trial was taken.
    pub fn add(&mut self, took: Duration, counts: bool) {
        self.trials += 1;
        self.counted += u32::from(counts);
        self.spent += took;
        self.quickest = Some(self.quickest.map_or(took, |quickest| quickest.min(took)));
    }

    pub fn quickest(&self) -> Duration {
        self.quickest.unwrap_or_default()
    }

    /// The least time until there are as many trials as a verdict needs.
    fn least(&self, needed: u32) -> Duration {
        self.quickest().saturating_mul(needed.saturating_sub(self.counted))
    }

    /// Whether even the quickest trial was too slow for the whole budget.
    pub fn is_too_slow(&self, needed: u32, budget: Duration) -> bool {
        self.quickest().saturating_mul(needed) > budget
    }

    /// Whether the few trials so far were too slow. One of them may have been slow by accident, so
    /// this only makes the case wait.
    pub fn is_suspect(&self, needed: u32, budget: Duration) -> bool {
        (1..ENOUGH_TO_TELL).contains(&self.trials) && self.is_too_slow(needed, budget)
    }

    /// Whether a suspect has had its share of the time.
    pub fn waits(&self, elapsed: Duration) -> bool {
        self.spent + self.quickest() > elapsed.mul_f64(SHARE_OF_SUSPECTS)
    }
}

/// Why a case is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeftOut {
    /// Even at its quickest it would not have enough trials in the time that is left.
    TooSlow,
    /// All cases together would not, and this one takes the most.
    ForOthers,
}

/// The open cases to leave out, so that the others can have a verdict in the time that is left:
/// those that are too slow by themselves, then the slowest until the rest fits. Cases with few
/// trials are not judged.
pub fn left_out(open: &[(usize, Pace)], needed: u32, left: Duration) -> Vec<(usize, LeftOut)> {
    let mut known: Vec<(usize, Duration)> = (open.iter())
        .filter(|(_, pace)| pace.trials >= ENOUGH_TO_TELL && pace.counted < needed)
        .map(|(case, pace)| (*case, pace.least(needed)))
        .collect();
    known.sort_by_key(|(_, least)| *least);
    let mut out = Vec::new();
    while let Some(&(case, least)) = known.last() {
        if least > left {
            out.push((case, LeftOut::TooSlow));
        } else if known.iter().map(|(_, least)| *least).sum::<Duration>() > left {
            out.push((case, LeftOut::ForOthers));
        } else {
            break;
        }
        known.pop();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace(millis: &[u64]) -> Pace {
        let mut pace = Pace::default();
        millis.iter().for_each(|took| pace.add(Duration::from_millis(*took), true));
        pace
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_single_slow_trial_leaves_nothing_out() {
        let slow_once = pace(&[5_000]);
        assert!(slow_once.is_suspect(10, seconds(6)));
        assert_eq!(left_out(&[(0, slow_once)], 10, seconds(1)), []);
        let slow_first = pace(&[5_000, 50, 60]);
        assert!(!slow_first.is_suspect(10, seconds(6)));
        assert_eq!(left_out(&[(0, slow_first)], 10, seconds(1)), []);
    }

    #[test]
    fn a_case_that_is_always_slow_is_left_out_and_not_the_others() {
        let open = [(0, pace(&[50, 60, 50])), (1, pace(&[900, 800, 1_000])), (2, pace(&[5_000]))];
        assert_eq!(left_out(&open, 10, seconds(3)), [(1, LeftOut::TooSlow)]);
    }

    #[test]
    fn the_slowest_make_room_until_the_rest_fits() {
        let open = [(0, pace(&[100; 3])), (1, pace(&[300; 3])), (2, pace(&[200; 3]))];
        // 0.7 s, 2.1 s and 1.4 s are left of each.
        assert_eq!(left_out(&open, 10, seconds(5)), []);
        assert_eq!(left_out(&open, 10, seconds(4)), [(1, LeftOut::ForOthers)]);
        assert_eq!(left_out(&open, 10, seconds(1)), [(1, LeftOut::TooSlow), (2, LeftOut::TooSlow)]);
    }

    #[test]
    fn a_case_with_enough_trials_has_its_verdict_to_come_and_stays() {
        assert_eq!(left_out(&[(0, pace(&[500; 10]))], 10, Duration::ZERO), []);
    }

    #[test]
    fn a_suspect_waits_until_the_others_have_had_most_of_the_time() {
        let suspect = pace(&[1_000]);
        assert!(suspect.waits(seconds(5)) && !suspect.waits(seconds(7)));
    }
}
