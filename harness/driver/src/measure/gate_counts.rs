//! Further processes, where a gate's word about instructions is open after the first ones: the counts differ from
//! process to process, or the sides differ and no word may be said on two processes.

use anyhow::Result;
use duel_record::{Arm, GateDeclared, Line};
use duel_stats::{CountBasis, count_decision, processes_needed};

use super::{Session, Stop, side_by_side::side_by_side};
use crate::{
    instruments::{NoFinding, count_in_processes},
    reporter::Event,
    runner::Fault,
};

impl Session<'_> {
    /// Counts both sides of the gate's open cases until each has as many processes as a word takes.
    pub(super) fn count_more(&mut self) -> Result<Stop> {
        let Some(declared) = self.gate_by_counts.take() else { return Ok(None) };
        let needed = processes_needed(declared.cases.len(), declared.family_error);
        let jobs: Vec<(Arm, usize)> = self
            .open_arms(&declared)
            .into_iter()
            .filter_map(|arm| {
                let more = needed.saturating_sub(self.counts.get(&arm)?.len());
                (more > 0).then_some((arm, more))
            })
            .collect();
        let bench = self.bench;
        side_by_side(
            jobs,
            bench.workers(),
            |(arm, processes), report| {
                let counts = count_in_processes(&bench, &arm, processes);
                report((arm, counts));
            },
            |(arm, counts)| {
                self.progress.at(&format!("instructions {}, in more processes", arm.case));
                let reason = match counts {
                    Ok(counts) => {
                        self.keep(&Line::MoreInstructions { arm: arm.clone(), counts })?;
                        None
                    }
                    Err(NoFinding::Error(error)) => return Err(error),
                    Err(NoFinding::Fault(Fault::Interrupted)) => None,
                    Err(NoFinding::Fault(fault)) => Some(fault.to_string()),
                    Err(NoFinding::Missing(missing)) => Some(missing.reason),
                };
                // The first processes could count: without these the word stays open, and says of what it lacks.
                if let Some(reason) = reason {
                    self.reporter().report(&Event::NotCounted { case: &arm.case, reason: &reason });
                }
                Ok(self.stop())
            },
        )
    }

    /// Both arms of each case whose counts so far allow no word.
    fn open_arms(&self, declared: &GateDeclared) -> Vec<Arm> {
        let open = declared.cases.iter().filter(|case| {
            let counts = [&case.baseline, &case.candidate].map(|arm| self.counts.get(arm));
            let [Some(baseline), Some(candidate)] = counts else { return false };
            let decision = count_decision(
                baseline,
                candidate,
                case.change_margin,
                declared.cases.len(),
                declared.family_error,
            );
            decision.is_some_and(|decision| decision.basis == CountBasis::TooFew)
        });
        open.flat_map(|case| [case.baseline.clone(), case.candidate.clone()]).collect()
    }
}
