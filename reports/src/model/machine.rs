//! The machine, the source and the settings of a run as labelled facts.

use duel_record::Machine;

use super::Model;
use crate::number;

/// One labelled fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelledFact {
    /// What it is.
    pub label: &'static str,
    /// What it is here.
    pub value: String,
}

impl Model {
    /// The machine in one line.
    pub fn machine_line(&self) -> String {
        let machine = &self.started.machine;
        let mut parts = vec![
            machine.cpu.clone().unwrap_or_else(|| "unknown CPU".to_owned()),
            number::plural(machine.cores as usize, "logical core"),
        ];
        parts.extend(machine.hypervisor.as_ref().map(|h| format!("under {h}")));
        parts.extend(machine.kernel.as_ref().map(|kernel| format!("kernel {kernel}")));
        parts.extend(machine.rustc.clone());
        parts.join(", ")
    }

    /// Everything known of where the run was made.
    pub fn machine_facts(&self) -> Vec<LabelledFact> {
        let machine = &self.started.machine;
        let mut facts = vec![
            fact("CPU", machine.cpu.clone()),
            fact("Cores", Some(cores(machine))),
            fact("Caches", caches(machine)),
            fact("Memory", machine.memory_bytes.map(|b| number::bytes(b as f64))),
            fact("System", machine.system.clone()),
            fact("Kernel", machine.kernel.clone()),
            fact("Governor", machine.governor.clone()),
            fact("Hypervisor", Some(machine.hypervisor.clone().unwrap_or_else(|| "none".to_owned()))),
            fact("Toolchain", machine.rustc.clone()),
            fact("Cargo", machine.cargo.clone()),
        ];
        facts.push(fact("While measuring", self.pressure.describe()));
        facts
    }

    /// Everything known of what was run.
    pub fn run_facts(&self) -> Vec<LabelledFact> {
        let started = &self.started;
        let settings = &started.settings;
        let mut facts = vec![
            fact("Command", Some(started.command.join(" "))),
            fact("Run", Some(started.run.clone())),
            fact("Started", Some(started.at.clone())),
            fact("Revision", self.revision()),
            fact("Profile", self.profiles()),
            fact("RUSTFLAGS", Some(started.source.rustflags.clone().unwrap_or_else(|| "none".to_owned()))),
            fact("Seed", Some(settings.seed.to_string())),
            fact("Trials", Some(settings.trials.to_string())),
            fact("Took", self.finished.as_ref().map(|f| number::time_ns(f.elapsed_ns as f64))),
            fact("duel", Some(started.version.clone())),
        ];
        if let Some(inject) = settings.inject {
            let value = format!("candidates did {inject} times the iterations they report");
            facts.push(fact("Injected", Some(value)));
        }
        if settings.quick {
            facts.push(fact("Quick", Some("one size per workload, short measurements".into())));
        }
        facts
    }

    /// Revision and whether the work tree differed from it.
    pub fn revision(&self) -> Option<String> {
        let source = &self.started.source;
        let revision = source.revision.as_ref()?;
        let short: String = revision.chars().take(12).collect();
        Some(match source.dirty {
            Some(true) => format!("{short} with uncommitted changes"),
            Some(false) | None => short,
        })
    }

    fn profiles(&self) -> Option<String> {
        let mut profiles: Vec<&str> = Vec::new();
        for artifact in &self.started.artifacts {
            if !profiles.contains(&artifact.profile.as_str()) {
                profiles.push(&artifact.profile);
            }
        }
        (!profiles.is_empty()).then(|| profiles.join(", "))
    }
}

fn fact(label: &'static str, value: Option<String>) -> LabelledFact {
    let value = value.filter(|v| !v.is_empty()).unwrap_or_else(|| "not known".to_owned());
    LabelledFact { label, value }
}

fn cores(machine: &Machine) -> String {
    match machine.threads_per_core {
        Some(threads) => format!("{} logical, {threads} per physical core", machine.cores),
        None => format!("{} logical", machine.cores),
    }
}

fn caches(machine: &Machine) -> Option<String> {
    let caches: Vec<String> = machine
        .caches
        .iter()
        .map(|cache| format!("{} {}", cache.name, number::bytes(cache.bytes as f64)))
        .collect();
    (!caches.is_empty()).then(|| caches.join(", "))
}
