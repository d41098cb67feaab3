//! What this machine is, what it can measure, and how small a change it shows: what `doctor` prints.

mod instruments;
mod noise;
mod null_runner;
mod system;

pub use noise::noise;
pub use null_runner::become_runner;

use duel_record::{Diagnosis, Fact, Machine};
use duel_reports::number;

use crate::{command::settings::Settings, machine, runner::artifact};
use system::System;

/// Everything but the noise and the pressure, which take time.
pub fn diagnose(settings: &Settings) -> Diagnosis {
    let system = System::this();
    let machine = machine::machine();
    let mut facts = vec![fact("CPU", cpu(&machine))];
    facts.extend(system.facts());
    facts.insert(2, fact("memory", memory(&machine)));
    facts.push(pinning());
    facts.push(clock(settings));
    facts.push(tools(&machine));
    Diagnosis {
        facts,
        instruments: instruments::instruments(system.root(), settings.case_timeout),
        ..Diagnosis::default()
    }
}

fn fact(name: &str, found: String) -> Fact {
    Fact { name: name.to_owned(), found, remedy: None }
}

fn cpu(machine: &Machine) -> String {
    let name = machine.cpu.as_deref().unwrap_or("unknown");
    match &machine.hypervisor {
        Some(hypervisor) => format!("{name}; virtual machine ({hypervisor})"),
        None => name.to_owned(),
    }
}

fn memory(machine: &Machine) -> String {
    let main = machine.memory_bytes.map(|bytes| number::bytes(bytes as f64));
    let caches =
        machine.caches.iter().map(|cache| format!("{} {}", cache.name, number::bytes(cache.bytes as f64)));
    let all: Vec<String> = main.into_iter().chain(caches).collect();
    if all.is_empty() { "not shown".to_owned() } else { all.join(", ") }
}

fn tools(machine: &Machine) -> Fact {
    let kernel = machine.kernel.as_deref().map(|kernel| format!("Linux {kernel}"));
    let rustc = machine.rustc.as_deref().and_then(|version| version.split(" (").next()).map(str::to_owned);
    let remedy = rustc.is_none().then(|| "install Rust from https://rustup.rs".to_owned());
    let rustc = rustc.unwrap_or_else(|| "rustc not found".to_owned());
    let all: Vec<String> = kernel.into_iter().chain([rustc]).collect();
    Fact { name: "software".to_owned(), found: all.join(", "), remedy }
}

fn pinning() -> Fact {
    let refused = match rustix::thread::sched_getaffinity(None) {
        Ok(cores) => rustix::thread::sched_setaffinity(None, &cores).err(),
        Err(error) => Some(error),
    };
    let (found, remedy) = match refused {
        None => ("allowed: arms share a core".to_owned(), None),
        Some(error) => (
            format!("not permitted ({error}): arms share no core and ratios are noisier"),
            Some("allow sched_setaffinity (containers: a seccomp profile that has it)".to_owned()),
        ),
    };
    Fact { name: "pinning".to_owned(), found, remedy }
}

/// As a runner finds it.
fn clock(settings: &Settings) -> Fact {
    match artifact::null_runner(settings) {
        Ok(runner) => {
            let identity = &runner.artifact.identity;
            fact(
                "clock",
                format!(
                    "a reading costs {} ns, steps of {} ns",
                    identity.clock_cost_ns, identity.clock_step_ns
                ),
            )
        }
        Err(error) => fact("clock", format!("not measured: {error:#}")),
    }
}
