//! Counters of the processor and the system, in a process of its own.

use std::{io, path::Path, time::Duration};

use duel_record::{
    COUNTER_EVENTS, CounterEvent, CounterGroup, Finding, Instrument, InstrumentCheck, Missing, MissingKind,
    PerfFacts, by_reason, energy_zones,
};

use super::measurer::{Job, Machine, Measurer, NoFinding, Ready, Tool, lacks, works};
use crate::measure::{Bench, Effort};

pub struct Counters;

impl Measurer for Counters {
    fn check(&self, machine: &Machine<'_>) -> Vec<InstrumentCheck> {
        let mut checks = counters(machine.root);
        checks.push(match energy_zones(machine.root) {
            Ok(zones) => works("energy", format!("whole processors: {}", zones.len())),
            Err(refused) => lacks("energy", refused.reason, refused.remedy.as_deref()),
        });
        checks
    }

    fn expected(&self, effort: &Effort) -> Duration {
        effort.counters
    }

    fn ready(&self, _: &Bench<'_>, _: usize) -> Ready {
        Ready::with(Self)
    }
}

impl Tool for Counters {
    fn run(&self, bench: &Bench<'_>, job: &Job) -> Result<Finding, NoFinding> {
        let summary = bench.prepared(&job.arm, &job.arm.case)?.counters(bench.effort.counters)?;
        Ok(Finding::Counters { arm: job.arm.clone(), summary })
    }

    /// Which counters there are not, and why: every case finds the same.
    fn missing(&self, finding: &Finding) -> Vec<Missing> {
        let Finding::Counters { summary, .. } = finding else { return Vec::new() };
        by_reason(&summary.refused)
            .into_iter()
            .map(|refused| Missing {
                case: None,
                what: MissingKind::Counters(refused.names()),
                reason: refused.reason,
                remedy: refused.remedy,
            })
            .collect()
    }
}

/// Each group of counters; groups that are refused for one reason are named together.
fn counters(root: &Path) -> Vec<InstrumentCheck> {
    let facts = PerfFacts::read(root);
    let user_space_only = matches!(open(&COUNTER_EVENTS[0], false), Err(error) if error.kind() == io::ErrorKind::PermissionDenied);
    let mut found: Vec<InstrumentCheck> = Vec::new();
    for group in CounterGroup::ALL {
        let (mut there, mut refused) = (Vec::new(), Vec::new());
        for event in COUNTER_EVENTS.iter().filter(|event| event.group == group) {
            match open(event, user_space_only) {
                _ if user_space_only && event.in_kernel => refused.push(facts.user_space_only(event)),
                Ok(()) => there.push(event.counter.name()),
                Err(error) => refused.push(facts.refusal(event, &error)),
            }
        }
        if !there.is_empty() {
            let of = if user_space_only { " (user space only)" } else { "" };
            found.push(works(Instrument::Counters, format!("{}{of}", there.join(", "))));
        }
        for refused in by_reason(&refused) {
            let same = found.iter_mut().find(|other| {
                !other.available && other.remedy == refused.remedy && other.found.ends_with(&refused.reason)
            });
            match same {
                Some(other) => other.found = other.found.replacen(": ", &format!(", {}: ", group.name()), 1),
                None => {
                    let what = if there.is_empty() { group.name() } else { &refused.names() };
                    found.push(lacks(
                        Instrument::Counters,
                        format!("{what}: {}", refused.reason),
                        refused.remedy.as_deref(),
                    ));
                }
            }
        }
    }
    found
}

/// Opens a counter on this thread, and closes it again.
#[cfg(target_os = "linux")]
fn open(event: &CounterEvent, user_space_only: bool) -> io::Result<()> {
    let mut builder = perf_event::Builder::new(perf_event::events::Software::DUMMY);
    let attributes = builder.attrs_mut();
    attributes.type_ = event.kind;
    attributes.config = event.config;
    builder.exclude_kernel(user_space_only).build().map(drop)
}

#[cfg(not(target_os = "linux"))]
fn open(_: &CounterEvent, _: bool) -> io::Result<()> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "counters are read on Linux only"))
}
