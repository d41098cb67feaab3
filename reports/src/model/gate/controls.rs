//! The controls of a gate: a measurement that can call the baseline different from itself, or
//! that overlooks a slowdown put in on purpose, is not to be trusted.

use duel_record::{GateDeclared, Line, Purpose, Trial};
use duel_stats::{Claim, Effect, Margins, p_value, trial_log_ratio};

use crate::model::CONFIDENCE;
use crate::number::{percent_short, plural, ratio_with_interval};

/// The baseline is called different from itself, in either direction, in at most this share of
/// sound runs: half of it a direction, one test at the end.
const NULL_ERROR: f64 = 0.01;
/// The slowdown is called found where chance alone would show as much in this share of runs.
const SLOWED_ERROR: f64 = 0.05;
/// Fewer trials than this can't hold the baseline against itself at that error.
const FEWEST_FOR_NULL: usize = 8;
/// A slowdown that fewer trials than this miss says little of the machine.
const FEWEST_TO_MISS: usize = 12;

/// Both controls of a gate.
#[derive(Clone, Debug)]
pub struct GateControls {
    /// The baseline against itself.
    pub null: Control,
    /// The baseline slowed down against itself.
    pub slowed: Control,
}

/// One control: a comparison whose right answer is known.
#[derive(Clone, Debug)]
pub struct Control {
    /// Logarithm of the second arm over the baseline, trial by trial.
    pub log_ratios: Vec<f64>,
    /// Ratio and 95 % interval; `None` under two trials.
    pub effect: Option<Effect>,
    /// Whether it is what it had to be.
    pub outcome: ControlOutcome,
    /// All of it in one sentence.
    pub sentence: String,
}

/// Whether a control came out as it had to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ControlOutcome {
    /// As it had to.
    Sound,
    /// Too few trials to say.
    TooFew,
    /// Not as it had to: the run is contaminated.
    Failed,
}

impl GateControls {
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
        Self { null: null(log_ratios(&trials, 1)), slowed: slowed(declared, log_ratios(&trials, 2)) }
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
        (self.outcome == ControlOutcome::Failed).then_some(self.sentence.as_str())
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

fn null(log_ratios: Vec<f64>) -> Control {
    let effect = duel_stats::effect(&log_ratios, CONFIDENCE);
    let measured = measured(&log_ratios, effect);
    let stands = |claim| p_value(&log_ratios, claim, &Margins::default()) <= NULL_ERROR / 2.0;
    let called = [(Claim::Regressed, "regressed"), (Claim::Improved, "improved")];
    let (outcome, sentence) = match called.into_iter().find(|(claim, _)| stands(*claim)) {
        Some((_, word)) => {
            (ControlOutcome::Failed, format!("the baseline against itself was called {word}: {measured}"))
        }
        None if log_ratios.len() < FEWEST_FOR_NULL => (
            ControlOutcome::TooFew,
            format!("too few trials to hold the baseline against itself: {measured}"),
        ),
        None => (
            ControlOutcome::Sound,
            format!("no difference was found between the baseline and itself: {measured}"),
        ),
    };
    Control { log_ratios, effect, outcome, sentence }
}

fn slowed(declared: &GateDeclared, log_ratios: Vec<f64>) -> Control {
    let effect = duel_stats::effect(&log_ratios, CONFIDENCE);
    let measured = measured(&log_ratios, effect);
    let slowdown = percent_short(declared.control_slowdown - 1.0);
    let found = p_value(&log_ratios, Claim::Regressed, &Margins::default()) <= SLOWED_ERROR;
    let (outcome, sentence) = if found {
        (ControlOutcome::Sound, format!("a slowdown of {slowdown} was put in and found: {measured}"))
    } else if log_ratios.len() >= FEWEST_TO_MISS {
        (ControlOutcome::Failed, format!("a slowdown of {slowdown} was put in and not found: {measured}"))
    } else {
        (
            ControlOutcome::TooFew,
            format!("too few trials to find a slowdown of {slowdown} put in: {measured}"),
        )
    };
    Control { log_ratios, effect, outcome, sentence }
}

/// `1.003 [0.998, 1.007] over 12 trials`.
fn measured(log_ratios: &[f64], effect: Option<Effect>) -> String {
    let trials = plural(log_ratios.len(), "trial");
    match effect {
        Some(effect) => {
            let ratio = ratio_with_interval(effect.ratio, Some((effect.low, effect.high)));
            format!("{ratio} over {trials}")
        }
        None => trials,
    }
}
