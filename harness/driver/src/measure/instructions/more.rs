//! Further processes, where a gate's word about instructions is open after the first ones: the counts differ from
//! process to process, or the sides differ and no word may be said on two processes.

use anyhow::Result;
use duel_record::{Arm, GateDeclared, Line, ProcessCounts};
use duel_stats::{CountBasis, count_decision, processes_needed};

use super::{Counted, explain, fresh, summary::per_repetition};
use crate::{
    measure::{Bench, Session, Stop, side_by_side::side_by_side},
    runner::Fault,
    valgrind::Valgrind,
};

impl Session<'_> {
    /// Counts both sides of the gate's open cases until each has as many processes as a word takes.
    pub(in crate::measure) fn count_more(&mut self, valgrind: &Valgrind) -> Result<Stop> {
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
                let counts = bench.counts(&arm, valgrind, processes);
                report((arm, counts));
            },
            |(arm, counts)| {
                self.progress.at(&format!("instructions {}, in more processes", arm.case));
                match counts {
                    Ok(counts) => self.keep(&Line::MoreInstructions { arm, counts: counts? })?,
                    Err(Fault::Interrupted) => {}
                    // The first processes could count: without these the word stays open, and says of what it lacks.
                    Err(fault) => {
                        let terminal = *self.terminal();
                        let words = format!("{} was not counted in more processes: {fault}", arm.case);
                        self.progress.suspend(|| terminal.warn(&words));
                    }
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

impl Bench<'_> {
    /// Counts in this many fresh processes.
    fn counts(
        &self,
        arm: &Arm,
        valgrind: &Valgrind,
        processes: usize,
    ) -> Result<Result<ProcessCounts>, Fault> {
        let runner = self.runner_of(arm)?;
        let scratch = self.folder.path.join("instructions").join(format!(".{}", arm.file_stem()));
        let mut counts = ProcessCounts::default();
        for _ in 0..processes {
            if let Err(error) = fresh(&scratch) {
                return Ok(Err(error));
            }
            let counted: Counted =
                self.count(runner, arm, valgrind, &scratch).map_err(|f| explain(f, valgrind))?;
            counts.processes += 1;
            counts.instructions_per_iter.extend(per_repetition(&counted));
        }
        // As for the first processes: one that can't be removed is in nobody's way.
        let _ = std::fs::remove_dir_all(&scratch);
        Ok(Ok(counts))
    }
}
