//! Runs instruments on arms: what runs beside what, what waits for what, and what becomes of a finding.

use std::collections::{BTreeSet, HashMap};

use anyhow::Result;
use duel_record::{Arm, Finding, Instrument, Line, Missing, MissingKind, Stage};

use super::{Session, Stop, side_by_side::side_by_side};
use crate::{
    instruments::{Job, NoFinding, Ready, Tool, expected, measurer},
    reporter::Event,
    runner::Fault,
};

type Tools = HashMap<Instrument, Box<dyn Tool>>;

impl Session<'_> {
    /// Runs instruments on arms that did not fail, are not identical and have not had them, in rounds: each
    /// instrument after those that it waits for, those that no neighbour disturbs side by side, and those that need the
    /// machine for themselves alone.
    pub fn instruments(&mut self, wanted: &[(Instrument, Vec<Arm>)]) -> Result<Stop> {
        let round_of = |instrument: Instrument| (rank(instrument), instrument.needs_the_machine_alone());
        let rounds: BTreeSet<_> = wanted.iter().map(|(instrument, _)| round_of(*instrument)).collect();
        for round in rounds {
            let of_this_round = wanted.iter().filter(|(instrument, _)| round_of(*instrument) == round);
            let (jobs, tools) = self.jobs(of_this_round)?;
            let workers = if round.1 { 1 } else { self.bench.workers() };
            if let Some(stop) = self.run_jobs(jobs, &tools, workers)? {
                return Ok(Some(stop));
            }
        }
        self.count_more()
    }

    /// What is to be run of these instruments, with those that work here.
    fn jobs<'w>(
        &mut self,
        wanted: impl Iterator<Item = &'w (Instrument, Vec<Arm>)>,
    ) -> Result<(Vec<Job>, Tools)> {
        let (mut jobs, mut tools) = (Vec::new(), Tools::new());
        for (instrument, arms) in wanted {
            let arms: Vec<&Arm> = arms.iter().filter(|arm| self.results.wants(*instrument, arm)).collect();
            if arms.is_empty() {
                continue;
            }
            let Some(tool) = self.tool(*instrument, arms.len())? else { continue };
            tools.insert(*instrument, tool);
            let waits = !instrument.after().is_empty();
            jobs.extend(arms.into_iter().map(|arm| Job {
                instrument: *instrument,
                arm: arm.clone(),
                evidence: self.results.weighed(arm).filter(|_| waits).cloned(),
            }));
        }
        Ok((jobs, tools))
    }

    /// Gets an instrument ready. What it lacks is recorded, and said if the user asked for it by name; of the rest the
    /// end of the run says that it is missing.
    fn tool(&mut self, instrument: Instrument, arms: usize) -> Result<Option<Box<dyn Tool>>> {
        let Some(measurer) = measurer(instrument) else { return Ok(None) };
        let Ready { tool, missing, named } = measurer.ready(&self.bench, arms);
        if let Some(missing) = missing {
            let named = named || self.bench.settings.instruments_named;
            let asked_for = tool.is_none() && named;
            self.reporter().report(&Event::Unavailable { missing: &missing, asked_for });
            self.miss(missing)?;
        }
        Ok(tool)
    }

    fn run_jobs(&mut self, jobs: Vec<Job>, tools: &Tools, workers: usize) -> Result<Stop> {
        let bench = self.bench;
        let stop = side_by_side(
            jobs,
            workers,
            |job, report| {
                if let Some(tool) = tools.get(&job.instrument) {
                    let found = tool.run(&bench, &job);
                    report((job, tool, found));
                }
            },
            |(job, tool, found)| {
                if !matches!(found, Err(NoFinding::Fault(Fault::Interrupted))) {
                    self.progress.at(&format!("{} {}", job.instrument, job.arm.case));
                    self.settle(&job, &**tool, found)?;
                    self.progress.done(expected(job.instrument, &bench));
                }
                Ok(self.stop())
            },
        )?;
        self.show_failures();
        Ok(stop)
    }

    /// Records a finding, or why there is none.
    fn settle(&mut self, job: &Job, tool: &dyn Tool, found: Result<Finding, NoFinding>) -> Result<()> {
        let Job { instrument, arm, .. } = job;
        let missing = |reason, remedy| Missing {
            case: Some(arm.case.clone()),
            what: MissingKind::Instrument(*instrument),
            reason,
            remedy,
        };
        match found {
            Ok(finding) => {
                self.results.take_finding(&finding);
                if let Finding::Instructions { summary, .. } = &finding {
                    self.counts.insert(arm.clone(), summary.counts().per_process());
                }
                let missing = tool.missing(&finding);
                self.keep(&Line::Found(finding))?;
                missing.into_iter().try_for_each(|missing| self.miss(missing))
            }
            Err(NoFinding::Error(error)) => Err(error),
            Err(NoFinding::Missing(missing)) => self.miss(*missing),
            Err(NoFinding::Fault(Fault::Unavailable { reason })) => self.miss(missing(reason, None)),
            Err(NoFinding::Fault(fault)) if tool.fails_the_case() => {
                self.fail(arm, Stage::Instrument(*instrument), &fault)
            }
            Err(NoFinding::Fault(fault)) => {
                let remedy = format!("try again: cargo duel run --instruments {instrument} '{}'", arm.case);
                self.miss(missing(fault.to_string(), Some(remedy)))
            }
        }
    }
}

/// How many instruments an instrument waits for, one after the other.
fn rank(instrument: Instrument) -> usize {
    instrument.after().iter().map(|earlier| 1 + rank(*earlier)).max().unwrap_or(0)
}
