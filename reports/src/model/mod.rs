//! Everything a reader of a run may want, computed once and used by every format.

mod arm;
mod attained;
mod axes;
mod case;
mod comparison;
mod family;
mod foreign;
mod gate;
mod headline;
mod index;
mod listing;
mod machine;
mod matrix;
mod pressure;
mod ranking;
mod roofline;
mod sides;
mod trouble;
mod verdict;

use std::collections::{HashMap, HashSet};

use duel_record::{
    CaseId, Factor, Failure, Finished, Foreign, Line, Recording, SideDifference, Sides, Stage, Started,
};

pub use arm::{ArmModel, HeapModel, InstructionModel, ProfileModel};
pub use axes::DataSet;
pub use case::{CaseModel, CaseTime, Throughput, TimeSource};
pub(crate) use comparison::Spread;
pub use comparison::{CONFIDENCE, Candidate, Cause, ComparedSide, ComparisonModel, Estimate};
pub use family::FamilyModel;
pub(crate) use foreign::foreign_metrics;
pub(crate) use gate::capitalised;
pub use gate::{
    Control, ControlOutcome, CountEvidence, GateCaseModel, GateControls, GateModel, GateOutcome, SetAside,
    Standing, TrialCounts, evidence_note, gate_plan, gate_procedure,
};
pub use headline::VerdictCounts;
pub use machine::LabelledFact;
pub use matrix::{Cell, Matrix, MatrixRow};
pub use pressure::PressureSummary;
pub use ranking::{Ranking, RankingEntry};
pub use roofline::{Binding, Ceiling, DataSource, MemoryLevel, Roofline, Roofs};
pub use sides::SideModel;
pub(crate) use sides::difference_cells;
pub use trouble::{SideFailure, Unavailable};
pub use verdict::{FACTORS, IDENTICAL, is_change, verdict_name, verdict_word};

/// One run, ready to be shown.
#[derive(Clone, Debug)]
pub struct Model {
    /// What was run, and where.
    pub started: Started,
    /// How it ended; `None` where the run was cut.
    pub finished: Option<Finished>,
    /// When it was taken up again.
    pub resumed: Vec<String>,
    /// Bytes at the record's end that are no whole line.
    pub cut_bytes: u64,
    /// How busy the machine was over all trials.
    pub pressure: PressureSummary,
    /// What the machine can do at most, where that was measured.
    pub roofs: Option<Roofs>,
    /// What was established about both sides of a comparison of artifacts.
    pub known_sides: Option<Sides>,
    /// What the gate says, where the run was one.
    pub gate: Option<GateModel>,
    /// Every comparison, in the order of the families' tables.
    pub comparisons: Vec<ComparisonModel>,
    /// Every case that the record names, in the same order.
    pub cases: Vec<CaseModel>,
    /// Every family that the record names, in the author's order.
    pub families: Vec<FamilyModel>,
    /// Families that the runners offer and this run left out.
    pub unmeasured_families: Vec<String>,
    /// Every failure; a wrong answer is one of them.
    pub failures: Vec<Failure>,
    /// What can't be had here, equal things joined.
    pub unavailable: Vec<Unavailable>,
    /// What a user's own benchmarks of another harness counted.
    pub foreign: Vec<Foreign>,
    index: index::ModelIndex,
}

impl Model {
    /// Reads everything out of a record but the causes of ratios: the instruments' sections, which read this model,
    /// tell them, so `Model::new` is in the module `cause`, above both.
    pub(crate) fn without_causes(recording: &Recording) -> Self {
        let started = &recording.started;
        let failures = trouble::failures(&recording.lines);
        let listing = listing::Listing::new(recording);
        let mut comparisons = comparison::comparisons(recording);
        let gate = GateModel::new(recording, &failures);
        if let Some(gate) = &gate {
            gate.overrule(&mut comparisons);
        }
        comparisons.sort_by_cached_key(|c| (c.factor, listing.position(&c.baseline.arm.case)));
        let mut cases = case::cases(recording, &comparisons, &failures);
        cases.sort_by_cached_key(|case| listing.position(&case.id));
        let mut index = index::ModelIndex::new(&cases, &comparisons);
        let roofs = Roofs::of(&recording.lines);
        if let Some(roofs) = &roofs {
            attained::attach(roofs, &listing, &comparisons, &index, &mut cases);
        }
        let families = family::families(&listing, &comparisons, &cases, &index);
        index.add_families(families.iter().map(|family| family.name.as_str()));
        let unavailable = trouble::unavailable(&recording.lines, &families);
        Self {
            started: started.clone(),
            finished: recording.lines.iter().rev().find_map(|line| match line {
                Line::Finished(finished) => Some(finished.clone()),
                _ => None,
            }),
            resumed: recording
                .lines
                .iter()
                .filter_map(|line| match line {
                    Line::Resumed { at } => Some(at.clone()),
                    _ => None,
                })
                .collect(),
            cut_bytes: recording.cut_bytes,
            pressure: PressureSummary::of_run(&recording.lines),
            roofs,
            known_sides: sides::known(&recording.lines),
            unmeasured_families: listing.without(families.iter().map(|family| family.name.as_str())),
            gate,
            comparisons,
            cases,
            families,
            failures,
            unavailable,
            foreign: foreign::foreign(&recording.lines),
            index,
        }
    }

    /// Whether two artifacts were compared, so that it matters which of them something is about.
    pub fn has_two_sides(&self) -> bool {
        let mut labels = self.started.artifacts.iter().map(|artifact| &artifact.label);
        let first = labels.next();
        labels.any(|label| Some(label) != first)
    }

    /// One case by its id.
    pub fn case(&self, id: &CaseId) -> Option<&CaseModel> {
        self.cases.get(self.index.case(id)?)
    }

    /// The cases of a family.
    pub fn cases_of(&self, family: &str) -> impl Iterator<Item = &CaseModel> {
        self.index.cases_of(family).iter().map(|at| &self.cases[*at])
    }

    /// One family by its name.
    pub fn family(&self, name: &str) -> Option<&FamilyModel> {
        self.families.get(self.index.family(name)?)
    }

    /// The cases of a family's data set.
    pub fn cases_in(&self, family: &str, set: &DataSet) -> impl Iterator<Item = &CaseModel> {
        self.index.cases_in(&set.of(family)).iter().map(|at| &self.cases[*at])
    }

    /// The comparisons on a family's data set.
    pub fn comparisons_in(&self, family: &str, set: &DataSet) -> impl Iterator<Item = &ComparisonModel> {
        self.index.comparisons_in(&set.of(family)).iter().map(|at| &self.comparisons[*at])
    }

    /// The comparisons of a family's cases.
    pub fn comparisons_of_family(&self, family: &str) -> impl Iterator<Item = &ComparisonModel> {
        self.index.comparisons_of_family(family).iter().map(|at| &self.comparisons[*at])
    }

    /// The comparisons along one factor.
    pub fn comparisons_by(&self, factor: Factor) -> impl Iterator<Item = &ComparisonModel> {
        self.comparisons.iter().filter(move |c| c.factor == factor)
    }

    /// The comparisons in which a case takes part.
    pub fn comparisons_of(&self, id: &CaseId) -> impl Iterator<Item = &ComparisonModel> {
        self.index.comparisons_of(id).iter().map(|at| &self.comparisons[*at])
    }

    /// What the instruments say of a ratio in a ranking.
    pub fn cause_in(&self, ranking: &Ranking, entry: &RankingEntry) -> Option<&Cause> {
        self.comparisons_of(&entry.case)
            .filter(|of| of.factor == Factor::Variant && of.baseline.arm == ranking.reference)
            .flat_map(|of| &of.candidates)
            .find(|candidate| candidate.side.arm.case == entry.case)?
            .cause
            .as_ref()
    }

    /// The failures, each once with all sides that have it.
    pub fn failures_by_side(&self) -> Vec<SideFailure<'_>> {
        let mut all: Vec<SideFailure> = Vec::new();
        let mut places: HashMap<(&CaseId, Stage, &str), usize> = HashMap::new();
        let named = self.has_two_sides();
        for failure in &self.failures {
            let same = (&failure.arm.case, failure.stage, failure.reason.as_str());
            let place = *places.entry(same).or_insert(all.len());
            if place == all.len() {
                all.push(SideFailure { failure, sides: Vec::new() });
            }
            let side = failure.arm.artifact.as_str();
            if named && !all[place].sides.contains(&side) {
                all[place].sides.push(side);
            }
        }
        all
    }

    /// Every runner of both sides; none where the run has one artifact only.
    pub fn sides(&self) -> Vec<SideModel> {
        sides::sides(&self.started.artifacts)
    }

    /// What differs between the sides and is not the code.
    pub fn differences(&self) -> &[SideDifference] {
        self.known_sides.as_ref().map_or(&[], |sides| &sides.differences)
    }

    /// The same, one line each, whatever the names hold.
    pub fn difference_lines(&self) -> Vec<String> {
        self.differences().iter().map(sides::difference_line).collect()
    }

    /// The tools that counted a user's own benchmarks, in the order of the record, and the benchmarks of each.
    pub(crate) fn foreign_by_tool(&self) -> Vec<(&str, Vec<&Foreign>)> {
        foreign::by_tool(&self.foreign)
    }

    /// The cases that failed, each once, in the order of the record.
    pub fn failed_cases(&self) -> Vec<&CaseId> {
        let mut seen = HashSet::new();
        self.failures.iter().map(|failure| &failure.arm.case).filter(|case| seen.insert(*case)).collect()
    }
}
