//! The procedure of a gate: which case needs more trials, which word stands, and what the whole
//! costs in false words. It asks for trials and is told log ratios; it has no clock.
//!
//! # The procedure
//! - **Three families of claims**, one of each kind ([`Claim`]) for every case. Each family has a
//!   third of the plan's error, and Holm's procedure within it, so any false word at all is said in
//!   at most `family_error` of gates, whatever is true and however the cases depend on each other.
//! - **Looks** are declared beforehand: after `first_look` trials of a case, and whenever their
//!   number has grown by `growth`. The k-th look may spend `1 / (k (k + 1))` of the case's error;
//!   these shares sum to 1, so there is no last look to plan for. What a claim has to show for
//!   itself after several looks is the smallest of `p / share` ([`paid`](Gate::decision)); by the
//!   union bound it is a p-value like any other, wherever the looking stops. Group-sequential
//!   boundaries (Lan and DeMets, *Discrete sequential boundaries for clinical trials*, Biometrika
//!   70, 1983) pay less by using how looks depend on each other; that needs normal statistics,
//!   and log ratios of times have tails. Holm over p-values that have paid for their looks is the
//!   sequentially rejective procedure of Maurer and Bretz (*Multiple testing in group sequential
//!   trials using graphical approaches*, Statistics in Biopharmaceutical Research 5, 2013).
//! - A case whose claim stands has its **verdict and takes no more trials**. When time is up, each
//!   case that is still open has one last look, which pays as the next one would.
//! - A **regression is confirmed** on trials that had no part in finding it: half as many again, or,
//!   where these don't suffice, as many; each of the two tests has half of `confirmation_error`. One
//!   that is not confirmed is inconclusive.
//! - `first_look` is the smallest number of trials that could support a claim at the share of the
//!   first look in the hardest step of Holm's procedure; a gate with fewer could never fire, and
//!   says nothing.

use crate::claim::{Claim, fewest_trials, p_value};
use crate::effect::{Effect, effect};
use crate::multiplicity::{holm, q_values};
use crate::smallest_effect::smallest_detectable_ratio;
use crate::verdict::{Margins, Verdict};

/// What a gate declares before its first trial.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GatePlan {
    /// The share of gates in which any word may be wrong.
    pub family_error: f64,
    /// The share of regressions, found where there are none, that may be confirmed.
    pub confirmation_error: f64,
    /// Trials at one look over trials at the look before.
    pub growth: f64,
}

impl Default for GatePlan {
    /// 5 % each, and half as many trials again from look to look.
    fn default() -> Self {
        Self { family_error: 0.05, confirmation_error: 0.05, growth: 1.5 }
    }
}

impl GatePlan {
    /// What the claims of one kind may cost.
    fn error_of_a_kind(&self) -> f64 {
        self.family_error / Claim::ALL.len() as f64
    }

    /// The smallest number of trials that could give any of `cases` a verdict; `None` if the plan
    /// spends nothing.
    pub fn first_look(&self, cases: usize) -> Option<usize> {
        fewest_trials(self.error_of_a_kind() / cases.max(1) as f64 * share(1))
    }

    /// The smallest number of trials that could confirm a regression.
    pub fn fewest_confirming(&self) -> Option<usize> {
        fewest_trials(self.error_of_a_confirming_look())
    }

    /// What each of the looks at the confirming trials may spend.
    fn error_of_a_confirming_look(&self) -> f64 {
        self.confirmation_error / CONFIRMING_LOOKS as f64
    }

    /// The number of trials at which each look is taken, from the first.
    fn looks(&self, cases: usize) -> impl Iterator<Item = usize> {
        let growth = if self.growth > 1.0 { self.growth } else { 2.0 };
        let first = self.first_look(cases).unwrap_or(usize::MAX);
        std::iter::successors(Some(first), move |trials| Some((*trials as f64 * growth).ceil() as usize))
    }
}

/// What an interval is made at, so that 95 % of them hold the truth after stopping.
const CONFIDENCE_BEFORE_STOPPING: f64 = 0.96;

/// After the first, each comes when there are as many trials again.
const CONFIRMING_LOOKS: usize = 2;

/// The share of a case's error that the k-th look may spend.
fn share(look: u32) -> f64 {
    1.0 / (f64::from(look) * (f64::from(look) + 1.0))
}

/// What trials are taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// To find a verdict.
    Explore,
    /// To confirm a regression that was found.
    Confirm,
}

/// Why a case has the verdict that it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The claim stands at this look, the first being 1.
    Stands {
        /// Which look.
        look: u32,
    },
    /// Time was up, or the trials were, before any claim stood.
    NotEnough,
    /// Fewer trials than could support any claim.
    TooFew {
        /// As many as would do.
        needed: usize,
    },
    /// A regression was found, and independent trials did not confirm it.
    NotConfirmed,
}

/// What a gate says of one case.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decision {
    /// The word.
    pub verdict: Verdict,
    /// Why.
    pub reason: Reason,
    /// The p-value of each claim, in the order of [`Claim::ALL`], with its looks paid for and
    /// before Holm's correction: 1 is no support.
    pub p_values: [f64; 3],
    /// The q-value of "regressed" among all cases.
    pub q_regressed: f64,
    /// The p-value of "regressed" on the confirming trials alone, where there were any.
    pub p_confirmed: Option<f64>,
    /// Looks that were taken.
    pub looks: u32,
    /// Trials that explored, and that confirmed.
    pub trials: (usize, usize),
    /// Ratio and 95 % interval over all trials of the case. It is made at 96 %, for stopping where
    /// a claim stands costs it up to two points (`tests/behaviour/gates.rs` measures what is left).
    pub effect: Option<Effect>,
    /// The smallest true ratio above 1 that so many trials with this spread find with 95 %
    /// probability at the level that they have to meet, and find and confirm with about 80 %.
    pub smallest_detectable_ratio: Option<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Exploring,
    Confirming { found_at: u32, wanted: usize },
    Decided(Verdict, Reason),
}

/// What is known of one case.
#[derive(Clone, Debug)]
struct Track {
    margins: Margins,
    explored: Vec<f64>,
    confirmed: Vec<f64>,
    looks: u32,
    next_look: usize,
    paid: [f64; 3],
    state: State,
}

/// A gate under way.
#[derive(Clone, Debug)]
pub struct Gate {
    plan: GatePlan,
    tracks: Vec<Track>,
}

impl Gate {
    /// A gate over cases with these margins, before its first trial.
    pub fn new(plan: GatePlan, margins: &[Margins]) -> Self {
        let next_look = plan.first_look(margins.len()).unwrap_or(usize::MAX);
        let track = |margins: &Margins| Track {
            margins: *margins,
            explored: Vec::new(),
            confirmed: Vec::new(),
            looks: 0,
            next_look,
            paid: [1.0; 3],
            state: State::Exploring,
        };
        Self { plan, tracks: margins.iter().map(track).collect() }
    }

    /// What the next trial of a case is for; `None` where its verdict stands.
    pub fn wants(&self, case: usize) -> Option<Phase> {
        match self.tracks.get(case)?.state {
            State::Exploring => Some(Phase::Explore),
            State::Confirming { .. } => Some(Phase::Confirm),
            State::Decided(..) => None,
        }
    }

    /// Whether any case wants a trial.
    pub fn is_open(&self) -> bool {
        (0..self.tracks.len()).any(|case| self.wants(case).is_some())
    }

    /// Takes the log ratio of a case's next trial ([`crate::trial_log_ratio`]), and looks where a
    /// look is due. A trial that the case does not want is left out.
    pub fn add(&mut self, case: usize, log_ratio: f64) {
        match self.wants(case) {
            Some(Phase::Explore) => {
                let track = &mut self.tracks[case];
                track.explored.push(log_ratio);
                if track.explored.len() >= track.next_look {
                    let cases = self.tracks.len();
                    self.look(case);
                    let track = &mut self.tracks[case];
                    let taken = track.explored.len();
                    track.next_look = self.plan.looks(cases).find(|n| *n > taken).unwrap_or(usize::MAX);
                    self.settle();
                }
            }
            Some(Phase::Confirm) => {
                let track = &mut self.tracks[case];
                track.confirmed.push(log_ratio);
                let due = |wanted: usize| track.confirmed.len().is_multiple_of(wanted);
                if matches!(track.state, State::Confirming { wanted, .. } if due(wanted)) {
                    self.confirm(case, false);
                }
            }
            None => {}
        }
    }

    /// Time is up: one last look at every case that is still open.
    pub fn close(&mut self) {
        let needed = self.plan.first_look(self.tracks.len()).unwrap_or(usize::MAX);
        let last = self.plan.looks(self.tracks.len());
        let declared: Vec<usize> = last.take_while(|n| *n <= crate::MAXIMUM_TRIALS).collect();
        for case in 0..self.tracks.len() {
            let taken = self.tracks[case].explored.len();
            let new = !declared.contains(&taken);
            if self.tracks[case].state == State::Exploring && taken >= needed && new {
                self.look(case);
            }
        }
        self.settle();
        for case in 0..self.tracks.len() {
            match self.tracks[case].state {
                State::Confirming { .. } => self.confirm(case, true),
                State::Exploring => {
                    let enough = self.tracks[case].explored.len() >= needed;
                    let reason = if enough { Reason::NotEnough } else { Reason::TooFew { needed } };
                    self.tracks[case].state = State::Decided(Verdict::Inconclusive, reason);
                }
                State::Decided(..) => {}
            }
        }
    }

    /// Takes a look at a case: every claim's p-value, paid for by this look's share.
    fn look(&mut self, case: usize) {
        let track = &mut self.tracks[case];
        track.looks += 1;
        for (paid, claim) in track.paid.iter_mut().zip(Claim::ALL) {
            *paid = paid.min(p_value(&track.explored, claim, &track.margins) / share(track.looks));
        }
    }

    /// Gives every case whose claim stands its verdict. A claim that falls makes the next one of
    /// its kind cheaper, for cases that were looked at before, too.
    fn settle(&mut self) {
        for (kind, claim) in Claim::ALL.into_iter().enumerate() {
            let paid: Vec<f64> = self.tracks.iter().map(|track| track.paid[kind]).collect();
            let stands = holm(&paid, self.plan.error_of_a_kind());
            for (track, _) in self.tracks.iter_mut().zip(stands).filter(|(_, stands)| *stands) {
                if track.state != State::Exploring {
                    continue;
                }
                let stands = Reason::Stands { look: track.looks };
                track.state = match claim {
                    Claim::Regressed => {
                        // As few as could confirm it would have to be without a fault.
                        let least = self.plan.fewest_confirming().unwrap_or(usize::MAX).saturating_add(2);
                        let wanted = track.explored.len().div_ceil(2).max(least);
                        State::Confirming { found_at: track.looks, wanted }
                    }
                    Claim::Improved => State::Decided(Verdict::Improved, stands),
                    Claim::Equivalent => State::Decided(Verdict::Equivalent, stands),
                };
            }
        }
    }

    /// Holds the confirming trials against the margin; at the last look, or when time is up, for good.
    fn confirm(&mut self, case: usize, time_is_up: bool) {
        let error = self.plan.error_of_a_confirming_look();
        let track = &mut self.tracks[case];
        if let State::Confirming { found_at, wanted } = track.state {
            let last = time_is_up || track.confirmed.len() >= CONFIRMING_LOOKS * wanted;
            if p_value(&track.confirmed, Claim::Regressed, &track.margins) <= error {
                track.state = State::Decided(Verdict::Regressed, Reason::Stands { look: found_at });
            } else if last {
                track.state = State::Decided(Verdict::Inconclusive, Reason::NotConfirmed);
            }
        }
    }

    /// What the gate says of a case; inconclusive while it is open. `None` for a case that the
    /// gate does not have.
    pub fn decision(&self, case: usize) -> Option<Decision> {
        self.decision_with(case, &self.q_regressed())
    }

    /// The same of every case, in their order.
    pub fn decisions(&self) -> Vec<Decision> {
        let q_regressed = self.q_regressed();
        (0..self.tracks.len()).filter_map(|case| self.decision_with(case, &q_regressed)).collect()
    }

    /// The q-value of "regressed" of every case.
    fn q_regressed(&self) -> Vec<f64> {
        let regressed: Vec<f64> = self.tracks.iter().map(|track| track.paid[0].min(1.0)).collect();
        q_values(&regressed)
    }

    fn decision_with(&self, case: usize, q_regressed: &[f64]) -> Option<Decision> {
        let track = self.tracks.get(case)?;
        let (verdict, reason) = match track.state {
            State::Decided(verdict, reason) => (verdict, reason),
            State::Exploring | State::Confirming { .. } => (Verdict::Inconclusive, Reason::NotEnough),
        };
        let all: Vec<f64> = track.explored.iter().chain(&track.confirmed).copied().collect();
        // The level of a claim at the last look that was taken, in the first step of Holm's procedure.
        let level = self.plan.error_of_a_kind() / self.tracks.len() as f64 * share(track.looks.max(1));
        Some(Decision {
            verdict,
            reason,
            p_values: track.paid.map(|paid| paid.min(1.0)),
            q_regressed: q_regressed[case],
            p_confirmed: (!track.confirmed.is_empty())
                .then(|| p_value(&track.confirmed, Claim::Regressed, &track.margins)),
            looks: track.looks,
            trials: (track.explored.len(), track.confirmed.len()),
            effect: effect(&all, CONFIDENCE_BEFORE_STOPPING)
                .map(|found| Effect { confidence: 0.95, ..found }),
            smallest_detectable_ratio: smallest_detectable_ratio(
                &track.explored,
                track.margins.change,
                1.0 - 2.0 * level,
                0.95,
            ),
        })
    }
}
