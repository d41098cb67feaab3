//! A family at a glance: variants down, data sets across, a ratio in every cell.

use duel_record::{Allocator, Arm, CaseId, Factor};

use super::{CaseModel, Comparison, DataSet, Estimate, comparison::level, family::Variant};

/// Ratios of one family along one factor.
#[derive(Clone, Debug)]
pub struct Matrix {
    /// What differs.
    pub factor: Factor,
    /// The level that others are divided by; the reference variant where the factor is variant.
    pub baseline: String,
    /// The level that is divided; `None` where each row is its own candidate.
    pub candidate: Option<String>,
    /// The allocator that all cells share; `None` where it is what differs.
    pub allocator: Option<Allocator>,
    /// The artifact that all cells share; `None` where it is what differs.
    pub artifact: Option<String>,
    /// Data sets.
    pub columns: Vec<DataSet>,
    /// Variants.
    pub rows: Vec<MatrixRow>,
}

/// One variant over all data sets.
#[derive(Clone, Debug)]
pub struct MatrixRow {
    /// The variant, with its threads where it is parallel.
    pub label: String,
    /// Whether it is the family's reference.
    pub reference: bool,
    /// One cell per column.
    pub cells: Vec<Cell>,
}

/// What is known of one variant on one data set.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// It is what the others are divided by.
    Baseline {
        /// Its case.
        case: CaseId,
        /// Its median time.
        ns_per_iter: Option<f64>,
    },
    /// It was compared.
    Compared {
        /// The candidate's case.
        case: CaseId,
        /// The ratio; `None` where no trial has both arms.
        estimate: Option<Estimate>,
        /// Its median time.
        ns_per_iter: Option<f64>,
    },
    /// Both sides are the same, so nothing was measured.
    Identical {
        /// The candidate's case.
        case: CaseId,
        /// Why.
        reason: String,
    },
    /// It failed.
    Failed {
        /// Its case.
        case: CaseId,
        /// What happened.
        reason: String,
    },
    /// It can't run here.
    Unavailable {
        /// Its case, where the record names it.
        case: Option<CaseId>,
        /// Why.
        reason: String,
    },
    /// It was run and not compared.
    Alone {
        /// Its case.
        case: CaseId,
        /// Its median time.
        ns_per_iter: Option<f64>,
    },
    /// It was not part of the run.
    Unmeasured,
}

impl Matrix {
    /// What it is about, in words.
    pub fn title(&self) -> String {
        let setting = match self.allocator {
            Some(allocator) if allocator != Allocator::System => format!(", {allocator}"),
            _ => String::new(),
        };
        match &self.candidate {
            None => format!("Time relative to {}{setting}", self.baseline),
            Some(candidate) => {
                format!("Time with {candidate} relative to {}{setting}", self.baseline)
            }
        }
    }
}

/// What all comparisons of one matrix share.
#[derive(Clone, PartialEq, Eq)]
struct Key {
    factor: Factor,
    baseline: String,
    candidate: Option<String>,
    allocator: Option<Allocator>,
    artifact: Option<String>,
    runner: String,
}

impl Key {
    fn new(comparison: &Comparison, level: &str) -> Self {
        let Arm { artifact, runner, case } = &comparison.baseline.arm;
        let factor = comparison.factor;
        let builds = matches!(factor, Factor::Artifact | Factor::Profile);
        Self {
            factor,
            baseline: comparison.baseline.level.clone(),
            candidate: (factor != Factor::Variant).then(|| level.to_owned()),
            allocator: (factor != Factor::Allocator).then_some(case.allocator),
            artifact: (!builds).then(|| artifact.clone()),
            runner: runner.clone(),
        }
    }
}

impl Key {
    /// Whether a case has the setting that the matrix's cells share.
    fn admits(&self, id: &CaseId, variant: &Variant) -> bool {
        (self.factor == Factor::Threads || id.threads == variant.threads)
            && self.allocator.is_none_or(|allocator| id.allocator == allocator)
    }

    /// Whether a failure belongs into the matrix. Where the case itself has the candidate's
    /// level, only that level's failures do: the baseline's are in the matrix of variants.
    fn concerns(&self, arm: &Arm) -> bool {
        let level = match self.factor {
            Factor::Allocator | Factor::Threads => Some(level(self.factor, arm, &[])),
            Factor::Variant | Factor::Artifact | Factor::Profile => self.candidate.clone(),
        };
        level == self.candidate && self.artifact.as_ref().is_none_or(|artifact| arm.artifact == *artifact)
    }
}

/// All matrices of a family; at least one, so that what failed has a place.
pub(super) fn matrices(
    columns: &[DataSet],
    variants: &[Variant],
    comparisons: &[&Comparison],
    cases: &[&CaseModel],
) -> Vec<Matrix> {
    let mut keys: Vec<(Key, Vec<&Comparison>)> = Vec::new();
    for comparison in comparisons {
        for candidate in &comparison.candidates {
            let key = Key::new(comparison, &candidate.side.level);
            match keys.iter_mut().find(|(known, _)| *known == key) {
                Some((_, all)) => all.push(comparison),
                None => keys.push((key, vec![comparison])),
            }
        }
    }
    if keys.is_empty() {
        keys.extend(lonely_key(variants, cases).map(|key| (key, Vec::new())));
    }
    keys.iter().map(|(key, comparisons)| matrix(key, columns, variants, comparisons, cases)).collect()
}

/// The setting of a family in which nothing was compared.
fn lonely_key(variants: &[Variant], cases: &[&CaseModel]) -> Option<Key> {
    let reference = variants.iter().find(|v| v.reference).or_else(|| variants.first())?;
    Some(Key {
        factor: Factor::Variant,
        baseline: reference.label.clone(),
        candidate: None,
        allocator: cases.first().map(|c| c.id.allocator),
        artifact: None,
        runner: String::new(),
    })
}

fn matrix(
    key: &Key,
    columns: &[DataSet],
    variants: &[Variant],
    comparisons: &[&Comparison],
    cases: &[&CaseModel],
) -> Matrix {
    let mut rows: Vec<MatrixRow> = Vec::new();
    for variant in variants {
        let cells: Vec<Cell> =
            columns.iter().map(|set| cell(key, variant, set, comparisons, cases)).collect();
        let news =
            |c: &Cell| matches!(c, Cell::Compared { .. } | Cell::Identical { .. } | Cell::Failed { .. });
        let threads = key.factor == Factor::Threads;
        let label = if threads { &variant.name } else { &variant.label };
        // Along another factor than the variant, a row without any news is only in the way; and
        // where threads differ, one row stands for all numbers of them.
        if (key.factor == Factor::Variant || cells.iter().any(news))
            && !(threads && rows.iter().any(|row| row.label == *label))
        {
            rows.push(MatrixRow { label: label.clone(), reference: variant.reference, cells });
        }
    }
    Matrix {
        factor: key.factor,
        baseline: key.baseline.clone(),
        candidate: key.candidate.clone(),
        allocator: key.allocator,
        artifact: key.artifact.clone(),
        columns: columns.to_vec(),
        rows,
    }
}

fn cell(
    key: &Key,
    variant: &Variant,
    set: &DataSet,
    comparisons: &[&Comparison],
    cases: &[&CaseModel],
) -> Cell {
    let here = |id: &CaseId| {
        id.variant == variant.name
            && id.workload == set.workload
            && id.size == set.size
            && key.admits(id, variant)
    };
    let mut failures = cases.iter().filter(|c| here(&c.id)).flat_map(|c| &c.failures);
    if let Some(failure) = failures.find(|failure| key.concerns(&failure.arm)) {
        return Cell::Failed { case: failure.arm.case.clone(), reason: failure.reason.clone() };
    }
    if let Some(cell) = compared(key, comparisons, here) {
        return cell;
    }
    let case = cases.iter().find(|c| here(&c.id));
    let Some(case) = case else {
        return match &variant.unavailable {
            Some(reason) => Cell::Unavailable { case: None, reason: reason.clone() },
            None => Cell::Unmeasured,
        };
    };
    let reason = || case.missing.first().map(|missing| missing.reason.clone());
    let ns_per_iter = case.time.map(|time| time.ns_per_iter_median);
    match (ns_per_iter, variant.unavailable.clone().or_else(reason)) {
        (None, Some(reason)) => Cell::Unavailable { case: Some(case.id.clone()), reason },
        _ => Cell::Alone { case: case.id.clone(), ns_per_iter },
    }
}

/// The cell of a case that took part in one of the comparisons.
fn compared(key: &Key, comparisons: &[&Comparison], here: impl Fn(&CaseId) -> bool) -> Option<Cell> {
    for comparison in comparisons {
        for candidate in &comparison.candidates {
            let side = &candidate.side;
            let level = key.candidate.as_ref().is_none_or(|level| side.level == *level);
            if level && here(&side.arm.case) {
                let case = side.arm.case.clone();
                if let Some(reason) = candidate.identical.clone() {
                    return Some(Cell::Identical { case, reason });
                }
                return Some(Cell::Compared {
                    case,
                    estimate: candidate.estimate,
                    ns_per_iter: side.ns_per_iter_median(),
                });
            }
        }
    }
    if key.factor != Factor::Variant {
        return None;
    }
    let baseline = comparisons.iter().map(|c| &c.baseline).find(|side| here(&side.arm.case))?;
    Some(Cell::Baseline { case: baseline.arm.case.clone(), ns_per_iter: baseline.ns_per_iter_median() })
}
