//! The controls of a gate: a measurement that can call the baseline different from itself, or
//! that overlooks a slowdown put in on purpose, is not to be trusted.

use duel_record::{GateDeclared, Line, Purpose, Trial};
use duel_stats::{Decision, Gate, GatePlan, Margins, Phase, Verdict, trial_log_ratio};

use super::replay;
use crate::number::{percent_short, plural, ratio_with_interval};

/// Each kind of false word about the null control may be said in this share of runs.
const NULL_ERROR_OF_A_KIND: f64 = 0.01;

/// Both controls of a gate.
#[derive(Clone, Debug)]
pub struct Controls {
    /// The baseline against itself.
    pub null: Control,
    /// The baseline slowed down against itself.
    pub slowed: Control,
}

/// One control: a gate of one case whose right answer is known.
#[derive(Clone, Debug)]
pub struct Control {
    /// Logarithm of the second arm over the baseline, trial by trial.
    pub log_ratios: Vec<f64>,
    /// What a gate of this one case says.
    pub decision: Option<Decision>,
    /// Whether it is what it had to be.
    pub finding: Finding,
    /// All of it in one sentence.
    pub sentence: String,
}

/// Whether a control came out as it had to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// As it had to.
    Sound,
    /// Too few trials to say.
    TooFew,
    /// Not as it had to: the run is contaminated.
    Failed,
}

impl Controls {
    /// Reads the control trials of a record.
    pub(super) fn new(declared: &GateDeclared, lines: &[Line]) -> Self {
        let trials: Vec<&Trial> = lines
            .iter()
            .filter_map(|line| match line {
                Line::Trial(trial) if trial.purpose == Purpose::Control && trial.set_aside.is_none() => {
                    Some(trial)
                }
                _ => None,
            })
            .collect();
        Self {
            null: null(declared, log_ratios(&trials, 1)),
            slowed: slowed(declared, log_ratios(&trials, 2)),
        }
    }

    /// What was said of the baseline against itself, where that was not "the same": the run's
    /// regressions don't count.
    pub fn null_failed(&self) -> Option<&str> {
        self.null.failed()
    }

    /// That the slowdown put in was not found, where it had trials enough: that nothing else was
    /// found says little.
    pub fn slowdown_missed(&self) -> Option<&str> {
        self.slowed.failed()
    }
}

impl Control {
    fn failed(&self) -> Option<&str> {
        (self.finding == Finding::Failed).then_some(self.sentence.as_str())
    }
}

/// The second or third arm of each control trial against the first.
fn log_ratios(trials: &[&Trial], arm: usize) -> Vec<f64> {
    trials
        .iter()
        .filter_map(|trial| {
            trial_log_ratio(&trial.arms.first()?.ns_per_iter(), &trial.arms.get(arm)?.ns_per_iter())
        })
        .collect()
}

/// What a gate of one case says of these, and whether it was still confirming when they ended.
fn decide(plan: GatePlan, log_ratios: &[f64]) -> (Option<Decision>, bool) {
    let mut gate = Gate::new(plan, &[Margins::default()]);
    log_ratios.iter().for_each(|log_ratio| gate.add(0, *log_ratio));
    let confirming = gate.wants(0) == Some(Phase::Confirm);
    gate.close();
    (gate.decision(0), confirming)
}

fn null(declared: &GateDeclared, log_ratios: Vec<f64>) -> Control {
    let plan = GatePlan { family_error: 3.0 * NULL_ERROR_OF_A_KIND, ..replay::plan(declared) };
    let (decision, confirming) = decide(plan, &log_ratios);
    let verdict = decision.map_or(Verdict::Inconclusive, |decision| decision.verdict);
    let enough = log_ratios.len() >= plan.first_look(1).unwrap_or(usize::MAX) && !confirming;
    let measured = measured(&log_ratios, decision.as_ref());
    let (finding, sentence) = match verdict {
        Verdict::Regressed | Verdict::Improved => {
            let word = super::Standing::from(verdict).name();
            (Finding::Failed, format!("the baseline against itself was called {word}: {measured}"))
        }
        Verdict::Equivalent | Verdict::Inconclusive if enough => {
            (Finding::Sound, format!("no difference was found between the baseline and itself: {measured}"))
        }
        Verdict::Equivalent | Verdict::Inconclusive => {
            (Finding::TooFew, format!("too few trials to hold the baseline against itself: {measured}"))
        }
    };
    Control { log_ratios, decision, finding, sentence }
}

fn slowed(declared: &GateDeclared, log_ratios: Vec<f64>) -> Control {
    let plan = replay::plan(declared);
    let (decision, confirming) = decide(plan, &log_ratios);
    let verdict = decision.map_or(Verdict::Inconclusive, |decision| decision.verdict);
    let measured = measured(&log_ratios, decision.as_ref());
    let slowdown = percent_short(declared.control_slowdown - 1.0);
    let (finding, sentence) = if verdict == Verdict::Regressed {
        (Finding::Sound, format!("a slowdown of {slowdown} was put in and found: {measured}"))
    } else if matches!(verdict, Verdict::Equivalent | Verdict::Improved)
        || (log_ratios.len() >= fewest_to_find_and_confirm(plan) && !confirming)
    {
        (Finding::Failed, format!("a slowdown of {slowdown} was put in and not found: {measured}"))
    } else {
        (Finding::TooFew, format!("too few trials to find a slowdown of {slowdown} put in: {measured}"))
    };
    Control { log_ratios, decision, finding, sentence }
}

/// The smallest number of trials on which one case can be found regressed and be confirmed.
fn fewest_to_find_and_confirm(plan: GatePlan) -> usize {
    // A gate whose every trial shows the same large slowdown is the quickest to fire.
    let mut gate = Gate::new(plan, &[Margins::default()]);
    let taken = (0..duel_stats::MAXIMUM_TRIALS).take_while(|_| {
        let wanted = gate.wants(0).is_some();
        gate.add(0, 1.0);
        wanted
    });
    taken.count()
}

/// `1.003 [0.998, 1.007] over 12 trials`.
fn measured(log_ratios: &[f64], decision: Option<&Decision>) -> String {
    let trials = plural(log_ratios.len(), "trial");
    match decision.and_then(|decision| decision.effect) {
        Some(effect) => {
            let ratio = ratio_with_interval(effect.ratio, Some((effect.low, effect.high)));
            format!("{ratio} over {trials}")
        }
        None => trials,
    }
}
