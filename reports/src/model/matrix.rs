//! A family at a glance: variants down, data sets across, a ratio in every cell.

use std::collections::{BTreeSet, HashMap, HashSet};

use duel_record::{Allocator, Arm, CaseId, Factor};

use super::{
    Candidate, CaseModel, ComparedSide, ComparisonModel, DataSet, Estimate, axes::VariantRow,
    comparison::level,
};
use crate::number::plural;

/// More cells than this are left out of a matrix: nobody looks through them, and a record that names each
/// variant and each data set once would have as many as their product.
const MOST_CELLS: usize = 10_000;
/// The same for all matrices of a family.
const MOST_CELLS_OF_A_FAMILY: usize = 50_000;

/// Ratios of one family along one factor.
#[derive(Clone, Debug)]
pub struct Matrix {
    /// What differs between the two sides of each cell.
    pub factor: Factor,
    /// The level that others are divided by; the reference variant where the factor is variant.
    pub baseline: String,
    /// The level that is divided; `None` where each row is its own candidate.
    pub candidate: Option<String>,
    /// The allocator that all cells share; `None` where it is what differs.
    pub allocator: Option<Allocator>,
    /// The artifact that all cells share; `None` where it is what differs.
    pub artifact: Option<String>,
    /// The data sets that the columns stand for.
    pub columns: Vec<DataSet>,
    /// The variants, in the author's order.
    pub rows: Vec<MatrixRow>,
    /// Cells that are left out, since there are more than anybody looks through.
    pub cells_left_out: usize,
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
        /// The baseline's case.
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
        /// That both sides are one executable and made the same data, in words.
        reason: String,
    },
    /// It crashed, hung or gave a wrong answer.
    Failed {
        /// The case that failed, of whichever side.
        case: CaseId,
        /// The first failure's error, or what was wrong with the answer.
        reason: String,
    },
    /// It can't run here.
    Unavailable {
        /// Its case, where the record names it.
        case: Option<CaseId>,
        /// What the variant needs and the machine lacks, or what else is missing.
        reason: String,
    },
    /// It was run and not compared.
    Alone {
        /// The case that was run.
        case: CaseId,
        /// Its median time.
        ns_per_iter: Option<f64>,
    },
    /// It was not part of the run.
    Unmeasured,
}

impl Matrix {
    /// A matrix of which these cells are left out.
    fn empty(key: &MatrixKey, cells_left_out: usize) -> Self {
        Self {
            factor: key.factor,
            baseline: key.baseline.clone(),
            candidate: key.candidate.clone(),
            allocator: key.allocator,
            artifact: key.artifact.clone(),
            columns: Vec::new(),
            rows: Vec::new(),
            cells_left_out,
        }
    }

    /// That not all is shown, where that is so.
    pub fn note(&self) -> Option<String> {
        (self.cells_left_out > 0).then(|| {
            format!(
                "{} left out: the record names more than a table shows",
                plural(self.cells_left_out, "cell")
            )
        })
    }

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
#[derive(Clone, PartialEq, Eq, Hash)]
struct MatrixKey {
    factor: Factor,
    baseline: String,
    candidate: Option<String>,
    allocator: Option<Allocator>,
    artifact: Option<String>,
    runner: String,
}

impl MatrixKey {
    fn new(comparison: &ComparisonModel, level: &str) -> Self {
        let Arm { artifact, runner, case } = &comparison.baseline.arm;
        let factor = comparison.factor;
        let builds = matches!(factor, Factor::Artifact);
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

impl MatrixKey {
    /// Whether a case has the setting that the matrix's cells share.
    fn admits(&self, id: &CaseId, variant: &VariantRow) -> bool {
        (self.factor == Factor::Threads || id.threads == variant.threads)
            && self.allocator.is_none_or(|allocator| id.allocator == allocator)
    }

    /// Whether a failure belongs into the matrix. Where the case itself has the candidate's
    /// level, only that level's failures do: the baseline's are in the matrix of variants.
    fn concerns(&self, arm: &Arm) -> bool {
        let level = match self.factor {
            Factor::Allocator | Factor::Threads => Some(level(self.factor, arm)),
            Factor::Variant | Factor::Artifact => self.candidate.clone(),
        };
        level == self.candidate && self.artifact.as_ref().is_none_or(|artifact| arm.artifact == *artifact)
    }
}

/// All matrices of a family; at least one, so that what failed has a place.
pub(super) fn matrices(
    columns: &[DataSet],
    variants: &[VariantRow],
    comparisons: &[&ComparisonModel],
    cases: &[&CaseModel],
) -> Vec<Matrix> {
    let mut keys: Vec<(MatrixKey, Vec<ComparedPair>)> = Vec::new();
    let mut places: HashMap<MatrixKey, usize> = HashMap::new();
    for comparison in comparisons {
        for candidate in &comparison.candidates {
            let key = MatrixKey::new(comparison, &candidate.side.level);
            let place = *places.entry(key.clone()).or_insert(keys.len());
            let pair = (&comparison.baseline, candidate);
            match keys.get_mut(place) {
                Some((_, all)) => all.push(pair),
                None => keys.push((key, vec![pair])),
            }
        }
    }
    if keys.is_empty() {
        keys.extend(lonely_key(variants, cases).map(|key| (key, Vec::new())));
    }
    let family = CasesByCell::new(cases, variants);
    let mut room = MOST_CELLS_OF_A_FAMILY;
    keys.iter()
        .map(|(key, pairs)| {
            let matrix = matrix(key, columns, variants, pairs, &family, room.min(MOST_CELLS));
            room = room.saturating_sub(matrix.rows.len() * matrix.columns.len());
            matrix
        })
        .collect()
}

/// A baseline and what is divided by it.
type ComparedPair<'a> = (&'a ComparedSide, &'a Candidate);

/// The cases of a family by what a cell is about.
struct CasesByCell<'a> {
    of_cell: HashMap<CellName<'a>, Vec<&'a CaseModel>>,
    failed: Vec<&'a CaseModel>,
    /// The row of a variant with its threads, and the first of a variant.
    rows: HashMap<(&'a str, Option<u32>), usize>,
    first_row: HashMap<&'a str, usize>,
}

/// Variant, its threads (none where threads are what differs), workload and size.
type CellName<'a> = (&'a str, Option<Option<u32>>, &'a str, &'a str);

impl<'a> CasesByCell<'a> {
    fn new(cases: &[&'a CaseModel], variants: &'a [VariantRow]) -> Self {
        let rows = variants.iter().enumerate().rev();
        let mut of_cell: HashMap<CellName<'a>, Vec<&CaseModel>> = HashMap::new();
        for case in cases {
            let CaseId { variant, workload, size, threads, .. } = &case.id;
            of_cell.entry((variant, Some(*threads), workload, size)).or_default().push(case);
            of_cell.entry((variant, None, workload, size)).or_default().push(case);
        }
        Self {
            of_cell,
            failed: cases.iter().copied().filter(|case| !case.failures.is_empty()).collect(),
            rows: rows.clone().map(|(at, row)| ((&*row.name, row.threads), at)).collect(),
            first_row: rows.map(|(at, row)| (&*row.name, at)).collect(),
        }
    }
}

/// The setting of a family in which nothing was compared.
fn lonely_key(variants: &[VariantRow], cases: &[&CaseModel]) -> Option<MatrixKey> {
    let reference = variants.iter().find(|v| v.reference).or_else(|| variants.first())?;
    Some(MatrixKey {
        factor: Factor::Variant,
        baseline: reference.label.clone(),
        candidate: None,
        allocator: cases.first().map(|c| c.id.allocator),
        artifact: None,
        runner: String::new(),
    })
}

fn matrix(
    key: &MatrixKey,
    columns: &[DataSet],
    variants: &[VariantRow],
    pairs: &[ComparedPair<'_>],
    cases: &CasesByCell<'_>,
    room: usize,
) -> Matrix {
    if room == 0 {
        return Matrix::empty(key, variants.len() * columns.len());
    }
    let compared = ComparedCells::new(key, pairs);
    let threads = key.factor == Factor::Threads;
    // Along another factor than the variant, a row without any news is only in the way; and
    // where threads differ, one row stands for all numbers of them.
    let failed = cases.failed.iter().filter(|case| case.failures.iter().any(|it| key.concerns(&it.arm)));
    let news: HashSet<(&str, Option<u32>)> = compared
        .names()
        .map(|(variant, threads, ..)| (variant, threads.flatten()))
        .chain(failed.map(|case| (&*case.id.variant, case.id.threads.filter(|_| !threads))))
        .collect();
    let shown: Vec<&VariantRow> = if key.factor == Factor::Variant {
        variants.iter().collect()
    } else {
        let news = news.iter().filter_map(|(name, number)| {
            if threads { cases.first_row.get(name) } else { cases.rows.get(&(*name, *number)) }
        });
        let rows: BTreeSet<usize> = news.copied().collect();
        rows.into_iter().map(|row| &variants[row]).collect()
    };
    // Whole rows and columns are left out, the last.
    let all = shown.len() * columns.len();
    let least_rows = room.isqrt().min(shown.len()).max(1);
    let columns = &columns[..columns.len().min(room / least_rows)];
    let rows = room / columns.len().max(1);
    let rows: Vec<MatrixRow> = shown
        .iter()
        .take(rows)
        .map(|variant| MatrixRow {
            label: if threads { variant.name.clone() } else { variant.label.clone() },
            reference: variant.reference,
            cells: columns.iter().map(|set| cell(key, variant, set, &compared, cases)).collect(),
        })
        .collect();
    let has_news = |row: &MatrixRow| {
        let news =
            |c: &Cell| matches!(c, Cell::Compared { .. } | Cell::Identical { .. } | Cell::Failed { .. });
        key.factor == Factor::Variant || row.cells.iter().any(news)
    };
    Matrix {
        columns: columns.to_vec(),
        rows: rows.iter().filter(|row| has_news(row)).cloned().collect(),
        ..Matrix::empty(key, all - rows.len() * columns.len())
    }
}

fn cell(
    key: &MatrixKey,
    variant: &VariantRow,
    set: &DataSet,
    compared: &ComparedCells<'_>,
    cases: &CasesByCell<'_>,
) -> Cell {
    let threads = (key.factor != Factor::Threads).then_some(variant.threads);
    let name = (&*variant.name, threads, &*set.workload, &*set.size);
    let here = || {
        let all = cases.of_cell.get(&name).into_iter().flatten();
        all.filter(|case| key.admits(&case.id, variant))
    };
    let mut failures = here().flat_map(|c| &c.failures);
    if let Some(failure) = failures.find(|failure| key.concerns(&failure.arm)) {
        return Cell::Failed { case: failure.arm.case.clone(), reason: failure.reason.clone() };
    }
    if let Some(cell) = compared.cell(&name) {
        return cell;
    }
    let Some(case) = here().next() else {
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

/// The sides of a matrix's comparisons by the cell that shows them; the first of a cell counts.
struct ComparedCells<'a> {
    candidates: HashMap<CellName<'a>, &'a Candidate>,
    baselines: HashMap<CellName<'a>, &'a ComparedSide>,
}

impl<'a> ComparedCells<'a> {
    fn new(key: &MatrixKey, pairs: &[ComparedPair<'a>]) -> Self {
        let name = |id: &'a CaseId| -> CellName<'a> {
            let threads = (key.factor != Factor::Threads).then_some(id.threads);
            (&id.variant, threads, &id.workload, &id.size)
        };
        let allocator = |id: &CaseId| key.allocator.is_none_or(|allocator| id.allocator == allocator);
        let mut compared = Self { candidates: HashMap::new(), baselines: HashMap::new() };
        for (baseline, candidate) in pairs {
            let id = &candidate.side.arm.case;
            if allocator(id) {
                compared.candidates.entry(name(id)).or_insert(candidate);
            }
            if key.factor == Factor::Variant && allocator(&baseline.arm.case) {
                compared.baselines.entry(name(&baseline.arm.case)).or_insert(baseline);
            }
        }
        compared
    }

    fn names(&self) -> impl Iterator<Item = CellName<'a>> {
        self.candidates.keys().copied()
    }

    /// The cell of a case that took part in one of the comparisons.
    fn cell(&self, name: &CellName<'_>) -> Option<Cell> {
        if let Some(candidate) = self.candidates.get(name) {
            let side = &candidate.side;
            let case = side.arm.case.clone();
            return Some(match candidate.identical.clone() {
                Some(reason) => Cell::Identical { case, reason },
                None => {
                    let ns_per_iter = side.ns_per_iter_median();
                    Cell::Compared { case, estimate: candidate.estimate, ns_per_iter }
                }
            });
        }
        let baseline = self.baselines.get(name)?;
        Some(Cell::Baseline { case: baseline.arm.case.clone(), ns_per_iter: baseline.ns_per_iter_median() })
    }
}
