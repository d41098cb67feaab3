//! What tells one machine from another: limits that were measured hold for as long as this stays.

use duel_record::Machine;
use serde::Serialize;

/// Raised whenever what is measured, or how, changes.
pub const METHOD: u32 = 1;

#[derive(Serialize)]
struct Identity<'a> {
    method: u32,
    cpu: Option<&'a str>,
    cores: u32,
    threads_per_core: Option<u32>,
    caches: Vec<(&'a str, u64)>,
    memory_gib: Option<u64>,
    kernel: Option<&'a str>,
    hypervisor: Option<&'a str>,
}

/// The machine as a short hash: CPU, cores that may be used, caches, memory, kernel, hypervisor.
pub fn identity(machine: &Machine) -> String {
    let identity = Identity {
        method: METHOD,
        cpu: machine.cpu.as_deref(),
        cores: machine.cores,
        threads_per_core: machine.threads_per_core,
        caches: machine.caches.iter().map(|cache| (cache.name.as_str(), cache.bytes)).collect(),
        // What the kernel keeps for itself differs a little from one start to the next.
        memory_gib: machine.memory_bytes.map(|bytes| (bytes + (1 << 29)) >> 30),
        kernel: machine.kernel.as_deref(),
        hypervisor: machine.hypervisor.as_deref(),
    };
    // A list of plain values is always JSON.
    let text = serde_json::to_string(&identity).unwrap_or_default();
    blake3::hash(text.as_bytes()).to_hex()[..16].to_owned()
}

#[cfg(test)]
mod tests {
    use duel_record::Cache;

    use super::*;

    fn machine() -> Machine {
        Machine {
            cpu: Some("A CPU".into()),
            cores: 4,
            caches: vec![Cache { name: "L2".into(), bytes: 1 << 20 }],
            memory_bytes: Some(8 << 30),
            kernel: Some("6.1".into()),
            ..Machine::default()
        }
    }

    #[test]
    fn whatever_changes_the_limits_changes_the_identity() {
        let same = identity(&machine());
        let changes: [fn(&mut Machine); 6] = [
            |machine| machine.cpu = Some("Another CPU".into()),
            |machine| machine.cores = 2,
            |machine| machine.caches[0].bytes = 2 << 20,
            |machine| machine.memory_bytes = Some(16 << 30),
            |machine| machine.kernel = Some("6.2".into()),
            |machine| machine.hypervisor = Some("KVM".into()),
        ];
        for change in changes {
            let mut other = machine();
            change(&mut other);
            assert_ne!(identity(&other), same, "{other:?}");
        }
    }

    #[test]
    fn what_does_not_change_the_limits_does_not_change_the_identity() {
        let other = Machine {
            rustc: Some("another".into()),
            memory_bytes: Some((8 << 30) - (40 << 20)),
            ..machine()
        };
        assert_eq!(identity(&other), identity(&machine()));
    }
}
