//! Measures a job into a run's folder.

use std::{path::PathBuf, time::Duration};

use anyhow::{Context, Result};
use duel_record::{FORMAT_VERSION, Factor, Instrument, Message, Started, Verb, Writer};

use super::{
    close::Measured,
    folder::RunFolder,
    measuring_lock::MeasuringLock,
    resume::Resumed,
    work::{Plan, Work, expected, in_number},
};
use crate::{
    command::settings::Settings,
    duration::now,
    machine,
    measure::{Bench, Effort, Results, Session, Stop},
    plan::Case,
    reporter::Event,
    runner::artifact::Runner,
    sides::two_sides::TwoSides,
};

/// Verbs whose runs tell too little of the cases to be the latest.
const ASIDE: [Verb; 2] = [Verb::Verify, Verb::Asm];

/// What is measured, with what.
pub struct Job<'a> {
    pub settings: &'a Settings,
    pub runners: &'a [Runner],
    pub recorded: duel_record::Settings,
    /// The folder whose revision goes into the record.
    pub source_folder: PathBuf,
    /// The candidate's iterations per reported iteration.
    pub inject: Option<f64>,
}

/// What the announcement of a run needs beside its work.
#[derive(Clone, Copy)]
struct Announced<'a> {
    bench: Bench<'a>,
    resuming: bool,
}

impl Job<'_> {
    /// Starts or resumes a run and does the work.
    pub fn measure(&self, work: &Work, resumed: Option<Resumed>) -> Result<Measured> {
        let resuming = resumed.is_some();
        let Resumed { lock, folder, writer, results } = match resumed {
            Some(resumed) => resumed,
            None => {
                let measures = self.recorded.verb != Verb::Verify;
                let lock = measures.then(|| MeasuringLock::take(self.settings)).transpose()?;
                let folder = RunFolder::create(&self.settings.out, !ASIDE.contains(&self.recorded.verb))?;
                let writer = Writer::create(&folder.record(), self.started(&folder.id))
                    .with_context(|| format!("cannot write {}", folder.record().display()))?;
                Resumed { lock, folder, writer, results: Results::default() }
            }
        };
        let reporter = &self.settings.reporter;
        reporter
            .message(&Message::Started { run: folder.id.clone(), folder: folder.path.display().to_string() });
        // A quick comparison of two artifacts takes the trials of a gate, which can be replayed.
        let like_a_gate = self.settings.quick && self.recorded.factor == Some(Factor::Artifact);
        let mut effort = if matches!(work.plan, Plan::Gate(..)) || like_a_gate {
            Effort::of_a_gate(self.settings)
        } else {
            Effort::new(self.settings)
        };
        effort.inject = self.inject;
        let bench = Bench { settings: self.settings, runners: self.runners, folder: &folder, effort };
        let expected = expected(work, &bench, &|_| None);
        let mut session = Session::new(bench, writer, results, expected);
        let announced = Announced { bench, resuming };
        let stop = self.work(&mut session, work, announced)?;
        let results = session.finish(stop)?;
        drop(lock);
        Ok(Measured { folder, results, stop })
    }

    /// Whatever ended the work: limits that are known already cost nothing, and new ones are measured
    /// when nothing is left that this could disturb.
    fn work(&self, session: &mut Session<'_>, work: &Work, announced: Announced<'_>) -> Result<Stop> {
        let stop = self.pieces(session, work, announced)?;
        if !self.wants_roofline() {
            return Ok(stop);
        }
        Ok(stop.or(session.roofline(stop.is_none() && self.settings.calibration)?))
    }

    fn pieces(&self, session: &mut Session<'_>, work: &Work, announced: Announced<'_>) -> Result<Stop> {
        for missing in work.chosen.missing() {
            session.miss(missing)?;
        }
        for foreign in &work.foreign {
            session.foreign(foreign.clone())?;
        }
        if let Some(sides) = &work.sides {
            session.sides(sides)?;
        }
        for left_out in &work.chosen.left_out {
            self.settings.reporter.report(&Event::LeftOut(left_out));
        }
        let cases: Vec<&Case> = work.to_verify();
        if work.only_verifies() {
            self.announce(work, expected(work, &announced.bench, &|_| None), announced.resuming);
            return session.verify(&cases);
        }
        let stop = session.verify(&cases)?;
        // Only now is it known how slow the kernels are.
        let expected = expected(work, &announced.bench, &|arm| session.verification_took(arm));
        session.expect(expected);
        self.announce(work, expected, announced.resuming);
        if stop.is_some() {
            return Ok(stop);
        }
        let stop = match &work.plan {
            Plan::Gate(declared, budget) => session.gate(declared, *budget)?,
            Plan::Trials(comparisons) => session.trials(comparisons.clone())?,
            Plan::InstrumentsOnly => None,
        };
        if stop.is_some() {
            return Ok(stop);
        }
        session.instruments(&work.instruments)
    }

    /// Whether there are times to hold against the machine's limits, and who reads them.
    fn wants_roofline(&self) -> bool {
        let timed = [Instrument::Time, Instrument::Criterion].iter().any(|of| self.settings.wants(*of));
        timed && [Verb::Run, Verb::Compare].contains(&self.recorded.verb)
    }

    fn announce(&self, work: &Work, expected: Duration, resuming: bool) {
        let reporter = &self.settings.reporter;
        let comparisons = work.compared().len() + work.gated().len();
        if let Some(unchanged) = work.sides.as_ref().and_then(TwoSides::unchanged_in_words) {
            reporter.report(&Event::Unchanged(&unchanged));
            if comparisons == 0 {
                return;
            }
        }
        reporter.report(&Event::Measuring {
            resuming,
            what: &in_number(work.cases(), comparisons),
            expected,
            at_most: self.settings.time_budget,
            could_be_quick: !self.settings.quick,
        });
    }

    fn started(&self, run: &str) -> Started {
        Started {
            format: FORMAT_VERSION,
            run: run.to_owned(),
            at: now(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            command: std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect(),
            settings: self.recorded.clone(),
            machine: machine::machine(),
            source: machine::source(&self.source_folder),
            artifacts: self.runners.iter().map(|runner| runner.artifact.clone()).collect(),
        }
    }
}
