//! A system without `perf_event_open`: every counter is refused.

use duel_record::{COUNTER_EVENTS, CounterEvent, Refused};

/// What counters say at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Reading {
    pub count: u64,
    pub enabled_ns: u64,
    pub running_ns: u64,
}

pub(super) struct Counters {
    pub refused: Vec<Refused>,
    pub user_space_only: bool,
}

impl Counters {
    pub(super) fn open() -> Self {
        let refused = COUNTER_EVENTS.iter().map(|event| Refused {
            counter: event.counter,
            reason: "counters are read on Linux only".to_owned(),
            remedy: None,
        });
        Self { refused: refused.collect(), user_space_only: false }
    }

    pub(super) fn events(&self) -> Vec<CounterEvent> {
        Vec::new()
    }

    pub(super) fn read(&mut self) -> Vec<Reading> {
        Vec::new()
    }
}
