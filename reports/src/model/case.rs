//! Everything that the instruments found about one case.

use std::collections::{BTreeMap, HashMap};

use duel_record::{CaseId, Factor, Failure, Line, Missing, Outcome, Recording, protocol::Work};

use super::{
    ComparisonModel,
    arm::{ArmModel, InstructionModel},
    comparison::comparisons_of_cases,
    listing,
};

/// A case that the record names, with all that was found of it.
#[derive(Clone, Debug)]
pub struct CaseModel {
    /// Family, workload, size, variant, allocator and threads.
    pub id: CaseId,
    /// Whether its output agreed with the reference's; `None` where it was not verified.
    pub right: Option<bool>,
    /// Content hash of its data set.
    pub data_hash: Option<String>,
    /// What one iteration moves and computes.
    pub work: Work,
    /// Time of one iteration.
    pub time: Option<CaseTime>,
    /// What that time and the work come to.
    pub throughput: Throughput,
    /// What the instruments found of it in each build, in the order of the record.
    pub arms: Vec<ArmModel>,
    /// What went wrong.
    pub failures: Vec<Failure>,
    /// What can't be had of it.
    pub missing: Vec<Missing>,
    /// Where each artifact's arm is.
    places: HashMap<String, usize>,
}

/// Time of one iteration and where it is from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CaseTime {
    /// In nanoseconds; see `source` for what it is the median of.
    pub ns_per_iter_median: f64,
    /// What the median is taken over.
    pub source: TimeSource,
}

/// What a time is the median of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeSource {
    /// Of so many trials' medians.
    Trials(u32),
    /// Of criterion's samples.
    Criterion,
}

/// Rates; `None` where the family does not state its work.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Throughput {
    /// Elements a second.
    pub elements_per_s: Option<f64>,
    /// Bytes a second.
    pub bytes_per_s: Option<f64>,
    /// Floating-point operations a second.
    pub flops_per_s: Option<f64>,
}

impl Throughput {
    /// What `work` in each `ns_per_iter` comes to.
    pub fn new(work: Work, ns_per_iter: f64) -> Self {
        let rate =
            |per_iter: u64| (per_iter > 0 && ns_per_iter > 0.0).then(|| per_iter as f64 * 1e9 / ns_per_iter);
        Self {
            elements_per_s: rate(work.elements),
            bytes_per_s: rate(work.bytes),
            flops_per_s: rate(work.flops),
        }
    }

    /// The rates in words, most telling first.
    pub fn describe(&self) -> Vec<String> {
        use crate::number;
        let rates = [
            self.bytes_per_s.map(number::bytes_per_s),
            self.flops_per_s.map(number::flops_per_s),
            self.elements_per_s.map(|rate| number::per_s(rate, "elements")),
        ];
        rates.into_iter().flatten().collect()
    }
}

/// All cases that a record names.
pub(super) fn cases(
    recording: &Recording,
    comparisons: &[ComparisonModel],
    failures: &[Failure],
) -> Vec<CaseModel> {
    let mut cases: Vec<CaseModel> =
        listing::named_cases(&recording.lines).into_iter().map(CaseModel::new).collect();
    for line in &recording.lines {
        let id = match line {
            Line::Verified(verification) => &verification.arm.case,
            Line::Unavailable(Missing { case: Some(case), .. }) => case,
            Line::Found(finding) => &finding.about().1.case,
            _ => continue,
        };
        if let Ok(at) = cases.binary_search_by(|case| case.id.cmp(id)) {
            cases[at].read(line);
        }
    }
    share_work(&mut cases);
    let mut failures_of: HashMap<&CaseId, Vec<&Failure>> = HashMap::new();
    for failure in failures {
        failures_of.entry(&failure.arm.case).or_default().push(failure);
    }
    let comparisons_of = comparisons_of_cases(comparisons);
    for case in &mut cases {
        case.failures = failures_of.remove(&case.id).into_iter().flatten().cloned().collect();
        let own = comparisons_of.get(&case.id).into_iter().flatten().map(|at| &comparisons[*at]);
        case.time = time(case, &own.collect::<Vec<_>>());
        if let Some(time) = case.time {
            case.throughput = Throughput::new(case.work, time.ns_per_iter_median);
        }
    }
    cases
}

/// Allocator and threads change nothing in what a variant has to do, so a case that was not
/// verified itself has the work of one that differs in these alone.
fn share_work(cases: &mut [CaseModel]) {
    let stated: BTreeMap<String, Work> = cases
        .iter()
        .filter(|case| case.work != Work::default())
        .map(|case| (case.id.path(), case.work))
        .collect();
    for case in cases.iter_mut().filter(|case| case.work == Work::default()) {
        if let Some(work) = stated.get(&case.id.path()) {
            case.work = *work;
        }
    }
}

impl CaseModel {
    /// What the instruments found of this case in one build.
    pub fn arm_of(&self, artifact: &str) -> Option<&ArmModel> {
        self.arms.get(*self.places.get(artifact)?)
    }

    /// The same, made if no instrument ran on it.
    pub(super) fn arm_of_mut(&mut self, artifact: &str) -> &mut ArmModel {
        let place = *self.places.entry(artifact.to_owned()).or_insert_with(|| {
            self.arms.push(ArmModel { artifact: artifact.to_owned(), ..ArmModel::default() });
            self.arms.len() - 1
        });
        &mut self.arms[place]
    }

    /// What the instruments found, one thing of the newest build that has it.
    pub fn newest<'a, T: 'a>(&'a self, one: impl Fn(&'a ArmModel) -> Option<&'a T>) -> Option<&'a T> {
        self.arms.iter().rev().find_map(one)
    }

    /// The instructions of this case in one build.
    pub fn instructions_of(&self, artifact: &str) -> Option<&InstructionModel> {
        self.arm_of(artifact)?.instructions.as_ref()
    }

    fn new(id: CaseId) -> Self {
        Self {
            id,
            right: None,
            data_hash: None,
            work: Work::default(),
            time: None,
            throughput: Throughput::default(),
            arms: Vec::new(),
            failures: Vec::new(),
            missing: Vec::new(),
            places: HashMap::new(),
        }
    }

    /// Takes in a line about this case; the last of a kind counts.
    fn read(&mut self, line: &Line) {
        match line {
            Line::Verified(verification) => {
                let right = verification.outcome == Outcome::Right;
                // Right in one build and wrong in another is wrong.
                self.right = Some(right && self.right != Some(false));
                self.data_hash = Some(verification.data_hash.clone());
                self.work = verification.work;
            }
            Line::Unavailable(missing) => self.missing.push(missing.clone()),
            Line::Found(finding) => self.arm_of_mut(&finding.about().1.artifact).read(finding),
            _ => {}
        }
    }
}

/// The time of a case: from its comparison with other variants, else from any other comparison
/// (the candidate of the last, which is the newest code), else criterion's.
fn time(case: &CaseModel, comparisons: &[&ComparisonModel]) -> Option<CaseTime> {
    let sides = |variant_only: bool| {
        comparisons
            .iter()
            .filter(move |c| !variant_only || c.factor == Factor::Variant)
            .flat_map(|c| std::iter::once(&c.baseline).chain(c.candidates.iter().map(|x| &x.side)))
            .filter(|side| side.arm.case == case.id)
    };
    let side = sides(true).next().or_else(|| sides(false).next_back());
    let trials = side.and_then(|side| {
        let trials = u32::try_from(side.trial_medians.len()).unwrap_or(u32::MAX);
        let ns_per_iter_median = side.ns_per_iter_median()?;
        Some(CaseTime { ns_per_iter_median, source: TimeSource::Trials(trials) })
    });
    trials.or_else(|| {
        let ns_per_iter_median = case.newest(|of| of.criterion.as_ref())?.time_ns_median;
        Some(CaseTime { ns_per_iter_median, source: TimeSource::Criterion })
    })
}
