//! What failed, and what can't be had on this machine.

use std::collections::{HashMap, HashSet};

use duel_record::{Arm, CaseId, Failure, Instrument, Line, Missing, MissingKind, Outcome, Stage};

use super::FamilyModel;

/// Something that can't be had here, for all the cases that miss it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unavailable {
    /// What is missing.
    pub what: MissingKind,
    /// Why it can't be had: what the machine or the case lacks.
    pub reason: String,
    /// What would make it available.
    pub remedy: Option<String>,
    /// The cases that it is about; none where it is about the machine.
    pub cases: Vec<CaseId>,
    /// The instrument that this machine lacks, in whole or in part: what `cargo duel doctor` lists.
    pub instrument: Option<Instrument>,
}

impl Unavailable {
    /// What is missing, with its case or the number of its cases.
    pub fn in_words(&self) -> String {
        match &self.cases[..] {
            [] => self.what.to_string(),
            [case] => format!("{} of {case}", self.what),
            cases => format!("{} of {} cases", self.what, cases.len()),
        }
    }
}

/// A failure, and the sides that have it: none are named where there is only one.
#[derive(Clone, Debug)]
pub struct SideFailure<'a> {
    /// The first of them.
    pub failure: &'a Failure,
    /// The artifacts' labels.
    pub sides: Vec<&'a str>,
}

impl SideFailure<'_> {
    /// `trial`, or with its sides `trial, baseline`.
    pub fn place(&self) -> String {
        match self.sides.as_slice() {
            [] => self.failure.stage.to_string(),
            [side] => format!("{}, {side}", self.failure.stage),
            _ => format!("{}, both sides", self.failure.stage),
        }
    }
}

/// Failures as recorded, and wrong answers for which none was recorded.
pub(super) fn failures(lines: &[Line]) -> Vec<Failure> {
    let recorded = lines.iter().filter_map(|line| match line {
        Line::Failed(failure) => Some(failure.clone()),
        _ => None,
    });
    let mut failures: Vec<Failure> = recorded.collect();
    let mut known: HashSet<Arm> =
        failures.iter().filter(|f| f.stage == Stage::Verify).map(|f| f.arm.clone()).collect();
    for line in lines {
        let Line::Verified(verification) = line else {
            continue;
        };
        let Outcome::Wrong { difference } = &verification.outcome else {
            continue;
        };
        if known.insert(verification.arm.clone()) {
            failures.push(Failure {
                arm: verification.arm.clone(),
                stage: Stage::Verify,
                reason: format!("wrong answer: {difference}"),
            });
        }
    }
    failures
}

/// What is missing as recorded, and variants that a runner lists as unable to run here.
pub(super) fn unavailable(lines: &[Line], families: &[FamilyModel]) -> Vec<Unavailable> {
    let mut all: Vec<Unavailable> = Vec::new();
    let mut places: HashMap<(&MissingKind, &str, Option<&str>), usize> = HashMap::new();
    let mut cases: HashSet<(usize, &CaseId)> = HashSet::new();
    for line in lines {
        let Line::Unavailable(missing) = line else {
            continue;
        };
        let Missing { case, what, reason, remedy } = missing;
        let at = *places.entry((what, reason, remedy.as_deref())).or_insert(all.len());
        if at == all.len() {
            let (what, reason, remedy) = (what.clone(), reason.clone(), remedy.clone());
            let instrument = missing.instrument_of_machine();
            all.push(Unavailable { what, reason, remedy, cases: Vec::new(), instrument });
        }
        if let Some(case) = case
            && cases.insert((at, case))
        {
            all[at].cases.push(case.clone());
        }
    }
    let told = KnownMissing::new(&all);
    let untold: Vec<Unavailable> = families
        .iter()
        .flat_map(|family| family.unavailable_variants.iter().map(move |variant| (family, variant)))
        .filter(|(family, (variant, reason))| !told.has(&family.name, variant, reason))
        .map(|(family, (variant, reason))| Unavailable {
            what: MissingKind::Other(format!("variant {variant} of {}", family.name)),
            reason: reason.clone(),
            remedy: None,
            cases: Vec::new(),
            instrument: None,
        })
        .collect();
    all.extend(untold);
    all
}

/// Which variants are missing for which reason, by the words of a record.
struct KnownMissing {
    /// Reason, and a word of what is missing.
    words: HashSet<(String, String)>,
    /// Reason, family and variant of a case.
    cases: HashSet<(String, String, String)>,
}

impl KnownMissing {
    fn new(all: &[Unavailable]) -> Self {
        let mut told = Self { words: HashSet::new(), cases: HashSet::new() };
        for missing in all {
            let reason = || missing.reason.clone();
            let what = missing.what.to_string();
            let words = what.split([' ', ',', ':', '"']).chain([what.as_str()]);
            told.words.extend(words.map(|word| (reason(), word.to_owned())));
            let names = |case: &CaseId| (reason(), case.family.clone(), case.variant.clone());
            told.cases.extend(missing.cases.iter().map(names));
        }
        told
    }

    fn has(&self, family: &str, variant: &str, reason: &str) -> bool {
        self.words.contains(&(reason.to_owned(), variant.to_owned()))
            || self.words.contains(&(reason.to_owned(), format!("variant {variant} of {family}")))
            || self.cases.contains(&(reason.to_owned(), family.to_owned(), variant.to_owned()))
    }
}
