//! The instruments that look at one case at a time, each in a process of its own.

use std::{fs, path::Path, time::Duration};

use anyhow::{Context, Result};
use duel_record::{Allocator, Arm, CaseId, Instrument, Line, Missing};

use super::{Bench, Session, Stop, side_by_side::side_by_side};
use crate::{
    machine::PressureMeter,
    runner::{Client, Fault},
    valgrind::{self, Valgrind},
};

/// Above this criterion takes as few samples as it can.
const SLOW_FOR_CRITERION_NS: f64 = 20e6;
/// criterion's fewest.
const FEWEST_CRITERION_SAMPLES: u32 = 10;
const CRITERION_SAMPLES: u32 = 50;
const TOO_SLOW_FOR_CRITERION: &str = "one iteration takes so long that criterion's ten samples would take many seconds; \
                                      the trials have its time (--instruments criterion takes them all the same)";

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
            Instrument::Profile => effort.profile + Duration::from_millis(50),
            // Starting and preparing under valgrind, twice.
            Instrument::Instructions => Duration::from_millis(1_500),
            Instrument::Time => Duration::ZERO,
        };
    if instrument == Instrument::Criterion {
        alone
    } else {
        alone / u32::try_from(bench.workers()).unwrap_or(1)
    }
}

/// What a piece came to: a line, the runner's fault, or (inside) the driver's own error, such as
/// a full disk.
pub(super) type Piece = Result<Result<Line>, Fault>;

impl Session<'_> {
    /// Runs instruments over arms that did not fail and have not had them: first those that no
    /// neighbour disturbs, side by side, then criterion, alone; counting last, since it is slow.
    ///
    /// Instructions are counted of every arm; all else looks once at each case.
    pub fn instruments(&mut self, wanted: &[(Instrument, Vec<Arm>)]) -> Result<Stop> {
        let all: Vec<_> = wanted
            .iter()
            .flat_map(|(instrument, arms)| arms.iter().map(|arm| (*instrument, arm.clone())))
            .filter(|(instrument, arm)| !self.done.is_out(arm) && !self.done.has(*instrument, arm))
            .collect();
        let (counting, rest): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|(instrument, _)| *instrument == Instrument::Instructions);
        let (alone, together): (Vec<_>, Vec<_>) =
            rest.into_iter().partition(|(instrument, _)| *instrument == Instrument::Criterion);
        let valgrind = if counting.is_empty() { None } else { self.valgrind()? };
        let counting = if valgrind.is_some() { counting } else { Vec::new() };
        let bench = self.bench;
        for (jobs, workers) in [(together, bench.workers()), (alone, 1), (counting, bench.workers())] {
            let stop = side_by_side(
                jobs,
                workers,
                |(instrument, arm), report| {
                    let piece = bench.piece(instrument, &arm, valgrind.as_ref());
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
            if stop.is_some() {
                return Ok(stop);
            }
        }
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
        self.progress
            .suspend(|| terminal.warn(&format!("{what} are not counted: {reason}; {}", valgrind::REMEDY)));
        let remedy = Some(valgrind::REMEDY.to_owned());
        self.miss(Missing { case: None, what, reason, remedy })?;
        Ok(None)
    }

    /// Records what came of a piece.
    fn settle(&mut self, instrument: Instrument, arm: &Arm, piece: Piece) -> Result<()> {
        match piece {
            Ok(line) => {
                self.keep(&line?)?;
                match instrument {
                    Instrument::Instructions => self.done.count(arm),
                    _ => self.done.take(instrument, &arm.case),
                }
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
    fn piece(&self, instrument: Instrument, arm: &Arm, valgrind: Option<&Valgrind>) -> Piece {
        match instrument {
            Instrument::Instructions => match valgrind {
                Some(valgrind) => self.instructions(arm, valgrind),
                None => Err(Fault::Unavailable { reason: "there is no valgrind".to_owned() }),
            },
            Instrument::Criterion => self.criterion(arm),
            Instrument::Memory => self.memory(arm),
            Instrument::Heap => self.heap(arm),
            Instrument::Profile => self.profile(arm),
            Instrument::Time => Ok(Err(anyhow::anyhow!("time is taken in trials, not of one case"))),
        }
    }

    fn prepared(&self, arm: &Arm, case: &CaseId) -> Result<Client, Fault> {
        let mut client = self.start(arm, case.allocator)?;
        client.prepare(case, self.settings.seed, false)?;
        Ok(client)
    }

    fn criterion(&self, arm: &Arm) -> Piece {
        let meter = PressureMeter::start();
        let mut client = self.prepared(arm, &arm.case)?;
        let (_, ns_per_iter) = client.calibrate(self.effort.batch)?;
        if ns_per_iter > self.effort.criterion_slowest_ns {
            return Err(Fault::Unavailable { reason: TOO_SLOW_FOR_CRITERION.to_owned() });
        }
        let samples =
            if ns_per_iter > SLOW_FOR_CRITERION_NS { FEWEST_CRITERION_SAMPLES } else { CRITERION_SAMPLES };
        let folder = self.folder.path.join("criterion");
        // Slow kernels can't be had in less time than a few of their iterations.
        let least = Duration::from_nanos((ns_per_iter * f64::from(samples)) as u64);
        let timing = client.criterion(
            folder.display().to_string(),
            self.effort.criterion_warm_up,
            self.effort.criterion_measurement.max(least),
            samples,
        )?;
        Ok(Ok(Line::Criterion { case: arm.case.clone(), timing, pressure: meter.read() }))
    }

    fn memory(&self, arm: &Arm) -> Piece {
        let summary = self.prepared(arm, &arm.case)?.memory(self.effort.memory)?;
        Ok(Ok(Line::Memory { case: arm.case.clone(), summary }))
    }

    fn heap(&self, arm: &Arm) -> Piece {
        let counted = CaseId { allocator: Allocator::Dhat, ..arm.case.clone() };
        let file = format!("heap/{}.json", arm.case.file_stem());
        let path = self.folder.path.join(&file);
        let summary = self.prepared(arm, &counted)?.heap(path.display().to_string(), 1)?;
        if !path.is_file() {
            return Err(Fault::Unavailable { reason: format!("dhat did not write {}", path.display()) });
        }
        Ok(Ok(Line::Heap { case: arm.case.clone(), summary, file }))
    }

    fn profile(&self, arm: &Arm) -> Piece {
        let mut client = self.prepared(arm, &arm.case)?;
        let summary = client.profile(self.effort.profile, self.effort.profile_hertz)?;
        let file = format!("profiles/{}.folded", arm.case.file_stem());
        let kept = write(&self.folder.path.join(&file), &duel_reports::flame::folded(&summary));
        let svg = match duel_reports::flame::flame_graph_svg(&arm.case.to_string(), &summary) {
            Ok(svg) => write(&self.folder.path.join(&file).with_extension("svg"), &svg),
            Err(error) => Err(anyhow::Error::new(error).context("cannot draw the flame graph")),
        };
        Ok(kept.and(svg).map(|()| Line::Profile { case: arm.case.clone(), summary, file }))
    }
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}
