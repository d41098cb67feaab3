//! Everything that the instruments found about one case.

use std::collections::BTreeMap;

use duel_record::{
    CaseId, CriterionTiming, Factor, Failure, HeapSummary, InstructionSummary, Line, MemorySummary, Missing,
    Outcome, ProfileSummary, Recording, protocol::Work,
};

use super::{Comparison, listing};

/// One case.
#[derive(Clone, Debug)]
pub struct CaseModel {
    /// Its id.
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
    /// criterion's timing, within one process.
    pub criterion: Option<CriterionTiming>,
    /// dhat's counts.
    pub heap: Option<HeapModel>,
    /// What the operating system says.
    pub memory: Option<MemorySummary>,
    /// The CPU profile.
    pub profile: Option<ProfileModel>,
    /// Counted instructions, of each artifact that was counted.
    pub instructions: Vec<InstructionModel>,
    /// What went wrong.
    pub failures: Vec<Failure>,
    /// What can't be had of it.
    pub missing: Vec<Missing>,
}

/// Time of one iteration and where it is from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CaseTime {
    /// The median.
    pub ns_per_iter_median: f64,
    /// Whose median.
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

/// A heap profile.
#[derive(Clone, Debug)]
pub struct HeapModel {
    /// Totals over all iterations.
    pub summary: HeapSummary,
    /// dhat's file, relative to the run's folder.
    pub file: String,
}

/// A CPU profile.
#[derive(Clone, Debug)]
pub struct ProfileModel {
    /// Its stacks.
    pub summary: ProfileSummary,
    /// Folded stacks, relative to the run's folder.
    pub file: String,
}

/// Counted instructions.
#[derive(Clone, Debug)]
pub struct InstructionModel {
    /// The artifact's label.
    pub artifact: String,
    /// The counts.
    pub summary: InstructionSummary,
    /// callgrind's file, relative to the run's folder.
    pub file: String,
}

impl InstructionModel {
    /// The median of all repetitions; `None` of none.
    pub fn per_iter(&self) -> Option<f64> {
        duel_stats::median(&self.summary.instructions_per_iter)
    }

    /// By how much the counts differ, in words; `None` where all are equal.
    pub fn spread_words(&self) -> Option<String> {
        if self.summary.repeats_exactly() {
            return None;
        }
        Some(match duel_stats::count_spread(&self.summary.instructions_per_iter) {
            None => "varies".to_owned(),
            Some(spread) if spread < 0.0005 => {
                format!("varies by less than {}", crate::number::percent(0.001))
            }
            Some(spread) => format!("varies by {}", crate::number::percent(spread)),
        })
    }
}

impl HeapModel {
    /// Bytes allocated in one iteration.
    pub fn bytes_per_iter(&self) -> f64 {
        self.summary.total_bytes as f64 / self.summary.iters.max(1) as f64
    }

    /// Blocks allocated in one iteration.
    pub fn blocks_per_iter(&self) -> f64 {
        self.summary.total_blocks as f64 / self.summary.iters.max(1) as f64
    }
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
    comparisons: &[Comparison],
    failures: &[Failure],
) -> Vec<CaseModel> {
    let mut cases: Vec<CaseModel> =
        listing::named_cases(&recording.lines).into_iter().map(CaseModel::new).collect();
    for line in &recording.lines {
        let id = match line {
            Line::Verified(verification) => &verification.arm.case,
            Line::Instructions { arm, .. } => &arm.case,
            Line::Criterion { case, .. }
            | Line::Heap { case, .. }
            | Line::Profile { case, .. }
            | Line::Memory { case, .. } => case,
            Line::Unavailable(Missing { case: Some(case), .. }) => case,
            _ => continue,
        };
        if let Ok(at) = cases.binary_search_by(|case| case.id.cmp(id)) {
            cases[at].read(line);
        }
    }
    share_work(&mut cases);
    for case in &mut cases {
        case.failures = failures.iter().filter(|f| f.arm.case == case.id).cloned().collect();
        case.time = time(case, comparisons);
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
    /// The instructions of this case in one build.
    pub fn instructions_of(&self, artifact: &str) -> Option<&InstructionModel> {
        self.instructions.iter().find(|counted| counted.artifact == artifact)
    }

    fn new(id: CaseId) -> Self {
        Self {
            id,
            right: None,
            data_hash: None,
            work: Work::default(),
            time: None,
            throughput: Throughput::default(),
            criterion: None,
            heap: None,
            memory: None,
            profile: None,
            instructions: Vec::new(),
            failures: Vec::new(),
            missing: Vec::new(),
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
            Line::Criterion { timing, .. } => self.criterion = Some(timing.clone()),
            Line::Heap { summary, file, .. } => {
                self.heap = Some(HeapModel { summary: summary.clone(), file: file.clone() });
            }
            Line::Profile { summary, file, .. } => {
                self.profile = Some(ProfileModel { summary: summary.clone(), file: file.clone() });
            }
            Line::Memory { summary, .. } => self.memory = Some(summary.clone()),
            Line::Instructions { arm, summary, file } => {
                self.instructions.retain(|counted| counted.artifact != arm.artifact);
                self.instructions.push(InstructionModel {
                    artifact: arm.artifact.clone(),
                    summary: summary.clone(),
                    file: file.clone(),
                });
            }
            Line::Unavailable(missing) => self.missing.push(missing.clone()),
            Line::Started(_)
            | Line::Gate(_)
            | Line::Trial(_)
            | Line::Failed(_)
            | Line::Resumed { .. }
            | Line::Finished(_) => {}
        }
    }
}

/// The time of a case: from its comparison with other variants, else from any other comparison
/// (the candidate of the last, which is the newest code), else criterion's.
fn time(case: &CaseModel, comparisons: &[Comparison]) -> Option<CaseTime> {
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
        let ns_per_iter_median = case.criterion.as_ref()?.time_ns_median;
        Some(CaseTime { ns_per_iter_median, source: TimeSource::Criterion })
    })
}
