//! Which instruments work here, why the others don't, and what would make them.

use std::{io, path::Path, process::Command, time::Duration};

use duel_record::{
    COUNTER_EVENTS, CounterEvent, CounterGroup, InstrumentCheck, PerfFacts, by_reason, energy_zones,
};

use crate::{
    runner::Process,
    valgrind::{self, Valgrind, on_path},
};

const ON_LINUX: &str = "run on Linux";
/// It answers within milliseconds; on a busy machine a little later.
const VERSION_LIMIT: Duration = Duration::from_secs(10);

/// Every instrument, in the order in which they are named.
pub fn instruments(root: &Path) -> Vec<InstrumentCheck> {
    let linux = cfg!(target_os = "linux");
    let on_linux = |name: &str, with: &str| {
        if linux { works(name, with) } else { lacks(name, "this is not Linux", Some(ON_LINUX)) }
    };
    let mut all = vec![
        works("time", "trials: fresh processes in turns of 0.4 ms"),
        works("criterion", "criterion 0.8 in the runner"),
        on_linux("memory", "/proc, and what the allocators say"),
        works("heap", "dhat in the runner"),
        perf(),
        on_linux("profile: pprof", "in the runner, about 250 samples a second"),
        instructions(),
    ];
    all.extend(counters(root));
    all.push(match energy_zones(root) {
        Ok(zones) => works("energy", &format!("whole processors: {}", zones.len())),
        Err(refused) => lacks("energy", &refused.reason, refused.remedy.as_deref()),
    });
    all.push(works("code", "read from the runner's own file"));
    all.push(lacks("latency", "this version has none: only what takes turns is timed", None));
    all
}

fn works(name: &str, with: &str) -> InstrumentCheck {
    InstrumentCheck { name: name.to_owned(), available: true, found: with.to_owned(), remedy: None }
}

fn lacks(name: &str, reason: &str, remedy: Option<&str>) -> InstrumentCheck {
    InstrumentCheck {
        name: name.to_owned(),
        available: false,
        found: reason.to_owned(),
        remedy: remedy.map(str::to_owned),
    }
}

fn instructions() -> InstrumentCheck {
    match Valgrind::find() {
        Ok(valgrind) => works("instructions", &valgrind.version),
        Err(reason) => lacks("instructions", &reason, Some(valgrind::REMEDY)),
    }
}

fn perf() -> InstrumentCheck {
    const NAME: &str = "profile: perf";
    const REMEDY: &str = "install it: apt-get install linux-perf (Ubuntu: linux-tools-generic)";
    let Some(program) = on_path("perf") else { return lacks(NAME, "perf is not installed", Some(REMEDY)) };
    let mut command = Command::new(&program);
    command.arg("--version");
    let line = Process::start(command, false).and_then(|mut process| process.receive(VERSION_LIMIT));
    match line.map(|line| String::from_utf8_lossy(&line).trim().to_owned()) {
        Ok(version) if version.starts_with("perf version ") => works(NAME, &version),
        Ok(other) => {
            let words: String = other.chars().take(60).collect();
            lacks(NAME, &format!("perf --version printed {words:?}"), Some(REMEDY))
        }
        Err(fault) => lacks(NAME, &format!("{} does not work: {fault}", program.display()), Some(REMEDY)),
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
            found.push(works("counters", &format!("{}{of}", there.join(", "))));
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
                        "counters",
                        &format!("{what}: {}", refused.reason),
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
