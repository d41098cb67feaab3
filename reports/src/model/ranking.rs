//! Variants of one data set by speed.

use std::collections::HashMap;

use duel_record::{Allocator, Arm, CaseId, Factor};
use duel_stats::Verdict;

use super::{CaseModel, ComparisonModel, Estimate, Throughput, axes::VariantRow};
use crate::number;

/// What failed or can't run is listed with each ranking up to this number; the report has all of it once.
const MOST_TROUBLES: usize = 200;

/// The variants of one data set, fastest first.
#[derive(Clone, Debug)]
pub struct Ranking {
    /// The name of the family whose variants are ranked.
    pub family: String,
    /// The recipe of the data set.
    pub workload: String,
    /// The size's name.
    pub size: String,
    /// The reference that ratios are against: artifact and case.
    pub reference: Arm,
    /// Trials it rests on.
    pub trials: u32,
    /// The variants, fastest first; those without a ratio last.
    pub entries: Vec<RankingEntry>,
    /// Cases that failed on this data set, and why.
    pub failed: Vec<(CaseId, String)>,
    /// Variants that can't run here, and why.
    pub unavailable: Vec<(String, String)>,
}

/// One variant in a ranking.
#[derive(Clone, Debug)]
pub struct RankingEntry {
    /// The variant, with its threads where it is parallel.
    pub label: String,
    /// The variant on this data set, with its allocator.
    pub case: CaseId,
    /// Whether it is what the others are divided by.
    pub reference: bool,
    /// Its ratio; `None` for the reference and where no trial has both arms.
    pub estimate: Option<Estimate>,
    /// Median time of one iteration.
    pub ns_per_iter_median: Option<f64>,
    /// What its work and time come to a second.
    pub throughput: Throughput,
    /// Rounds in which it is missing.
    pub trials_missing: u32,
    /// Whether it or the reference takes less than a nanosecond, so that there is no ratio.
    pub too_short: bool,
}

impl RankingEntry {
    /// Ratio for sorting: the reference is 1, the unknown last.
    fn order(&self) -> f64 {
        match (self.reference, self.estimate) {
            (true, _) => 1.0,
            (false, Some(estimate)) => estimate.ratio,
            (false, None) => f64::INFINITY,
        }
    }

    /// `1.92x faster than scalar`, or what else is to be said.
    pub fn words(&self, reference: &str) -> String {
        match self.estimate {
            _ if self.reference => "reference".to_owned(),
            None if self.too_short => {
                "not compared: an iteration of one of the two takes less than 1 ns, as an empty loop does"
                    .to_owned()
            }
            None => "not compared".to_owned(),
            Some(estimate) => {
                let speed = match number::speed(estimate.ratio).as_str() {
                    "the same" => format!("the same as {reference}"),
                    speed => format!("{speed} than {reference}"),
                };
                match estimate.verdict {
                    Verdict::Inconclusive => format!("{speed} (unsure)"),
                    Verdict::Improved | Verdict::Regressed | Verdict::Equivalent => speed,
                }
            }
        }
    }
}

/// One ranking per comparison of variants.
pub(super) fn rankings(
    comparisons: &[&ComparisonModel],
    cases: &[&CaseModel],
    variants: &[VariantRow],
) -> Vec<Ranking> {
    let by_id: HashMap<&CaseId, &CaseModel> = cases.iter().map(|case| (&case.id, *case)).collect();
    let mut failed: HashMap<Set, Vec<(CaseId, String)>> = HashMap::new();
    for case in cases {
        if let Some(failure) = case.failures.first() {
            let failure = (failure.arm.case.clone(), failure.reason.clone());
            failed.entry(set(&case.id)).or_default().push(failure);
        }
    }
    let unavailable: Vec<(String, String)> = variants
        .iter()
        .filter_map(|v| Some((v.label.clone(), v.unavailable.clone()?)))
        .take(MOST_TROUBLES)
        .collect();
    comparisons
        .iter()
        .filter(|c| c.factor == Factor::Variant)
        .map(|comparison| {
            let failed = failed.get(&set(&comparison.baseline.arm.case)).map_or(&[][..], Vec::as_slice);
            Ranking {
                failed: failed.iter().take(MOST_TROUBLES).cloned().collect(),
                unavailable: unavailable.clone(),
                ..ranking(comparison, &by_id)
            }
        })
        .collect()
}

/// A data set with the allocator that it was measured with.
type Set<'a> = (&'a str, &'a str, Allocator);

fn set(case: &CaseId) -> Set<'_> {
    (&case.workload, &case.size, case.allocator)
}

/// The ranking without what failed or can't run.
fn ranking(comparison: &ComparisonModel, cases: &HashMap<&CaseId, &CaseModel>) -> Ranking {
    let arm = &comparison.baseline.arm;
    let sides = std::iter::once((&comparison.baseline, None))
        .chain(comparison.candidates.iter().map(|c| (&c.side, Some(c))));
    let mut entries: Vec<RankingEntry> = sides
        .map(|(side, candidate)| {
            let work = cases.get(&side.arm.case).map(|c| c.work);
            let ns_per_iter_median = side.ns_per_iter_median();
            RankingEntry {
                label: side.level.clone(),
                case: side.arm.case.clone(),
                reference: candidate.is_none(),
                too_short: candidate.is_some_and(|candidate| candidate.too_short),
                estimate: candidate.and_then(|c| c.estimate),
                ns_per_iter_median,
                throughput: work
                    .zip(ns_per_iter_median)
                    .map_or_else(Throughput::default, |(work, ns_per_iter)| {
                        Throughput::new(work, ns_per_iter)
                    }),
                trials_missing: candidate.map_or(0, |c| c.trials_missing),
            }
        })
        .collect();
    entries.sort_by(|a, b| a.order().total_cmp(&b.order()));
    Ranking {
        family: arm.case.family.clone(),
        workload: arm.case.workload.clone(),
        size: arm.case.size.clone(),
        reference: arm.clone(),
        trials: comparison.trials,
        entries,
        failed: Vec::new(),
        unavailable: Vec::new(),
    }
}
