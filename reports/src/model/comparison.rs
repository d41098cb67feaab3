//! From trials to ratios: who was compared with whom, and what came out.
//!
//! Trials belong together when they share factor and baseline arm: the first arm of each. The
//! trial is the unit of replication, so every candidate gets one log ratio per trial.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::OnceLock,
};

use duel_record::{Arm, CaseId, Factor, IdenticalCase, Line, Pressure, Purpose, Recording, Trial, TrialArm};
use duel_stats::{Margins, Verdict, median};

use super::{PressureSummary, sides};

/// One baseline and everything that took turns with it.
#[derive(Clone, Debug)]
pub struct ComparisonModel {
    /// What differs between the baseline and each candidate.
    pub factor: Factor,
    /// The side that the others are divided by.
    pub baseline: ComparedSide,
    /// The other sides, in the order of their first trial.
    pub candidates: Vec<Candidate>,
    /// Rounds that were recorded.
    pub trials: u32,
    /// How busy the machine was.
    pub pressure: PressureSummary,
    /// The cores that arms were pinned to; empty where none was.
    pub cores: Vec<u32>,
}

/// One side of a comparison.
#[derive(Clone, Debug)]
pub struct ComparedSide {
    /// Artifact and case.
    pub arm: Arm,
    /// Its level of the factor: a variant's or allocator's name, `2 threads`, a revision.
    pub level: String,
    /// Median time of one iteration in each trial.
    pub trial_medians: Vec<f64>,
    /// Every sample of every trial, per iteration.
    pub ns_per_iter: Vec<f64>,
    ns_per_iter_median: Option<f64>,
    spread: OnceLock<Option<Spread>>,
}

/// How a side's samples are spread.
#[derive(Clone, Debug)]
pub(crate) struct Spread {
    /// Density by time, as points of a curve.
    pub curve: Vec<(f64, f64)>,
    /// 5 %, 25 %, 50 %, 75 %, 95 %.
    pub marks: [f64; 5],
}

/// Confidence of every interval: the share of them that cover the true ratio.
pub const CONFIDENCE: f64 = 0.95;

/// Points of a curve.
const POINTS: usize = 72;
/// More samples draw the same curve, only slower.
const MOST_SAMPLES: usize = 3000;

/// A side that is divided by the baseline.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The candidate's arm and its times.
    pub side: ComparedSide,
    /// Logarithm of candidate over baseline, one per trial.
    pub log_ratios: Vec<f64>,
    /// What they come to; `None` where no trial has both arms.
    pub estimate: Option<Estimate>,
    /// Rounds of the comparison in which this arm is missing.
    pub trials_missing: u32,
    /// What the instruments say of the ratio.
    pub cause: Option<Cause>,
    /// Why it was not measured, where both sides are the same executable and made the same data.
    pub identical: Option<String>,
    /// Whether one of the two takes less than a nanosecond, so that there is no ratio.
    pub too_short: bool,
}

/// What the instruments say of a ratio.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// What the time did, and what changed with it.
    pub sentence: String,
    /// Where the findings don't fit together; `None` if they do.
    pub contradiction: Option<String>,
}

/// A ratio and what may be said of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// Candidate over baseline: above 1 is slower.
    pub ratio: f64,
    /// Its confidence interval; `None` under two trials.
    pub interval: Option<(f64, f64)>,
    /// What the interval says against the margins; a gate puts its own verdict here.
    pub verdict: Verdict,
    /// Trials it rests on.
    pub trials: u32,
}

impl ComparedSide {
    /// Median over trials of the trials' medians.
    pub fn ns_per_iter_median(&self) -> Option<f64> {
        self.ns_per_iter_median
    }

    /// How its samples are spread; computed once, since a baseline is drawn with each of its candidates.
    pub(crate) fn spread(&self) -> Option<&Spread> {
        let spread = || {
            let marks = duel_stats::quantiles(&self.ns_per_iter, &[0.05, 0.25, 0.5, 0.75, 0.95])?;
            let step = self.ns_per_iter.len().div_ceil(MOST_SAMPLES).max(1);
            let samples: Vec<f64> = self.ns_per_iter.iter().copied().step_by(step).collect();
            let curve = duel_stats::density(&samples, POINTS);
            Some(Spread { curve, marks: marks.try_into().ok()? })
        };
        self.spread.get_or_init(spread).as_ref()
    }
}

impl Estimate {
    /// The estimate from one log ratio per trial.
    pub fn new(log_ratios: &[f64]) -> Option<Self> {
        let trials = u32::try_from(log_ratios.len()).unwrap_or(u32::MAX);
        if let Some(effect) = duel_stats::effect(log_ratios, CONFIDENCE)
            && effect.low.is_finite()
            && effect.high.is_finite()
        {
            return Some(Self {
                ratio: effect.ratio,
                interval: Some((effect.low, effect.high)),
                verdict: duel_stats::verdict(&effect, &Margins::default()),
                trials,
            });
        }
        let ratio = median(log_ratios)?.exp();
        Some(Self { ratio, interval: None, verdict: Verdict::Inconclusive, trials })
    }
}

/// An iteration that is shorter is the loop round the kernel, a few cycles, and no work.
pub(super) const EMPTY_LOOP_NS: f64 = 1.0;

/// Whether a time is so short that a ratio to it says nothing of the kernels.
fn is_too_short(baseline_ns: Option<f64>, candidate_ns: Option<f64>) -> bool {
    baseline_ns.into_iter().chain(candidate_ns).any(|ns| ns < EMPTY_LOOP_NS)
}

/// All comparisons of a record.
pub(super) fn comparisons(recording: &Recording) -> Vec<ComparisonModel> {
    let mut groups: Vec<(Factor, &Arm, Vec<&Trial>)> = Vec::new();
    let mut places: HashMap<(Factor, &Arm), usize> = HashMap::new();
    for line in &recording.lines {
        let Line::Trial(trial) = line else { continue };
        if trial.purpose == Purpose::Control || trial.set_aside.is_some() {
            continue;
        }
        let Some(baseline) = trial.arms.first() else {
            continue;
        };
        let place = *places.entry((trial.factor, &baseline.arm)).or_insert(groups.len());
        match groups.get_mut(place) {
            Some((_, _, trials)) => trials.push(trial),
            None => groups.push((trial.factor, &baseline.arm, vec![trial])),
        }
    }
    let artifacts = &recording.started.artifacts;
    let mut comparisons: Vec<ComparisonModel> =
        groups.into_iter().map(|(factor, arm, trials)| comparison(factor, arm, &trials)).collect();
    let by_artifact = comparisons.iter().filter(|comparison| comparison.factor == Factor::Artifact);
    let mut measured: HashSet<Arm> = by_artifact.map(|comparison| comparison.baseline.arm.clone()).collect();
    for (case, why) in sides::identical(&recording.lines, artifacts) {
        if measured.insert(case.baseline.clone()) {
            comparisons.push(identical(case, why));
        }
    }
    comparisons
}

/// The comparisons in which each case takes part, in their order, each once.
pub(super) fn comparisons_of_cases(comparisons: &[ComparisonModel]) -> HashMap<CaseId, Vec<usize>> {
    let mut of_case: HashMap<CaseId, Vec<usize>> = HashMap::new();
    for (at, comparison) in comparisons.iter().enumerate() {
        let sides = comparison.candidates.iter().map(|candidate| &candidate.side);
        for side in std::iter::once(&comparison.baseline).chain(sides) {
            let known = of_case.entry(side.arm.case.clone()).or_default();
            if known.last() != Some(&at) {
                known.push(at);
            }
        }
    }
    of_case
}

/// A comparison that took no trials, since both of its sides are the same.
fn identical(case: &IdenticalCase, why: String) -> ComparisonModel {
    let candidate = Candidate::new(Factor::Artifact, &case.candidate);
    ComparisonModel {
        factor: Factor::Artifact,
        baseline: ComparedSide::new(Factor::Artifact, &case.baseline),
        candidates: vec![Candidate { identical: Some(why), ..candidate }],
        trials: 0,
        pressure: PressureSummary::default(),
        cores: Vec::new(),
    }
}

fn comparison(factor: Factor, arm: &Arm, trials: &[&Trial]) -> ComparisonModel {
    let mut baseline = ComparedSide::new(factor, arm);
    let mut candidates: Vec<(Candidate, BTreeSet<u32>)> = Vec::new();
    let mut places: HashMap<&Arm, usize> = HashMap::new();
    let mut rounds = BTreeSet::new();
    for trial in trials {
        let Some((first, others)) = trial.arms.split_first() else {
            continue;
        };
        rounds.insert(trial.index);
        let baseline_ns = baseline.add(first);
        for other in others {
            let position = *places.entry(&other.arm).or_insert_with(|| {
                candidates.push((Candidate::new(factor, &other.arm), BTreeSet::new()));
                candidates.len() - 1
            });
            let (candidate, present) = &mut candidates[position];
            let candidate_ns = candidate.side.add(other);
            if let Some(ratio) = duel_stats::trial_log_ratio(&baseline_ns, &candidate_ns) {
                candidate.log_ratios.push(ratio);
                present.insert(trial.index);
            }
        }
    }
    let sides = candidates.iter_mut().map(|(candidate, _)| &mut candidate.side);
    for side in std::iter::once(&mut baseline).chain(sides) {
        side.ns_per_iter_median = median(&side.trial_medians);
    }
    let pressures: Vec<Pressure> = trials.iter().map(|trial| trial.pressure).collect();
    let baseline_ns = baseline.ns_per_iter_median();
    let cores: BTreeSet<u32> =
        trials.iter().flat_map(|trial| &trial.arms).filter_map(|arm| arm.core).collect();
    ComparisonModel {
        factor,
        baseline,
        candidates: candidates
            .into_iter()
            .map(|(mut candidate, present)| {
                candidate.too_short = is_too_short(baseline_ns, candidate.side.ns_per_iter_median());
                if !candidate.too_short {
                    candidate.estimate = Estimate::new(&candidate.log_ratios);
                }
                candidate.trials_missing = number(rounds.len() - present.len());
                candidate
            })
            .collect(),
        trials: number(rounds.len()),
        pressure: PressureSummary::new(&pressures),
        cores: cores.into_iter().collect(),
    }
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

impl Candidate {
    fn new(factor: Factor, arm: &Arm) -> Self {
        let side = ComparedSide::new(factor, arm);
        Self {
            side,
            log_ratios: Vec::new(),
            estimate: None,
            trials_missing: 0,
            cause: None,
            identical: None,
            too_short: false,
        }
    }
}

impl ComparedSide {
    fn new(factor: Factor, arm: &Arm) -> Self {
        let level = level(factor, arm);
        Self {
            arm: arm.clone(),
            level,
            trial_medians: Vec::new(),
            ns_per_iter: Vec::new(),
            ns_per_iter_median: None,
            spread: OnceLock::new(),
        }
    }

    /// Takes in the samples of one trial and gives them back per iteration.
    fn add(&mut self, arm: &TrialArm) -> Vec<f64> {
        let ns = arm.ns_per_iter();
        self.trial_medians.extend(median(&ns));
        self.ns_per_iter.extend(&ns);
        ns
    }
}

/// What an arm is called where only the factor differs.
pub(super) fn level(factor: Factor, arm: &Arm) -> String {
    match factor {
        Factor::Variant => variant_label(&arm.case),
        Factor::Allocator => arm.case.allocator.to_string(),
        Factor::Threads => threads_label(arm.case.threads.unwrap_or(1)),
        Factor::Artifact => arm.artifact.clone(),
    }
}

/// A variant's name, with its number of threads where it is parallel.
pub(super) fn variant_label(case: &CaseId) -> String {
    match case.threads {
        Some(threads) => format!("{}, {}", case.variant, threads_label(threads)),
        None => case.variant.clone(),
    }
}

fn threads_label(threads: u32) -> String {
    crate::number::plural(threads as usize, "thread")
}

#[cfg(test)]
mod tests {
    use super::is_too_short;

    #[test]
    fn a_ratio_to_less_than_a_nanosecond_is_none() {
        for (baseline_ns, candidate_ns, expected) in [
            (Some(0.8), Some(2.4), true),
            (Some(2.4), Some(0.8), true),
            (Some(0.999), Some(1e9), true),
            (Some(0.0), Some(0.0), true),
            (Some(1.0), Some(1.0), false),
            (Some(1.0), Some(1e9), false),
            // Nothing is known of a side without trials.
            (None, Some(5.0), false),
            (None, None, false),
        ] {
            assert_eq!(is_too_short(baseline_ns, candidate_ns), expected, "{baseline_ns:?} {candidate_ns:?}");
        }
    }
}
