//! The instruments that look at one arm at a time, each in a process of its own.

mod code;
mod counters;
mod criterion;
mod heap;
mod memory;
mod profile;

use std::time::Duration;

use anyhow::Result;
use duel_record::{Arm, CaseId, Instrument, Line, Missing};

use profile::Profiler;

use super::{Bench, Session, Stop, side_by_side::side_by_side};
use crate::{
    runner::{Client, Fault},
    valgrind::{self, Valgrind},
};

/// About how long an instrument takes for one case.
pub fn expected(instrument: Instrument, bench: &Bench<'_>) -> Duration {
    let effort = &bench.effort;
    let alone = Duration::from_millis(30)
        + match instrument {
            // criterion's analysis of its samples takes this long again.
            Instrument::Criterion => {
                effort.criterion_warm_up + effort.criterion_measurement + Duration::from_millis(150)
            }
            Instrument::Memory => effort.memory,
            Instrument::Heap => Duration::from_millis(60),
            // perf takes a second beside each look; pprof looks for longer.
            Instrument::Profile => effort.profile + effort.profile_most.min(Duration::from_millis(1_500)),
            // Starting and preparing under valgrind, twice.
            Instrument::Instructions => Duration::from_millis(1_500),
            Instrument::Counters => effort.counters,
            Instrument::Code | Instrument::Time => Duration::ZERO,
        };
    if needs_the_machine(instrument) { alone } else { alone / u32::try_from(bench.workers()).unwrap_or(1) }
}

/// Whether a neighbour would change what it finds: criterion's times; switches, shared caches and
/// energy among the counters.
fn needs_the_machine(instrument: Instrument) -> bool {
    matches!(instrument, Instrument::Criterion | Instrument::Counters)
}

/// What a piece came to: a line, the runner's fault, or (inside) the driver's own error, such as
/// a full disk.
pub(super) type Piece = Result<Result<Line>, Fault>;

impl Session<'_> {
    /// Runs instruments over arms that did not fail, are not identical and have not had them: first those that no
    /// neighbour disturbs, side by side, then those that need the machine for themselves, alone;
    /// counting instructions last, since it is slow.
    ///
    /// Instructions are counted of every arm; all else looks once at each case.
    pub fn instruments(&mut self, wanted: &[(Instrument, Vec<Arm>)]) -> Result<Stop> {
        let all: Vec<_> = wanted
            .iter()
            .flat_map(|(instrument, arms)| arms.iter().map(|arm| (*instrument, arm.clone())))
            .filter(|(instrument, arm)| self.done.wants(*instrument, arm))
            .collect();
        let (taking_apart, all): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|(instrument, _)| *instrument == Instrument::Code);
        let (counting, rest): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|(instrument, _)| *instrument == Instrument::Instructions);
        let (alone, together): (Vec<_>, Vec<_>) =
            rest.into_iter().partition(|(instrument, _)| needs_the_machine(*instrument));
        let valgrind = if counting.is_empty() { None } else { self.valgrind()? };
        let counting = if valgrind.is_some() { counting } else { Vec::new() };
        let profiles = |(instrument, _): &(Instrument, Arm)| *instrument == Instrument::Profile;
        let profiled = together.iter().filter(|job| profiles(job)).count();
        let profiler = if profiled > 0 { self.profiler(profiled)? } else { None };
        let together: Vec<_> =
            together.into_iter().filter(|job| profiler.is_some() || !profiles(job)).collect();
        let bench = self.bench;
        for (jobs, workers) in [(together, bench.workers()), (alone, 1), (counting, bench.workers())] {
            let stop = side_by_side(
                jobs,
                workers,
                |(instrument, arm), report| {
                    let piece = bench.piece(instrument, &arm, valgrind.as_ref(), profiler.as_ref());
                    report((instrument, arm, piece));
                },
                |(instrument, arm, piece)| {
                    if !matches!(piece, Err(Fault::Interrupted)) {
                        self.progress.at(&format!("{instrument} {}", arm.case));
                        self.settle(instrument, &arm, piece)?;
                        self.progress.done(expected(instrument, &bench));
                    }
                    Ok(self.stop())
                },
            )?;
            self.show_failures();
            if stop.is_some() {
                return Ok(stop);
            }
        }
        if let Some(valgrind) = &valgrind
            && let Some(stop) = self.count_more(valgrind)?
        {
            return Ok(Some(stop));
        }
        // Last, since it needs to know where the others found the time to go.
        self.code(taking_apart.into_iter().map(|(_, arm)| arm).collect())?;
        Ok(self.stop())
    }

    /// The valgrind that counts; where there is none, that is said and recorded once.
    fn valgrind(&mut self) -> Result<Option<Valgrind>> {
        let reason = match Valgrind::find() {
            Ok(valgrind) => return Ok(Some(valgrind)),
            Err(reason) => reason,
        };
        let terminal = *self.terminal();
        let what = Instrument::Instructions.to_string();
        let text = format!("{what} are not counted: {reason}; {}", valgrind::REMEDY);
        // Of what nobody asked for by name, the end of the run says that it is missing.
        let named = self.bench.settings.instruments_named;
        self.progress.suspend(|| if named { terminal.warn(&text) } else { terminal.detail(&text) });
        let remedy = Some(valgrind::REMEDY.to_owned());
        self.miss(Missing { case: None, what, reason, remedy })?;
        Ok(None)
    }

    /// Records what came of a piece.
    fn settle(&mut self, instrument: Instrument, arm: &Arm, piece: Piece) -> Result<()> {
        match piece {
            Ok(line) => {
                let line = line?;
                self.done.weigh(&line);
                if let Line::Instructions { summary, .. } = &line {
                    self.counts.insert(arm.clone(), summary.counts().per_process());
                }
                self.keep(&line)?;
                if let Line::Counters { summary, .. } = &line {
                    self.refused_counters(summary)?;
                }
                self.done.take(instrument, arm);
                Ok(())
            }
            Err(Fault::Unavailable { reason }) => self.miss(Missing {
                case: Some(arm.case.clone()),
                what: instrument.to_string(),
                reason,
                remedy: None,
            }),
            // The kernel itself was verified and timed: what failed is the instrument.
            Err(fault) if matches!(instrument, Instrument::Profile | Instrument::Heap) => {
                self.miss(Missing {
                    case: Some(arm.case.clone()),
                    what: instrument.to_string(),
                    reason: fault.to_string(),
                    remedy: Some(format!(
                        "try again: cargo duel run --instruments {instrument} '{}'",
                        arm.case
                    )),
                })
            }
            Err(fault) => self.fail(arm, &instrument.to_string(), &fault),
        }
    }
}

impl Bench<'_> {
    fn piece(
        &self,
        instrument: Instrument,
        arm: &Arm,
        valgrind: Option<&Valgrind>,
        profiler: Option<&Profiler>,
    ) -> Piece {
        match instrument {
            Instrument::Instructions => match valgrind {
                Some(valgrind) => self.instructions(arm, valgrind),
                None => Err(Fault::Unavailable { reason: "there is no valgrind".to_owned() }),
            },
            Instrument::Criterion => self.criterion(arm),
            Instrument::Memory => self.memory(arm),
            Instrument::Heap => self.heap(arm),
            Instrument::Profile => match profiler {
                Some(profiler) => self.profile(arm, profiler),
                None => Err(Fault::Unavailable {
                    reason: "perf alone was asked for, and is not there".to_owned(),
                }),
            },
            Instrument::Counters => self.counters(arm),
            Instrument::Time | Instrument::Code => {
                Ok(Err(anyhow::anyhow!("{instrument} is not taken of one arm in a process of its own")))
            }
        }
    }

    fn prepared(&self, arm: &Arm, case: &CaseId) -> Result<Client, Fault> {
        let mut client = self.start(arm, case.allocator)?;
        client.prepare(case, self.settings.seed, false)?;
        Ok(client)
    }
}
