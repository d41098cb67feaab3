//! Counts of fresh processes of two arms: the word for them, and how many processes it takes.
//!
//! What one process repeats exactly can still be another number in the next (a hash map's keys, addresses). The
//! counts of a process are one observation, then, and of such observations nothing is known but their order: so
//! the tests are those of ranks, exact for any distribution.

use crate::{instructions::count_effect, verdict::Verdict};

/// What a word about counts rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CountBasis {
    /// Every process of a side counted what its first did.
    Repeated,
    /// Counts differ between processes; there were enough of them for the tests.
    Ranks,
    /// More processes are needed before a change may be called one.
    TooFew,
}

/// The word for the counts of two arms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountDecision {
    /// The word.
    pub verdict: Verdict,
    /// What it rests on.
    pub basis: CountBasis,
}

/// Words that a case could have wrongly, each of which gets its share of the error.
const WORDS: f64 = 3.0;
/// More processes than this add nothing; it bounds the work on whatever a record holds.
const MOST_PROCESSES: usize = 64;

/// The fewest processes of each side in which a complete separation by chance is improbable enough: `k` with
/// `C(2k, k) ≥ 3 · cases / family_error`, so that any wrong word at all comes in at most `family_error` of the
/// gates with `cases` cases (Bonferroni). 4, 7 and 8 for 1, 20 and 200 cases at 5 %.
///
/// 64 where the error is not above zero.
pub fn processes_needed(cases: usize, family_error: f64) -> usize {
    let level = level(cases, family_error);
    (2..MOST_PROCESSES).find(|k| separation_by_chance(*k, *k) <= level).unwrap_or(MOST_PROCESSES)
}

/// The word for the counts of two arms, one number a process, in a gate of `cases` cases.
///
/// Where every process of each side counted the same, their ratio is known: within the margin it is
/// *equivalent* at once. A change is called one only in [`processes_needed`] processes of each side, with every count
/// of one side beyond the margin from every one of the other. Counts that vary are *equivalent* where two rank-sum
/// tests (Mann and Whitney, exact, ties against the claim) show that the candidate, moved by the margin, is below
/// and above the baseline, each at `family_error / (3 · cases)`.
///
/// `None` where [`count_effect`] has none.
pub fn count_decision(
    baseline: &[f64],
    candidate: &[f64],
    margin: f64,
    cases: usize,
    family_error: f64,
) -> Option<CountDecision> {
    let first = |counts: &[f64]| counts[..counts.len().min(MOST_PROCESSES)].to_vec();
    let (baseline, candidate) = (first(baseline), first(candidate));
    let effect = count_effect(&baseline, &candidate)?;
    let beyond = 1.0 + margin;
    let repeated = effect.baseline_spread == 0.0 && effect.candidate_spread == 0.0;
    let decision = |verdict, basis| Some(CountDecision { verdict, basis });
    if repeated && effect.ratio >= 1.0 / beyond && effect.ratio <= beyond {
        return decision(Verdict::Equivalent, CountBasis::Repeated);
    }
    let level = level(cases, family_error);
    if separation_by_chance(baseline.len(), candidate.len()) > level {
        return decision(Verdict::Inconclusive, CountBasis::TooFew);
    }
    let basis = if repeated { CountBasis::Repeated } else { CountBasis::Ranks };
    if effect.low > beyond {
        return decision(Verdict::Regressed, basis);
    }
    if effect.high < 1.0 / beyond {
        return decision(Verdict::Improved, basis);
    }
    let moved = |counts: &[f64]| counts.iter().map(|count| count * beyond).collect::<Vec<_>>();
    let alike =
        below(&candidate, &moved(&baseline)) <= level && below(&baseline, &moved(&candidate)) <= level;
    decision(if alike { Verdict::Equivalent } else { Verdict::Inconclusive }, basis)
}

/// What each word of each case may err by.
fn level(cases: usize, family_error: f64) -> f64 {
    family_error / (WORDS * cases.max(1) as f64)
}

/// The probability that of `a + b` numbers in any order those of one given side come first: `1 / C(a + b, a)`.
fn separation_by_chance(a: usize, b: usize) -> f64 {
    (1..=a).map(|i| i as f64 / (b + i) as f64).product()
}

/// The one-sided p-value of the rank-sum test for *the numbers of `low` tend to be below those of `high`*.
/// A tie counts as if `low` were above.
fn below(low: &[f64], high: &[f64]) -> f64 {
    let above = low.iter().map(|one| high.iter().filter(|other| *one >= **other).count()).sum::<usize>();
    let ways = rank_sum_ways(low.len(), high.len());
    let all: f64 = ways.iter().sum();
    ways.iter().take(above + 1).sum::<f64>() / all
}

/// In how many orders of `a` and `b` numbers each count of pairs is the wrong way round (Mann and Whitney, 1947:
/// the last number is of one side or of the other).
fn rank_sum_ways(a: usize, b: usize) -> Vec<f64> {
    // `ways[n][u]` for `n` of the one side and as many of the other as were added so far.
    let mut ways: Vec<Vec<f64>> = vec![vec![1.0]; a + 1];
    for of_other in 1..=b {
        let mut next: Vec<Vec<f64>> = vec![vec![1.0]];
        for n in 1..=a {
            let mut row = vec![0.0; n * of_other + 1];
            // The largest is of the one side, and above all of the other; or it is of the other.
            for (u, count) in next[n - 1].iter().enumerate() {
                row[u + of_other] += count;
            }
            for (u, count) in ways[n].iter().enumerate() {
                row[u] += count;
            }
            next.push(row);
        }
        ways = next;
    }
    ways.pop().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARGIN: f64 = 0.005;

    fn word(baseline: &[f64], candidate: &[f64], cases: usize) -> (Verdict, CountBasis) {
        let found = count_decision(baseline, candidate, MARGIN, cases, 0.05).unwrap();
        (found.verdict, found.basis)
    }

    /// Numbers from 0 to 1, the same in every run (Knuth's linear congruential generator).
    fn uniform(state: &mut u64) -> f64 {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*state >> 11) as f64 / (1_u64 << 53) as f64
    }

    #[test]
    fn processes_are_as_many_as_the_gate_has_cases_for() {
        assert_eq!([1, 20, 200].map(|cases| processes_needed(cases, 0.05)), [4, 7, 8]);
        assert_eq!(processes_needed(0, 0.05), 4);
        assert_eq!([0.0, -1.0, f64::NAN].map(|error| processes_needed(3, error)), [MOST_PROCESSES; 3]);
        assert!((separation_by_chance(4, 4) - 1.0 / 70.0).abs() < 1e-12);
        assert!((separation_by_chance(2, 3) - 0.1).abs() < 1e-12);
    }

    #[test]
    fn rank_sums_are_as_in_the_tables() {
        // Mann and Whitney (1947), table I: P(U ≤ u) for n = m = 4, and for 3 and 4.
        let p = |a, b, u: usize| {
            let ways = rank_sum_ways(a, b);
            ways.iter().take(u + 1).sum::<f64>() / ways.iter().sum::<f64>()
        };
        for (u, expected) in [0.014, 0.029, 0.057, 0.100, 0.171].into_iter().enumerate() {
            assert!((p(4, 4, u) - expected).abs() < 6e-4, "{u}: {}", p(4, 4, u));
        }
        for (u, expected) in [0.028, 0.057, 0.114].into_iter().enumerate() {
            assert!((p(3, 4, u) - expected).abs() < 1e-3, "{u}: {}", p(3, 4, u));
        }
        assert!((below(&[1.0, 2.0], &[3.0, 4.0]) - 1.0 / 6.0).abs() < 1e-12);
        assert!((below(&[1.0, 3.0], &[3.0, 4.0]) - 2.0 / 6.0).abs() < 1e-12, "a tie is against the claim");
    }

    #[test]
    fn what_repeats_is_equivalent_at_once_and_a_change_needs_enough_processes() {
        let same = [1000.0; 2];
        assert_eq!(word(&same, &same, 200), (Verdict::Equivalent, CountBasis::Repeated));
        assert_eq!(word(&same, &[1005.0; 2], 1), (Verdict::Equivalent, CountBasis::Repeated));
        assert_eq!(word(&same, &[1006.0; 2], 1), (Verdict::Inconclusive, CountBasis::TooFew));
        assert_eq!(word(&[1000.0; 4], &[1006.0; 4], 1), (Verdict::Regressed, CountBasis::Repeated));
        assert_eq!(word(&[1006.0; 4], &[1000.0; 4], 1), (Verdict::Improved, CountBasis::Repeated));
        assert_eq!(word(&[1000.0; 4], &[1006.0; 4], 2), (Verdict::Inconclusive, CountBasis::TooFew));
        assert_eq!(word(&[1000.0; 2], &[1000.0, 1001.0], 1), (Verdict::Inconclusive, CountBasis::TooFew));
    }

    #[test]
    fn what_varies_is_told_by_all_counts_of_one_side() {
        let wide = [1000.0, 1010.0, 1020.0, 1030.0];
        let more = wide.map(|count| count * 1.05);
        assert_eq!(word(&wide, &more, 1), (Verdict::Regressed, CountBasis::Ranks));
        assert_eq!(word(&more, &wide, 1), (Verdict::Improved, CountBasis::Ranks));
        assert_eq!(word(&wide, &wide, 1), (Verdict::Inconclusive, CountBasis::Ranks));
        let narrow = [1000.0, 1001.0, 1002.0, 1003.0];
        assert_eq!(word(&narrow, &narrow, 1), (Verdict::Equivalent, CountBasis::Ranks));
        // One count that could be the margin's other side is too many of so few processes.
        assert_eq!(word(&narrow, &[1000.0, 1001.0, 1002.0, 1030.0], 1).0, Verdict::Inconclusive);
    }

    #[test]
    fn nothing_comes_of_no_counts_and_of_nonsense() {
        for wrong in [&[][..], &[0.0], &[1.0, f64::NAN], &[-1.0]] {
            assert_eq!(count_decision(wrong, &[1.0], MARGIN, 1, 0.05), None);
            assert_eq!(count_decision(&[1.0], wrong, MARGIN, 1, 0.05), None);
        }
        assert_eq!(word(&[1.0; 1000], &[2.0; 1000], 5).0, Verdict::Regressed, "and it ends");
    }

    /// Two sides of one distribution, in gates of 20 cases: a wrong word in at most 5 % of them.
    #[test]
    fn gates_of_counts_that_vary_are_wrong_as_rarely_as_they_say() {
        let processes = processes_needed(20, 0.05);
        let mut state = 7;
        for name in ["a bell of 3 %", "two values", "rare outliers", "uniform within twice the margin"] {
            let mut draw = || {
                let mut sum = |n: u32| (0..n).map(|_| uniform(&mut state)).sum::<f64>();
                1e6 * match name {
                    "a bell of 3 %" => 1.0 + 0.03 * (sum(12) - 6.0),
                    "two values" => 1.0 + 0.01 * f64::from(sum(1) < 0.5),
                    "rare outliers" => 1.0 + 0.2 * f64::from(sum(1) < 0.1),
                    _ => 1.0 + 2.0 * MARGIN * sum(1),
                }
            };
            let mut arm = || (0..processes).map(|_| draw()).collect::<Vec<_>>();
            let wrong = (0..2000).filter(|_| {
                (0..20).any(|_| {
                    let found = count_decision(&arm(), &arm(), MARGIN, 20, 0.05).unwrap();
                    matches!(found.verdict, Verdict::Regressed | Verdict::Improved)
                })
            });
            let wrong = wrong.count();
            assert!(wrong <= 100, "{name}: {wrong} of 2000 gates");
        }
    }

    /// A change of just the margin is no equivalence, in gates of 20 cases.
    #[test]
    fn what_differs_by_the_margin_is_rarely_called_equivalent() {
        let processes = processes_needed(20, 0.05);
        let mut state = 11;
        let mut arm = |scale: f64| {
            let one = |state: &mut u64| scale * (1.0 + 0.004 * uniform(state));
            (0..processes).map(|_| one(&mut state)).collect::<Vec<_>>()
        };
        let wrong = (0..2000).filter(|_| {
            (0..20).any(|_| {
                let found = count_decision(&arm(1e6), &arm(1e6 * (1.0 + MARGIN)), MARGIN, 20, 0.05).unwrap();
                found.verdict == Verdict::Equivalent
            })
        });
        let wrong = wrong.count();
        assert!(wrong <= 100, "{wrong} of 2000 gates");
    }
}
