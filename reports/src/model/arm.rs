//! What the instruments found of one case in one build.

use duel_record::{
    CodeSummary, CounterSummary, CriterionTiming, Finding, HeapSummary, InstructionSummary, MemorySummary,
    PreparationSummary, ProfileSummary,
};

use super::Roofline;

/// All that instruments found of one arm; of each kind, the last in the record counts.
#[derive(Clone, Debug, Default)]
pub struct ArmModel {
    /// The artifact's label.
    pub artifact: String,
    /// criterion's timing, within one process.
    pub criterion: Option<CriterionTiming>,
    /// What it allocates.
    pub heap: Option<HeapModel>,
    /// What the operating system and the allocator say.
    pub memory: Option<MemorySummary>,
    /// The CPU profile.
    pub profile: Option<ProfileModel>,
    /// How many instructions an iteration takes.
    pub instructions: Option<InstructionModel>,
    /// Counters of the processor and the system.
    pub counters: Option<CounterSummary>,
    /// The machine code of the hottest function.
    pub code: Option<CodeSummary>,
    /// The time until it is prepared.
    pub preparation: Option<PreparationSummary>,
    /// What its time and work come to, compared with what the machine can do at most.
    pub roofline: Option<Roofline>,
}

impl ArmModel {
    /// Takes in an instrument's finding.
    pub(super) fn read(&mut self, finding: &Finding) {
        match finding {
            Finding::Criterion { timing, .. } => self.criterion = Some(timing.clone()),
            Finding::Heap { summary, file, .. } => {
                self.heap = Some(HeapModel { summary: summary.clone(), file: file.clone() });
            }
            Finding::Profile { summary, file, .. } => {
                self.profile = Some(ProfileModel { summary: summary.clone(), file: file.clone() });
            }
            Finding::Memory { summary, .. } => self.memory = Some(summary.clone()),
            Finding::Instructions { summary, file, .. } => {
                self.instructions = Some(InstructionModel { summary: summary.clone(), file: file.clone() });
            }
            Finding::Counters { summary, .. } => self.counters = Some(summary.clone()),
            Finding::Code { summary, .. } => self.code = Some(summary.clone()),
            Finding::Preparation { summary, .. } => self.preparation = Some(summary.clone()),
        }
    }
}

/// A heap profile.
#[derive(Clone, Debug)]
pub struct HeapModel {
    /// Totals over all iterations.
    pub summary: HeapSummary,
    /// dhat's file, relative to the run's folder.
    pub file: String,
}

impl HeapModel {
    /// What is said where no block was seen: memory that came from C's `malloc` or from the system is not.
    pub const NOTHING: &str = "nothing through the global allocator";
}

/// A CPU profile.
#[derive(Clone, Debug)]
pub struct ProfileModel {
    /// Samples by stack, and how they were taken.
    pub summary: ProfileSummary,
    /// Folded stacks, relative to the run's folder.
    pub file: String,
}

/// How many instructions an iteration takes, in several repetitions.
#[derive(Clone, Debug)]
pub struct InstructionModel {
    /// Each repetition's count, and where the instructions are.
    pub summary: InstructionSummary,
    /// callgrind's file, relative to the run's folder.
    pub file: String,
}

impl InstructionModel {
    /// The median of all repetitions; `None` of none.
    pub fn per_iter(&self) -> Option<f64> {
        duel_stats::median(&self.summary.instructions_per_iter)
    }

    /// How often a simulated event happened in an iteration.
    pub fn simulated(&self, event: &str) -> Option<f64> {
        self.summary.simulated.iter().find(|found| found.event == event).map(|found| found.per_iter)
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
