//! Where the centre of a few trials lies, and how surely: the one inference that every verdict
//! rests on.

use crate::quantile::{at_rank, finite, quantile_of_sorted, sorted};
use crate::signed_rank::{pairs, rank_with_tail};
use crate::student::{mean_and_deviation, upper_point};

/// More trials than this are refused: every pair of them is held, 67 MB at this many, and a trial
/// costs several processes, so no measurement comes near it.
pub const MAXIMUM_TRIALS: usize = 4096;

/// The centre of a distribution with its confidence interval, in the unit of the values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Location {
    /// Best estimate, within `low..=high`.
    pub center: f64,
    /// Lower bound: above the true centre with probability (1 - confidence) / 2.
    pub low: f64,
    /// Upper bound: below the true centre with the same probability.
    pub high: f64,
    /// What the bounds were made with.
    pub method: Method,
}

/// How an interval was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Hodges-Lehmann estimate with the signed-rank interval: assumes only symmetry.
    SignedRank,
    /// Mean with Student's interval, where ranks cannot reach the level: assumes normal values.
    Student,
}

/// The fewest trials whose ranks can reach this confidence: the smallest `n >= 2` with
/// `2 · 2⁻ⁿ <= 1 - confidence`, since the widest interval, from the lowest value to the highest,
/// misses only if all `n` lie on one side of the centre. 5 for 90 %, 6 for 95 %, 8 for 99 %.
///
/// `None` if `confidence` is not between 0 and 1, both excluded.
pub fn minimum_trials(confidence: f64) -> Option<usize> {
    let tail = tail(confidence)?;
    let mut trials = 2;
    let mut all_on_one_side = 0.25;
    while all_on_one_side > tail {
        trials += 1;
        all_on_one_side *= 0.5;
    }
    Some(trials)
}

/// Centre and confidence interval from one value per trial.
///
/// With at least [`minimum_trials`] the estimate of Hodges and Lehmann (1963), which is the median of the averages of
/// all pairs, each value with itself included: nearly as precise as the mean for normal values (95.5 %), far more for
/// values with tails, and unmoved by up to 29 % of outliers. The interval is that of the signed-rank test (Lehmann, *Nonparametric confidence intervals for a shift parameter*, Annals
/// of Mathematical Statistics 34, 1963): the pairwise averages at the rank from the bottom and
/// from the top that the null distribution gives, interpolated between neighbouring ones as in
/// Hettmansperger and Sheather (1986) so that the level is met closely, not overshot by a step.
/// The distribution is exact up to 60 trials and normal with continuity correction beyond. It
/// assumes only that values are symmetric around their centre, so tails do not matter. Log ratios
/// of exchangeable arms are symmetric by construction; of arms that differ, as far as what
/// disturbs one arm disturbs the other alike.
///
/// With fewer trials no rank reaches the level, and it is mean ± t · s / √n (Student 1908), which
/// assumes normal values; it is wide, and honest only as far as that holds. Values without any
/// spread then have no interval: two equal numbers are not evidence of certainty.
///
/// `None` for fewer than two values or more than [`MAXIMUM_TRIALS`], if a value is not finite, if
/// `confidence` is not between 0 and 1, or as said for equal values.
pub fn location(values: &[f64], confidence: f64) -> Option<Location> {
    let tail = tail(confidence)?;
    if values.len() < minimum_trials(confidence)? { student(values, tail) } else { signed_rank(values, tail) }
}

/// The share of errors on each side.
fn tail(confidence: f64) -> Option<f64> {
    (confidence > 0.0 && confidence < 1.0).then(|| (1.0 - confidence) / 2.0)
}

/// [`location`] by ranks.
fn signed_rank(values: &[f64], tail: f64) -> Option<Location> {
    let averages = sorted_pair_averages(values)?;
    let rank = rank_with_tail(values.len(), tail)?;
    let from_top = averages.len() as f64 + 1.0 - rank;
    Some(Location {
        center: quantile_of_sorted(&averages, 0.5)?,
        low: at_rank(&averages, rank)?,
        high: at_rank(&averages, from_top)?,
        method: Method::SignedRank,
    })
}

/// [`location`] by normal theory.
fn student(values: &[f64], tail: f64) -> Option<Location> {
    let (center, deviation) = mean_and_deviation(values)?;
    if deviation == 0.0 {
        return None;
    }
    let reach = upper_point(values.len() - 1, tail)? * deviation / (values.len() as f64).sqrt();
    Some(Location {
        center,
        low: finite(center - reach)?,
        high: finite(center + reach)?,
        method: Method::Student,
    })
}

/// The averages of all pairs (Walsh averages), each value with itself included, ascending.
fn sorted_pair_averages(values: &[f64]) -> Option<Vec<f64>> {
    if values.len() > MAXIMUM_TRIALS {
        return None;
    }
    let values = sorted(values)?;
    let mut averages = Vec::with_capacity(pairs(values.len()));
    for (index, first) in values.iter().enumerate() {
        // Halved before they are added: the sum of two finite values need not be finite.
        averages.extend(values[index..].iter().map(|second| 0.5 * first + 0.5 * second));
    }
    averages.sort_unstable_by(f64::total_cmp);
    Some(averages)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fewest_trials_are_those_of_the_table() {
        let known = [(0.5, 2), (0.9, 5), (0.95, 6), (0.99, 8), (0.999, 11), (0.01, 2)];
        for (confidence, trials) in known {
            assert_eq!(minimum_trials(confidence), Some(trials), "{confidence}");
        }
        for confidence in [0.0, 1.0, -0.5, 1.5, f64::NAN, f64::INFINITY] {
            assert_eq!(minimum_trials(confidence), None);
            assert_eq!(location(&[1.0, 2.0, 3.0], confidence), None);
        }
    }

    #[test]
    fn the_estimate_is_the_median_of_pairwise_averages() {
        let values = [6.0, 1.0, 2.0, 4.0, 9.0, 3.0, 5.0, 8.0];
        let mut averages: Vec<f64> = (0..values.len())
            .flat_map(|i| (i..values.len()).map(move |j| (values[i] + values[j]) / 2.0))
            .collect();
        averages.sort_by(f64::total_cmp);
        let middle = f64::midpoint(averages[17], averages[18]);
        assert_eq!(location(&values, 0.9).unwrap().center, middle);
    }

    #[test]
    fn bounds_at_a_level_of_the_table_are_whole_averages() {
        // P(W <= 8) = 25/1024 for 10 trials, so at that error the 9th average from each end.
        let values = [1.1, 2.3, 2.9, 4.2, 5.8, 7.1, 7.7, 9.3, 10.6, 13.9];
        let found = location(&values, 1.0 - 50.0 / 1024.0).unwrap();
        let averages = sorted_pair_averages(&values).unwrap();
        assert_eq!(found.method, Method::SignedRank);
        assert!((found.low - averages[8]).abs() < 1e-9);
        assert!((found.high - averages[averages.len() - 9]).abs() < 1e-9);
    }

    #[test]
    fn a_higher_confidence_is_never_narrower() {
        let values = [0.3, -1.2, 2.2, 0.9, 1.4, -0.1, 0.7, 3.1, 0.2, -0.6];
        let mut width = 0.0;
        for step in 1..99 {
            let found = location(&values, f64::from(step) / 100.0).unwrap();
            assert!(found.low <= found.center && found.center <= found.high);
            assert!(found.high - found.low >= width);
            width = found.high - found.low;
        }
    }

    #[test]
    fn few_trials_fall_back_on_student() {
        // t.test(c(1, 2, 4)): mean 2.333, s 1.5275, t 4.3027.
        let found = location(&[1.0, 2.0, 4.0], 0.95).unwrap();
        assert_eq!(found.method, Method::Student);
        assert!((found.low - -1.461_251).abs() < 1e-5);
        assert!((found.high - 6.127_918).abs() < 1e-5);
        assert_eq!(location(&[1.0, 2.0, 3.0, 4.0, 5.0], 0.9).unwrap().method, Method::SignedRank);
    }

    #[test]
    fn equal_trials_are_certain_only_where_ranks_say_so() {
        for trials in 2..6 {
            assert_eq!(location(&vec![0.1; trials], 0.95), None);
        }
        let found = location(&[0.1; 6], 0.95).unwrap();
        assert_eq!((found.low, found.center, found.high), (0.1, 0.1, 0.1));
    }

    #[test]
    fn what_is_not_a_set_of_trials_has_no_location() {
        assert_eq!(location(&[], 0.95), None);
        assert_eq!(location(&[1.0], 0.95), None);
        assert_eq!(location(&[1.0], 0.01), None);
        for wrong in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(location(&[1.0, wrong], 0.95), None);
            assert_eq!(location(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, wrong], 0.95), None);
        }
        assert_eq!(location(&[f64::MAX, -f64::MAX], 0.95), None);
        assert!(location(&[f64::MAX; 7], 0.95).is_some());
    }
}
