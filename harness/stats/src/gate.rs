//! The procedure of a gate: which case needs more trials, which word stands, and what the whole
//! costs in false words. It asks for trials and is given log ratios; it has no clock.
//!
//! # The procedure
//! - **Three families of claims**, one of each kind ([`Claim`]) for every case. Each family has a
//!   third of the plan's error, and Holm's procedure within it, so any false word at all is said in
//!   at most `family_error` of gates, whatever is true and however the cases depend on each other.
//! - **Looks** are declared beforehand: after `first_look` trials of a case, and whenever their
//!   number has grown by `growth`. The first look may spend half of the case's error, the k-th after it
//!   `1 / (2 k (k + 1))`, and the early look (below) a quarter; these shares sum to 1, so there is no
//!   last look to plan for. What a claim has to show for
//!   itself after several looks is the smallest of `p / share` ([`paid`](Gate::decision)); by the
//!   union bound it is a p-value like any other, wherever the looking stops. Group-sequential
//!   boundaries (Lan and DeMets, *Discrete sequential boundaries for clinical trials*, Biometrika
//!   70, 1983) pay less by using how looks depend on each other; that needs normal statistics,
//!   and log ratios of times have tails. Holm over p-values that have paid for their looks is the
//!   sequentially rejective procedure of Maurer and Bretz (*Multiple testing in group sequential
//!   trials using graphical approaches*, Statistics in Biopharmaceutical Research 5, 2013).
//! - A case whose claim stands has its **verdict and takes no more trials**. When time is up, each
//!   case that is still open has one last look, which pays as the next one would, or as the early look if
//!   that was not taken.
//! - A **regression is confirmed** on trials that had no part in finding it. These are tested when they
//!   are half as many as those that found it, and whenever their number has doubled, until time is up;
//!   the k-th of these tests may spend `2^-k` of `confirmation_error`, which sums to all of it, so
//!   again there is no last one to plan for. One that is not confirmed is inconclusive, and its reason
//!   says whether the trials spoke against it or time was up first.
//! - **Time is kept for confirming**: when two thirds of a case's time are over, it has an early look
//!   ([`look_early`](Gate::look_early)), which has a share of its own, so that most of what the trials
//!   hold is found then. It can still have half as many trials again. Without it a claim that is first made at the last look could never
//!   be confirmed.
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
    /// The share of a case's error that its early look may spend, of the half that the first look leaves;
    /// 0 in the plans of gates that have none.
    pub early_look: f64,
}

impl Default for GatePlan {
    /// 5 % each, half as many trials again from look to look, and a quarter for the early look.
    fn default() -> Self {
        Self { family_error: 0.05, confirmation_error: 0.05, growth: 1.5, early_look: 0.25 }
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
        fewest_trials(self.error_of_a_kind() / cases.max(1) as f64 * self.share(1))
    }

    /// The smallest number of trials that could confirm a regression.
    pub fn fewest_confirming(&self) -> Option<usize> {
        fewest_trials(self.error_of_a_confirming_look(1))
    }

    /// What the k-th look at the confirming trials may spend.
    fn error_of_a_confirming_look(&self, look: u32) -> f64 {
        self.confirmation_error * 0.5_f64.powi(i32::try_from(look).unwrap_or(i32::MAX))
    }

    /// The share of a case's error that the k-th look may spend, early ones not counted. With
    /// `early_look` they sum to 1.
    fn share(&self, look: u32) -> f64 {
        let others = if look == 1 { 1.0 } else { 1.0 - 2.0 * self.early_look.clamp(0.0, 0.5) };
        others / (f64::from(look) * (f64::from(look) + 1.0))
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

/// The share of a case's time after which it has an early look: what is found then can still be
/// confirmed on half as many trials again.
pub const SHARE_OF_EXPLORING: f64 = 2.0 / 3.0;

/// A confirmation had its full chance with so many times the trials of its first look: as many trials
/// as found the regression.
const FULL_CHANCE: usize = 2;

/// The p-value of a regression from which on trials speak against it: as few as one in twenty would be
/// so far below a ratio at the margin.
const SPEAKS_AGAINST: f64 = 0.95;

/// Two looks are apart by a quarter more trials at least, so that none is paid for next to nothing.
const LEAST_GROWTH: f64 = 1.25;

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
    /// The look at which the claim was made, the first being 1.
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
    /// A regression was found, and independent trials, as many as found it or more, speak against it
    /// rather than for it.
    NotConfirmed,
    /// A regression was found, and time was up before enough independent trials confirmed it or spoke
    /// against it.
    NoTimeToConfirm,
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
    /// probability at the level of their last look.
    pub smallest_detectable_ratio: Option<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Exploring,
    /// `wanted` trials are the first look's, `next_look` the number at which the next one is due, and
    /// `looks` were taken.
    Confirming {
        found_at: u32,
        wanted: usize,
        next_look: usize,
        looks: u32,
    },
    Decided(Verdict, Reason),
}

/// What is known of one case.
#[derive(Clone, Debug)]
struct Track {
    margins: Margins,
    explored: Vec<f64>,
    confirmed: Vec<f64>,
    looks: u32,
    /// Whether one of the looks had the share of the early one.
    looked_early: bool,
    /// The share that the last look had.
    share: f64,
    /// Trials at the last look.
    looked_at: usize,
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
            looked_early: false,
            share: plan.share(1),
            looked_at: 0,
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
                    self.look(case, false);
                    self.settle();
                }
            }
            Some(Phase::Confirm) => {
                let track = &mut self.tracks[case];
                track.confirmed.push(log_ratio);
                let taken = track.confirmed.len();
                if matches!(track.state, State::Confirming { next_look, .. } if taken >= next_look) {
                    self.confirm(case);
                }
            }
            None => {}
        }
    }

    /// A look before the next one is due, to be taken when [`SHARE_OF_EXPLORING`] of the case's time is
    /// over. Nothing happens where the case is not exploring, has too few trials for any claim, or
    /// none since its last look.
    pub fn look_early(&mut self, case: usize) {
        let Some(track) = self.tracks.get(case) else { return };
        let taken = track.explored.len();
        let enough = self.plan.first_look(self.tracks.len()).is_some_and(|first| taken >= first);
        if track.state == State::Exploring && enough && taken > track.looked_at {
            self.look(case, true);
            self.settle();
        }
    }

    /// The cases whose regression is being confirmed, without full chance so far, that can reach their next
    /// look in the time that is left: those that need the least first, and one in any case. Taking turns
    /// with all of them would confirm none.
    ///
    /// `trial_s` is what a trial of a case takes, in seconds; `None` of a case that takes no more trials.
    pub fn confirmations_in_time(&self, trial_s: impl Fn(usize) -> Option<f64>, left_s: f64) -> Vec<usize> {
        let needs = |(case, track): (usize, &Track)| match track.state {
            State::Confirming { wanted, next_look, .. }
                if track.confirmed.len() < FULL_CHANCE.saturating_mul(wanted) =>
            {
                Some((case, next_look.saturating_sub(track.confirmed.len()) as f64 * trial_s(case)?))
            }
            _ => None,
        };
        let mut needs: Vec<(usize, f64)> = self.tracks.iter().enumerate().filter_map(needs).collect();
        needs.sort_by(|(_, a), (_, b)| a.total_cmp(b));
        let mut sum = 0.0;
        let fits = |(index, (_, need)): &(usize, (usize, f64))| {
            sum += need;
            *index == 0 || sum <= left_s
        };
        needs.into_iter().enumerate().take_while(fits).map(|(_, (case, _))| case).collect()
    }

    /// Whether a regression of this case is being confirmed, without full chance so far.
    pub fn confirms(&self, case: usize) -> bool {
        self.tracks.get(case).is_some_and(|track| match track.state {
            State::Confirming { wanted, .. } => track.confirmed.len() < FULL_CHANCE.saturating_mul(wanted),
            State::Exploring | State::Decided(..) => false,
        })
    }

    /// Time is up: one last look at every case that is still open.
    pub fn close(&mut self) {
        let needed = self.plan.first_look(self.tracks.len()).unwrap_or(usize::MAX);
        for case in 0..self.tracks.len() {
            let track = &self.tracks[case];
            let taken = track.explored.len();
            if track.state == State::Exploring && taken >= needed && taken > track.looked_at {
                self.look(case, true);
            }
        }
        self.settle();
        for case in 0..self.tracks.len() {
            match self.tracks[case].state {
                State::Confirming { .. } => self.confirm_for_good(case),
                State::Exploring => {
                    let enough = self.tracks[case].explored.len() >= needed;
                    let reason = if enough { Reason::NotEnough } else { Reason::TooFew { needed } };
                    self.tracks[case].state = State::Decided(Verdict::Inconclusive, reason);
                }
                State::Decided(..) => {}
            }
        }
    }

    /// Takes a look at a case: every claim's p-value, paid for by this look's share, or by that of the
    /// early look if it is wanted and was not spent.
    fn look(&mut self, case: usize, early: bool) {
        let (plan, cases) = (self.plan, self.tracks.len());
        let track = &mut self.tracks[case];
        track.looks += 1;
        let unspent = plan.early_look > 0.0 && !track.looked_early && track.looks > 1;
        track.share = if early && unspent {
            track.looked_early = true;
            plan.early_look
        } else {
            plan.share(track.looks - u32::from(track.looked_early))
        };
        track.looked_at = track.explored.len();
        let least = (track.looked_at as f64 * LEAST_GROWTH).ceil() as usize;
        track.next_look = plan.looks(cases).find(|n| *n >= least).unwrap_or(usize::MAX);
        for (paid, claim) in track.paid.iter_mut().zip(Claim::ALL) {
            *paid = paid.min(p_value(&track.explored, claim, &track.margins) / track.share);
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
                        State::Confirming { found_at: track.looks, wanted, next_look: wanted, looks: 0 }
                    }
                    Claim::Improved => State::Decided(Verdict::Improved, stands),
                    Claim::Equivalent => State::Decided(Verdict::Equivalent, stands),
                };
            }
        }
    }

    /// Takes a look at the confirming trials. Once they had their full chance and speak against the
    /// regression, no more are taken.
    fn confirm(&mut self, case: usize) {
        let plan = self.plan;
        let track = &mut self.tracks[case];
        let State::Confirming { found_at, wanted, next_look, looks } = &mut track.state else { return };
        *looks += 1;
        *next_look = next_look.saturating_mul(2);
        let full_chance = track.confirmed.len() >= FULL_CHANCE.saturating_mul(*wanted);
        let p_value = p_value(&track.confirmed, Claim::Regressed, &track.margins);
        if p_value <= plan.error_of_a_confirming_look(*looks) {
            track.state = State::Decided(Verdict::Regressed, Reason::Stands { look: *found_at });
        } else if full_chance && p_value >= SPEAKS_AGAINST {
            track.state = State::Decided(Verdict::Inconclusive, Reason::NotConfirmed);
        }
    }

    /// Time is up: one last look at the confirming trials, and if it does not suffice, why.
    fn confirm_for_good(&mut self, case: usize) {
        self.confirm(case);
        let track = &mut self.tracks[case];
        if let State::Confirming { wanted, .. } = track.state {
            let had_its_chance = track.confirmed.len() >= FULL_CHANCE.saturating_mul(wanted);
            let against = p_value(&track.confirmed, Claim::Regressed, &track.margins) >= 0.5;
            let reason =
                if had_its_chance && against { Reason::NotConfirmed } else { Reason::NoTimeToConfirm };
            track.state = State::Decided(Verdict::Inconclusive, reason);
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
        let level = self.plan.error_of_a_kind() / self.tracks.len() as f64 * track.share;
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
            // Fewer trials than a claim takes would have found nothing, whatever the effect.
            smallest_detectable_ratio: fewest_trials(level)
                .filter(|needed| track.explored.len() >= *needed)
                .and_then(|_| {
                    let confidence = 1.0 - 2.0 * level;
                    smallest_detectable_ratio(&track.explored, track.margins.change, confidence, 0.95)
                }),
        })
    }
}
