//! The trials of a gate: rounds over the cases whose verdict is still open, with the controls in
//! between. What to measure next and when to stop is `duel_stats::Gate`'s; this has the clock.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use anyhow::Result;
use duel_record::{Factor, GateDeclared, Line, Metric, Missing, MissingKind, Purpose, Stage, Trial};
use duel_reports::{gate_plan, gate_procedure};
use duel_stats::{Gate, Phase, SHARE_OF_EXPLORING, trial_log_ratio};

use super::{
    Session, Stop,
    gate_pace::{self, LeftOut, Pace},
    trial::{Outcome, Turns},
};
use crate::{duration::human, plan::Comparison, rng::Rng};
use duel_reports::number::plural;

/// Of the trials of a case, the share that may be set aside: one in so many.
const SET_ASIDE_ONE_IN: u32 = 4;
/// A control host's iteration lasts no longer than this, so that its slowdown is no long sample.
const SLOWEST_CONTROL_NS: f64 = 1e5;
/// One a round, up to this many.
const MOST_CONTROLS: u32 = 32;
/// Of the time so far, the most for controls while a case is open. It matters where an iteration takes long,
/// since a slowdown can only be put in by whole iterations.
const SHARE_OF_CONTROLS: f64 = 2.0 / 3.0;
/// They go on after the last case has its verdict until there are so many.
const ENOUGH_CONTROLS: u32 = 16;

/// A gate whose trials are being taken.
struct Rounds<'a> {
    declared: &'a GateDeclared,
    gate: Gate,
    turns: Vec<Turns>,
    /// Trials of each case that were set aside.
    set_aside: Vec<u32>,
    paces: Vec<Pace>,
    /// Trials of a case that a verdict needs.
    needed: u32,
    controls: Controls,
    start: Instant,
    /// When every case has its early look.
    early_look: Instant,
    looked_early: bool,
    deadline: Instant,
    budget: Duration,
}

/// The baseline against itself, and against itself slowed down.
#[derive(Default)]
struct Controls {
    /// By the case that lends its baseline.
    turns: HashMap<usize, Turns>,
    trials: u32,
    spent: Duration,
    /// How long each arm of a trial is sampled.
    arm_per_trial: Duration,
}

impl Session<'_> {
    /// Takes the trials of a gate, within `budget` from now.
    ///
    /// # Errors
    /// When the record can't be written.
    pub fn gate(&mut self, declared: &GateDeclared, budget: Duration) -> Result<Stop> {
        let declared = &self.without_identical_cases(declared)?;
        self.keep(&Line::Gate(declared.clone()))?;
        if declared.metric == Metric::Instructions {
            // It takes no trials, and is decided when all is counted.
            self.gate_by_counts = Some(declared.clone());
            return Ok(None);
        }
        let mut rounds = self.rounds(declared, budget)?;
        let mut round = 0;
        while rounds.wants_more() && Instant::now() < rounds.deadline {
            if let Some(stop) = self.round(&mut rounds, round)? {
                return Ok(Some(stop));
            }
            self.make_room(&mut rounds)?;
            round += 1;
        }
        self.name_suspects(&rounds)?;
        Ok(None)
    }

    fn rounds<'a>(&mut self, declared: &'a GateDeclared, budget: Duration) -> Result<Rounds<'a>> {
        let mut turns = Vec::new();
        let inject = self.bench.effort.inject.unwrap_or(1.0);
        for case in &declared.cases {
            let arms = vec![case.baseline.clone(), case.candidate.clone()];
            let comparison = Comparison { factor: Factor::Artifact, arms };
            let mut turn = Turns::new(comparison, Purpose::Explore, vec![1.0, inject]);
            self.leave_out_failed(&mut turn);
            self.leave_out_other_data(&mut turn)?;
            turns.push(turn);
        }
        let needed = gate_plan(declared).first_look(turns.len()).unwrap_or(usize::MAX);
        Ok(Rounds {
            needed: u32::try_from(needed).unwrap_or(u32::MAX),
            gate: gate_procedure(declared),
            set_aside: vec![0; turns.len()],
            paces: vec![Pace::default(); turns.len()],
            turns,
            controls: Controls { arm_per_trial: self.bench.effort.arm_per_trial, ..Controls::default() },
            start: Instant::now(),
            early_look: Instant::now() + budget.mul_f64(SHARE_OF_EXPLORING),
            looked_early: false,
            deadline: Instant::now() + budget,
            budget,
            declared,
        })
    }

    /// One trial of every case that is still open, in shuffled order, and one of the controls.
    fn round(&mut self, rounds: &mut Rounds<'_>, round: u32) -> Result<Stop> {
        let mut rng = Rng::new(self.bench.settings.seed ^ (u64::from(round) << 32));
        let mut order: Vec<usize> = rounds.due();
        rng.shuffle(&mut order);
        for case in order {
            if let Some(stop) = self.stop() {
                return Ok(Some(stop));
            }
            let now = Instant::now();
            if now >= rounds.deadline {
                return Ok(None);
            }
            if now >= rounds.early_look && !rounds.looked_early {
                self.keep(&Line::EarlyLook)?;
                rounds.look_early();
                // Confirmations come first from now on.
                return Ok(None);
            }
            if let Some(stop) = self.gate_trial(rounds, case, round)? {
                return Ok(Some(stop));
            }
        }
        if let Some(host) = rounds.controls_next(&mut rng) {
            return self.control_trial(rounds, host, round);
        }
        Ok(None)
    }

    fn gate_trial(&mut self, rounds: &mut Rounds<'_>, case: usize, round: u32) -> Result<Stop> {
        let Some(phase) = rounds.gate.wants(case) else { return Ok(None) };
        let turn = &mut rounds.turns[case];
        turn.purpose = match phase {
            Phase::Explore => Purpose::Explore,
            Phase::Confirm => Purpose::Confirm,
        };
        let start = Instant::now();
        self.progress.at(&format!("round {}: {}", round + 1, turn.comparison.arms[0].case));
        let outcome = self.attempt(turn, round);
        self.note_elsewhere(turn)?;
        match outcome {
            Outcome::Done(mut trial) => {
                turn.trials += 1;
                trial.set_aside = set_aside(&trial, rounds.declared, rounds.set_aside[case], turn.trials);
                if trial.set_aside.is_some() {
                    rounds.set_aside[case] += 1;
                } else if let Some(log_ratio) = log_ratio(&trial, 1) {
                    rounds.gate.add(case, log_ratio);
                }
                rounds.paces[case].add(start.elapsed(), trial.set_aside.is_none());
                self.note_unpinned(&trial)?;
                self.keep(&Line::Trial(trial))?;
                self.progress.done(start.elapsed());
            }
            Outcome::Failed(faults) => {
                for (index, fault) in faults {
                    self.fail(&turn.comparison.arms[index].clone(), Stage::Trial, &fault)?;
                }
                self.show_failures();
                self.leave_out_failed(turn);
            }
            Outcome::Interrupted => return Ok(self.stop()),
        }
        Ok(None)
    }

    fn control_trial(&mut self, rounds: &mut Rounds<'_>, host: usize, round: u32) -> Result<Stop> {
        let slowdown = rounds.declared.control_slowdown;
        let baseline = &rounds.declared.cases[host].baseline;
        let turn = rounds.controls.turns.entry(host).or_insert_with(|| {
            let comparison = Comparison { factor: Factor::Artifact, arms: vec![baseline.clone(); 3] };
            Turns::new(comparison, Purpose::Control, vec![1.0, 1.0, slowdown])
        });
        self.progress.at("control: the baseline against itself");
        let start = Instant::now();
        let outcome = self.attempt(turn, round);
        rounds.controls.spent += start.elapsed();
        match outcome {
            Outcome::Done(trial) => {
                rounds.controls.trials += 1;
                self.keep(&Line::Trial(trial))?;
            }
            Outcome::Failed(faults) => {
                for (_, fault) in faults {
                    self.fail(&baseline.clone(), Stage::Control, &fault)?;
                }
                self.show_failures();
            }
            Outcome::Interrupted => return Ok(self.stop()),
        }
        Ok(None)
    }

    /// Leaves out a case whose data sets differ between the sides, by name.
    fn leave_out_other_data(&mut self, turn: &mut Turns) -> Result<()> {
        if let Some((arm, reason)) = self.other_data(turn).into_iter().next() {
            turn.comparison.arms.clear();
            self.miss(Missing {
                case: Some(arm.case),
                what: MissingKind::Comparison,
                reason,
                remedy: Some("compare revisions whose workloads make the same data".to_owned()),
            })?;
        }
        Ok(())
    }

    fn note_unpinned(&mut self, trial: &Trial) -> Result<()> {
        let unpinned = trial.arms.iter().any(|arm| arm.core.is_none() && arm.arm.case.threads.is_none());
        if !unpinned {
            return Ok(());
        }
        self.miss(Missing {
            case: None,
            what: MissingKind::Pinning,
            reason:
                "the system does not let processes be pinned to a core: both arms ran where it put them, \
                     so ratios are noisier"
                    .to_owned(),
            remedy: Some("allow sched_setaffinity (containers: a seccomp profile that has it)".to_owned()),
        })
    }

    /// Leaves out cases that can't have a verdict in the time that is left, by name, so that others
    /// can.
    fn make_room(&mut self, rounds: &mut Rounds<'_>) -> Result<()> {
        let left = rounds.deadline.saturating_duration_since(Instant::now());
        let open: Vec<(usize, Pace)> = rounds.open().map(|case| (case, rounds.paces[case])).collect();
        for (case, why) in gate_pace::left_out(&open, rounds.needed, left) {
            let why = match why {
                LeftOut::TooSlow if rounds.paces[case].is_too_slow(rounds.needed, rounds.budget) => {
                    "too slow for this gate"
                }
                LeftOut::TooSlow => "out of time",
                LeftOut::ForOthers => "left out, so that the quicker cases have a verdict in time",
            };
            self.no_verdict(rounds, case, why)?;
            rounds.turns[case].comparison.arms.clear();
        }
        Ok(())
    }

    /// Names the cases that seemed too slow when time was up.
    fn name_suspects(&mut self, rounds: &Rounds<'_>) -> Result<()> {
        let open: Vec<usize> = rounds.open().filter(|case| rounds.is_suspect(*case)).collect();
        open.into_iter().try_for_each(|case| self.no_verdict(rounds, case, "too slow for this gate"))
    }

    fn no_verdict(&mut self, rounds: &Rounds<'_>, case: usize, why: &str) -> Result<()> {
        let (needed, pace) = (rounds.needed, rounds.paces[case]);
        let had = format!(
            "it had {} of at least {}",
            plural(pace.trials as usize, "trial"),
            human(pace.quickest())
        );
        let enough = Duration::from_secs_f64((pace.quickest() * needed).as_secs_f64() * 1.25 + 2.0);
        self.miss(Missing {
            case: Some(rounds.declared.cases[case].candidate.case.clone()),
            what: MissingKind::Verdict,
            reason: format!(
                "{why}: {had}, a verdict needs {needed}, and the time budget is {}",
                human(rounds.budget)
            ),
            remedy: Some(format!("--time-budget {} for this case alone, or a smaller size", human(enough))),
        })
    }
}

impl Rounds<'_> {
    /// The cases that can be compared and have no verdict.
    fn open(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.turns.len())
            .filter(|case| self.turns[*case].comparison.arms.len() > 1 && self.gate.wants(*case).is_some())
    }

    fn is_suspect(&self, case: usize) -> bool {
        self.paces[case].is_suspect(self.needed, self.budget)
    }

    /// Looks at every case that explores, so that what is found can be confirmed in the time that is left.
    fn look_early(&mut self) {
        self.looked_early = true;
        (0..self.turns.len()).for_each(|case| self.gate.look_early(case));
    }

    /// The open cases whose turn it is in the next round. After the early look confirmations come first,
    /// until each had its full chance.
    fn due(&self) -> Vec<usize> {
        let open: Vec<usize> = self.open().collect();
        let left = self.deadline.saturating_duration_since(Instant::now());
        let trial_s = |case: usize| open.contains(&case).then(|| self.paces[case].quickest().as_secs_f64());
        let in_time = self.gate.confirmations_in_time(trial_s, left.as_secs_f64());
        if self.looked_early && !in_time.is_empty() {
            return in_time;
        }
        let waits = |case: &usize| self.gate.confirms(*case) && !in_time.contains(case);
        self.in_turn().into_iter().filter(|case| !waits(case)).collect()
    }

    /// The open cases. Those that seem too slow wait until the others could have a verdict, and then have
    /// a share of the time.
    fn in_turn(&self) -> Vec<usize> {
        let (suspects, others): (Vec<usize>, Vec<usize>) =
            self.open().partition(|case| self.is_suspect(*case));
        if others.is_empty() {
            return suspects;
        }
        let early = |case: &usize| self.paces[*case].counted < self.needed;
        if others.iter().any(early) {
            return others;
        }
        let elapsed = self.start.elapsed();
        let in_time = suspects.into_iter().filter(|case| !self.paces[*case].waits(elapsed));
        others.into_iter().chain(in_time).collect()
    }

    fn wants_more(&self) -> bool {
        let controls = self.controls.trials < ENOUGH_CONTROLS && !self.control_hosts().is_empty();
        self.open().next().is_some() || controls
    }

    /// The cases that can lend their baseline to a control in the time that is left for controls.
    fn control_hosts(&self) -> Vec<usize> {
        let until_deadline = self.deadline.saturating_duration_since(Instant::now());
        let left = if self.open().next().is_some() {
            let share = self.start.elapsed().mul_f64(SHARE_OF_CONTROLS);
            until_deadline.min(share.saturating_sub(self.controls.spent))
        } else {
            until_deadline
        };
        let fits = |turn: &Turns| {
            let slowdowns = [1.0, 1.0, self.declared.control_slowdown];
            turn.baseline_trial_time(&slowdowns, self.controls.arm_per_trial) <= left
        };
        let can_host = |turn: &Turns| turn.comparison.arms.len() > 1 && turn.trials > 0 && fits(turn);
        (0..self.turns.len()).filter(|case| can_host(&self.turns[*case])).collect()
    }

    /// The case that lends its baseline to the next control, while one is wanted.
    fn controls_next(&self, rng: &mut Rng) -> Option<usize> {
        if self.controls.trials >= MOST_CONTROLS {
            return None;
        }
        let slowest = |case: &usize| self.turns[*case].slowest_ns_per_iter().unwrap_or(f64::INFINITY);
        let single = |case: &usize| self.declared.cases[*case].baseline.case.threads.is_none();
        let hosts = self.control_hosts();
        let good: Vec<usize> =
            hosts.iter().copied().filter(single).filter(|case| slowest(case) <= SLOWEST_CONTROL_NS).collect();
        if good.is_empty() {
            return hosts.into_iter().min_by(|a, b| slowest(a).total_cmp(&slowest(b)));
        }
        Some(good[rng.below(good.len())])
    }
}

/// An arm's log ratio in a trial, over the first arm's.
fn log_ratio(trial: &Trial, arm: usize) -> Option<f64> {
    trial_log_ratio(&trial.arms.first()?.ns_per_iter(), &trial.arms.get(arm)?.ns_per_iter())
}

/// The rule for setting a trial aside: the host gave more than so much of the machine's time to
/// other guests meanwhile. It hits both arms alike, it cannot see which was slower, and it stops
/// applying where it would take more than a quarter of a case's trials.
fn set_aside(trial: &Trial, declared: &GateDeclared, already: u32, trials: u32) -> Option<String> {
    let steal = trial.pressure.steal.filter(|steal| *steal > declared.set_aside_steal)?;
    ((already + 1) * SET_ASIDE_ONE_IN <= trials)
        .then(|| format!("the host gave {:.0} % of the machine's time to others", steal * 100.0))
}
