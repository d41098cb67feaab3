//! Counters of the Linux kernel, on every thread of this process and on those that it starts.

use std::{fs, io, path::Path};

use duel_record::{COUNTER_EVENTS, CounterEvent, PerfFacts, Refused};
use perf_event::{Builder, Counter, events::Software};

/// What counters say at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Reading {
    pub count: u64,
    /// Time for which it was to count, over all threads.
    pub enabled_ns: u64,
    /// Time for which it did.
    pub running_ns: u64,
}

/// The counters that this machine has, switched off.
pub(super) struct Counters {
    opened: Vec<(CounterEvent, Vec<Counter>)>,
    pub refused: Vec<Refused>,
    pub user_space_only: bool,
}

impl Counters {
    /// Opens each counter on each thread; what can't be had is refused by itself.
    pub(super) fn open() -> Self {
        let facts = PerfFacts::read(Path::new("/"));
        let threads = threads();
        // What the system lets this user count is the same for all.
        let user_space_only =
            open_on(&COUNTER_EVENTS[0], &threads, false).is_err_and(|error| is_about_the_kernel(&error));
        let mut counters = Self { opened: Vec::new(), refused: Vec::new(), user_space_only };
        for event in COUNTER_EVENTS {
            if user_space_only && event.in_kernel {
                counters.refused.push(facts.user_space_only(&event));
                continue;
            }
            match open_on(&event, &threads, user_space_only) {
                Ok(opened) => counters.opened.push((event, opened)),
                Err(error) => counters.refused.push(facts.refusal(&event, &error)),
            }
        }
        counters
    }

    pub(super) fn events(&self) -> Vec<CounterEvent> {
        self.opened.iter().map(|(event, _)| *event).collect()
    }

    /// The sums over all threads, counter by counter.
    pub(super) fn read(&mut self) -> Vec<Reading> {
        self.opened
            .iter_mut()
            .map(|(_, threads)| threads.iter_mut().map(read).fold(Reading::default(), add))
            .collect()
    }
}

/// Whether it is the kernel's side that this user may not count.
fn is_about_the_kernel(error: &io::Error) -> bool {
    const EACCES: i32 = 13;
    error.raw_os_error() == Some(EACCES)
}

fn open_on(event: &CounterEvent, threads: &[i32], user_space_only: bool) -> io::Result<Vec<Counter>> {
    const ESRCH: i32 = 3;
    let mut opened = Vec::with_capacity(threads.len());
    for thread in threads {
        let mut builder = Builder::new(Software::DUMMY);
        let attributes = builder.attrs_mut();
        attributes.type_ = event.kind;
        attributes.config = event.config;
        builder.exclude_kernel(user_space_only).exclude_hv(true).inherit(true).observe_pid(*thread);
        match builder.build() {
            Ok(counter) => opened.push(counter),
            // A thread that has ended meanwhile.
            Err(error) if error.raw_os_error() == Some(ESRCH) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(opened)
}

/// The threads that this process has by now; the calling one alone where the system does not say.
fn threads() -> Vec<i32> {
    let tasks = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let threads: Vec<i32> = tasks.filter_map(|task| task.file_name().to_str()?.parse().ok()).collect();
    if threads.is_empty() { vec![0] } else { threads }
}

fn read(counter: &mut Counter) -> Reading {
    // One that can't be read has counted nothing, and says so by having run for no time.
    counter.read_count_and_time().map_or_else(
        |_| Reading::default(),
        |read| Reading { count: read.count, enabled_ns: read.time_enabled, running_ns: read.time_running },
    )
}

fn add(a: Reading, b: Reading) -> Reading {
    Reading {
        count: a.count + b.count,
        enabled_ns: a.enabled_ns + b.enabled_ns,
        running_ns: a.running_ns + b.running_ns,
    }
}
