//! Trials: one round with fresh processes for all arms, their samples taken in turn, in random
//! order. The trial is the unit of replication; docs/how-a-number-is-made.md argues why.

use std::time::{Duration, Instant};

use anyhow::Result;
use duel_record::{Arm, Factor, Interruption, Line, Purpose, Stage, Trial, TrialArm, protocol::Elsewhere};

use super::{
    Session, Stop,
    results::Known,
    schedule::{self, Iterations},
};
use crate::{
    duration::nanoseconds,
    machine::{PressureMeter, memory_bytes},
    plan::Comparison,
    rng::Rng,
    runner::{Client, Fault, Launch, interrupt},
};

/// Of a time budget, the share after which a comparison gets no more trials than it needs.
const SHARE_OF_TRIALS: f64 = 0.6;

/// A trial that lasts this many times as long as planned ends after the current turn: a kernel may become slow after
/// it was calibrated, and 400 turns of that would outlast every time budget.
const LATE: u32 = 10;
/// No trial ends early before this.
const SHORTEST_LATE_TRIAL: Duration = Duration::from_secs(3);

/// The turns of every comparison that is under way.
pub struct Turns {
    pub(super) comparison: Comparison,
    /// What its next trials are for.
    pub(super) purpose: Purpose,
    /// How many iterations each arm runs for each that it reports.
    slowdowns: Vec<f64>,
    /// Trials that it has.
    pub(super) trials: u32,
    /// Time that they took.
    pub(super) spent: Duration,
    /// Iterations of a sample and what one takes, arm by arm; found in the first trial.
    iters: Vec<Option<Iterations>>,
    /// Where arms turned out to work beside the thread that calls them, not yet said.
    pub(super) elsewhere: Vec<(Arm, Elsewhere)>,
}

impl Turns {
    pub(super) fn new(comparison: Comparison, purpose: Purpose, slowdowns: Vec<f64>) -> Self {
        let iters = vec![None; comparison.arms.len()];
        Self {
            comparison,
            purpose,
            slowdowns,
            trials: 0,
            spent: Duration::ZERO,
            iters,
            elsewhere: Vec::new(),
        }
    }

    /// How long a trial takes whose arms are all this one's baseline, each slowed by its factor; nothing
    /// where that is not known yet.
    pub(super) fn baseline_trial_time(&self, slowdowns: &[f64], arm_per_trial: Duration) -> Duration {
        let Some(Some(baseline)) = self.iters.first() else { return Duration::ZERO };
        let plans = schedule::sample_plans(&vec![*baseline; slowdowns.len()], slowdowns);
        schedule::time(&plans, arm_per_trial)
    }

    /// What one iteration of the slowest arm takes, where that is known.
    pub(super) fn slowest_ns_per_iter(&self) -> Option<f64> {
        self.iters.iter().flatten().map(|found| found.ns_per_iter).reduce(f64::max)
    }
}

/// What a trial came to.
pub(super) enum Outcome {
    Done(Trial),
    /// These arms failed; the trial is void and the comparison goes on without them.
    Failed(Vec<(usize, Fault)>),
    Interrupted,
}

impl Session<'_> {
    /// Takes the trials of all comparisons in rounds, in shuffled order, so that drift over the
    /// run hits all alike.
    pub fn trials(&mut self, comparisons: Vec<Comparison>) -> Result<Stop> {
        let comparisons = self.without_identical(comparisons)?;
        let mut turns: Vec<Turns> =
            comparisons.into_iter().flat_map(|comparison| self.fit(comparison)).collect();
        for turn in &mut turns {
            self.leave_out_failed(turn);
            self.refuse_other_data(turn)?;
            let (trials, iters) = self.results.trials_of(turn.comparison.factor, &turn.comparison.arms);
            turn.trials = trials;
            turn.iters = iters
                .into_iter()
                .map(|iters| iters.map(|iters| Iterations { iters, ns_per_iter: 0.0 }))
                .collect();
        }
        for round in 0..self.bench.effort.trials {
            let mut order: Vec<usize> = (0..turns.len()).collect();
            Rng::new(self.bench.settings.seed ^ (u64::from(round) << 32)).shuffle(&mut order);
            for index in order {
                let turn = &mut turns[index];
                if turn.trials > round || turn.comparison.arms.len() < 2 {
                    continue;
                }
                if turn.trials >= self.bench.effort.fewest_trials
                    && (turn.spent >= self.bench.effort.comparison_most || self.past_share_of_trials())
                {
                    self.progress.done(self.bench.effort.expected_trial(turn.comparison.arms.len()));
                    continue;
                }
                if let Some(stop) = self.stop()
                    && (stop == Interruption::User || round >= self.bench.effort.rounds_beyond_budget)
                {
                    return Ok(Some(stop));
                }
                if let Some(stop) = self.one_trial(turn, round)? {
                    return Ok(Some(stop));
                }
            }
        }
        Ok(None)
    }

    /// Whether the rest of the time budget belongs to the instruments.
    fn past_share_of_trials(&self) -> bool {
        let budget = self.bench.settings.time_budget;
        budget.is_some_and(|budget| self.start.elapsed() >= budget.mul_f64(SHARE_OF_TRIALS))
    }

    /// Takes one trial; where arms fail, once more without them.
    fn one_trial(&mut self, turn: &mut Turns, round: u32) -> Result<Stop> {
        let start = Instant::now();
        loop {
            self.leave_out_failed(turn);
            let arms = turn.comparison.arms.len();
            if arms < 2 {
                return Ok(None);
            }
            let first = &turn.comparison.arms[0].case;
            self.progress.at(&format!(
                "trial {} of {}: {first} and {} more",
                round + 1,
                self.bench.effort.trials,
                arms - 1
            ));
            let outcome = self.attempt(turn, round);
            self.note_elsewhere(turn)?;
            match outcome {
                Outcome::Done(trial) => {
                    turn.trials += 1;
                    turn.spent += start.elapsed();
                    self.keep(&Line::Trial(trial))?;
                    self.progress.done(self.bench.effort.expected_trial(arms).max(start.elapsed()));
                    return Ok(None);
                }
                Outcome::Failed(faults) => {
                    for (index, fault) in faults {
                        self.fail(&turn.comparison.arms[index].clone(), Stage::Trial, &fault)?;
                    }
                    self.show_failures();
                }
                Outcome::Interrupted => return Ok(self.stop()),
            }
        }
    }

    /// Takes out the arms that failed, here or in another comparison; all of them where it was
    /// the baseline.
    pub(super) fn leave_out_failed(&self, turn: &mut Turns) {
        let arms = &mut turn.comparison.arms;
        if arms.first().is_some_and(|baseline| self.results.is_out(baseline)) {
            arms.clear();
        }
        let kept: Vec<bool> = arms.iter().map(|arm| !self.results.is_out(arm)).collect();
        retain(arms, &kept);
        retain(&mut turn.iters, &kept);
        retain(&mut turn.slowdowns, &kept);
    }

    /// Refuses arms whose data set is not the baseline's: two builds may make different ones.
    fn refuse_other_data(&mut self, turn: &mut Turns) -> Result<()> {
        for (arm, reason) in self.other_data(turn) {
            self.fail_because(&arm, Stage::Compare, &reason)?;
        }
        self.show_failures();
        self.leave_out_failed(turn);
        Ok(())
    }

    /// The arms whose data set is not the baseline's, and why that is so.
    pub(super) fn other_data(&self, turn: &Turns) -> Vec<(Arm, String)> {
        let hash = |arm: &Arm| self.known(arm).map(|known| known.data_hash.clone());
        let unknown = || "unknown".to_owned();
        let Some((baseline, candidates)) = turn.comparison.arms.split_first() else { return Vec::new() };
        let expected = hash(baseline);
        let other = candidates.iter().map(|arm| (arm, hash(arm))).filter(|(_, found)| *found != expected);
        other
            .map(|(arm, found)| {
                let reason = format!(
                    "not comparable: its data set has content hash {}, the baseline's {}; the recipe, or \
                     what it reads, differs between the two",
                    found.unwrap_or_else(unknown),
                    expected.clone().unwrap_or_else(unknown)
                );
                (arm.clone(), reason)
            })
            .collect()
    }

    /// One trial of a comparison, as it is by now.
    pub(super) fn attempt(&self, turn: &mut Turns, round: u32) -> Outcome {
        let start = Instant::now();
        let meter = PressureMeter::start();
        let comparison = &turn.comparison;
        let seed =
            self.bench.settings.seed.wrapping_mul(0x9e37_79b9) ^ (u64::from(round) << 8) ^ turn.trials as u64;
        let mut rng =
            Rng::new(seed ^ comparison.arms.iter().map(|arm| arm.case.to_string().len() as u64).sum::<u64>());
        // The same for all arms of a trial, another one in the next: what depends on the
        // stack's place becomes noise between trials instead of a bias of one arm.
        let stack_offset = rng.below(4096);
        let core = pinning_core(rng.below(usize::MAX));
        let mut order: Vec<usize> = (0..comparison.arms.len()).collect();
        rng.shuffle(&mut order);
        let mut clients = match self.ready(turn, &order, stack_offset, core) {
            Ok(clients) => clients,
            Err(outcome) => return outcome,
        };
        let comparison = &turn.comparison;
        let iterations: Vec<Iterations> = turn.iters.iter().copied().flatten().collect();
        let plans = schedule::sample_plans(&iterations, &turn.slowdowns);
        let rounds = schedule::turns(&plans, self.bench.effort.arm_per_trial);
        let mut samples: Vec<Vec<u64>> = plans.iter().map(|_| Vec::with_capacity(rounds as usize)).collect();
        let most = schedule::time(&plans, self.bench.effort.arm_per_trial)
            .saturating_mul(LATE)
            .max(SHORTEST_LATE_TRIAL);
        let first_turn = Instant::now();
        for turn in 0..rounds {
            if interrupt::requested() {
                return Outcome::Interrupted;
            }
            // Whole turns alone, so that both sides have as many samples.
            if turn > 0 && first_turn.elapsed() > most {
                break;
            }
            rng.shuffle(&mut order);
            for index in &order {
                let plan = &plans[*index];
                match clients[*index].sample(plan.warm_iters, plan.run_iters) {
                    Ok(time_ns) => samples[*index].push(time_ns),
                    Err(Fault::Interrupted) => return Outcome::Interrupted,
                    Err(fault) => return Outcome::Failed(vec![(*index, fault)]),
                }
            }
        }
        let arms = (comparison.arms.iter().zip(samples).zip(&clients).zip(&plans))
            .map(|(((arm, time_ns), client), plan)| TrialArm {
                arm: arm.clone(),
                iters: plan.reported_iters,
                run_iters: (plan.run_iters != plan.reported_iters).then_some(plan.run_iters),
                time_ns,
                core: client.core,
                involuntary_switches: client.involuntary_switches(),
            })
            .collect();
        Outcome::Done(Trial {
            factor: comparison.factor,
            index: round,
            purpose: turn.purpose,
            set_aside: None,
            arms,
            pressure: meter.read(),
            elapsed_ns: nanoseconds(start.elapsed()),
        })
    }

    /// A fresh process for each arm, its case prepared, and the iterations of its samples known.
    /// The processes prepare side by side, and are pinned when that is done.
    fn ready(
        &self,
        turn: &mut Turns,
        order: &[usize],
        stack_offset: usize,
        core: Option<u32>,
    ) -> Result<Vec<Client>, Outcome> {
        let arms = &turn.comparison.arms;
        let mut clients: Vec<Option<Client>> = arms.iter().map(|_| None).collect();
        let mut faults = Vec::new();
        for index in order {
            let arm = &arms[*index];
            let started = self.bench.runner_of(arm).and_then(|runner| {
                let launch =
                    Launch { stack_offset, ..runner.launch(arm.case.allocator, self.bench.settings) };
                let mut client = Client::start(&launch)?;
                client.begin_prepare(&arm.case, self.bench.settings.seed, turn.trials == 0)?;
                Ok(client)
            });
            match started {
                Ok(client) => clients[*index] = Some(client),
                Err(fault) => faults.push((*index, fault)),
            }
        }
        for index in order {
            let (arm, Some(client)) = (&arms[*index], &mut clients[*index]) else { continue };
            if let Err(fault) = client.end_prepare().and_then(|hash| self.check_data(arm, hash)) {
                faults.push((*index, fault));
            }
        }
        for index in order {
            let (arm, Some(client)) = (&arms[*index], &mut clients[*index]) else { continue };
            if let (Some(core), None) = (core, arm.case.threads) {
                client.pin(core);
            }
            if faults.is_empty() {
                match self.calibrate(client, &mut turn.iters[*index]) {
                    Ok(Some(elsewhere)) if arm.case.threads.is_none() => {
                        turn.elsewhere.push((arm.clone(), elsewhere));
                    }
                    Ok(_) => {}
                    Err(fault) => faults.push((*index, fault)),
                }
            }
        }
        if faults.iter().any(|(_, fault)| matches!(fault, Fault::Interrupted)) {
            return Err(Outcome::Interrupted);
        }
        if faults.is_empty() {
            Ok(clients.into_iter().flatten().collect())
        } else {
            Err(Outcome::Failed(faults))
        }
    }

    /// Refuses a data set that is not the one that was verified.
    fn check_data(&self, arm: &Arm, hash: Option<String>) -> Result<(), Fault> {
        match (hash, self.known(arm)) {
            (Some(found), Some(known)) if found != known.data_hash => Err(Fault::Refused {
                reason: format!(
                    "its data set changed between two processes (content hash {}, then {found}): \
                     the workload's recipe must depend on size and seed alone",
                    known.data_hash
                ),
            }),
            _ => Ok(()),
        }
    }

    /// Finds how many iterations fill a batch, where that is not known from an earlier trial, and where the
    /// kernel works beside the thread that calls it.
    fn calibrate(
        &self,
        client: &mut Client,
        iters: &mut Option<Iterations>,
    ) -> Result<Option<Elsewhere>, Fault> {
        if iters.is_none_or(|known| known.ns_per_iter == 0.0) {
            let (found, ns_per_iter, elsewhere) = client.calibrate(self.bench.effort.batch)?;
            // A resumed run continues with the iterations that it has.
            *iters = Some(Iterations { iters: iters.map_or(found, |known| known.iters), ns_per_iter });
            return Ok(elsewhere);
        }
        Ok(None)
    }

    /// What verification told of an arm's data set, which is the same under every allocator
    /// and number of threads.
    pub(super) fn known(&self, arm: &Arm) -> Option<&Known> {
        let verified = &self.results.verified;
        let same = |other: &Arm| {
            other.artifact == arm.artifact
                && other.runner == arm.runner
                && other.case.path() == arm.case.path()
        };
        verified.get(arm).or_else(|| verified.iter().find(|(other, _)| same(other)).map(|(_, known)| known))
    }

    /// Splits a comparison whose arms don't fit into memory side by side; each part keeps the
    /// baseline.
    fn fit(&self, comparison: Comparison) -> Vec<Turns> {
        let footprint = |arm: &Arm| self.known(arm).map_or(0, |known| known.peak_resident_bytes);
        let most = memory_bytes().map_or(u64::MAX, |bytes| bytes / 10 * 6);
        let Some((baseline, candidates)) = comparison.arms.split_first() else { return Vec::new() };
        let mut parts: Vec<Vec<Arm>> = Vec::new();
        let mut used = u64::MAX;
        for candidate in candidates {
            let bytes = footprint(candidate);
            match parts.last_mut() {
                Some(part) if used.saturating_add(bytes) <= most => {
                    part.push(candidate.clone());
                    used += bytes;
                }
                _ => {
                    parts.push(vec![baseline.clone(), candidate.clone()]);
                    used = footprint(baseline) + bytes;
                }
            }
        }
        let inject = self.bench.effort.inject.filter(|_| comparison.factor == Factor::Artifact);
        parts
            .into_iter()
            .map(|arms| {
                let mut slowdowns = vec![inject.unwrap_or(1.0); arms.len()];
                slowdowns[0] = 1.0;
                let part = Comparison { factor: comparison.factor, arms };
                Turns::new(part, Purpose::Explore, slowdowns)
            })
            .collect()
    }
}

/// The core for all single-threaded arms of a trial: any that this process may use.
fn pinning_core(choice: usize) -> Option<u32> {
    let allowed = rustix::thread::sched_getaffinity(None).ok()?;
    let cores: Vec<u32> = (0..1024).filter(|core| allowed.is_set(*core as usize)).collect();
    cores.get(choice % cores.len().max(1)).copied()
}

fn retain<T>(items: &mut Vec<T>, kept: &[bool]) {
    let mut kept = kept.iter();
    items.retain(|_| kept.next().copied().unwrap_or(false));
}
