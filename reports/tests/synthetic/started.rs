//! The first line of the made-up run: settings, machine, source, and what the runners offer.

use duel_record::{
    Allocator, Artifact, Cache, FORMAT_VERSION, Instrument, Machine, Settings, Source, Started, Verb,
    protocol::{FamilyListing, Identity, SizeListing, VERSION, VariantListing, WorkloadListing},
};

use super::{ODD_FAMILY, ODD_SIZE, ODD_VARIANT, ODD_WORKLOAD, RUNNER};

pub fn started(id: &str, artifacts: &[&str]) -> Started {
    Started {
        format: FORMAT_VERSION,
        run: id.into(),
        at: "2026-03-01T10:00:00Z".into(),
        version: "0.1.0".into(),
        command: ["cargo", "duel", "run", "--trials", "12"].map(String::from).to_vec(),
        settings: Settings {
            verb: Verb::Run,
            filters: Vec::new(),
            quick: false,
            sizes: Vec::new(),
            seed: 42,
            instruments: Instrument::ALL.to_vec(),
            simulate: Vec::new(),
            allocators: Allocator::COMPARABLE.to_vec(),
            threads: vec![1, 2],
            time_budget_ns: None,
            factor: None,
            trials: 12,
            inject: None,
        },
        machine: machine(),
        source: Source {
            revision: Some("0123456789abcdef0123456789abcdef01234567".into()),
            dirty: Some(true),
            rustflags: Some("-C target-cpu=x86-64-v3".into()),
        },
        artifacts: artifacts.iter().map(|label| artifact(label)).collect(),
    }
}

fn machine() -> Machine {
    let cache = |name: &str, bytes| Cache { name: name.into(), bytes };
    Machine {
        cpu: Some("AMD EPYC 7763 64-Core Processor".into()),
        cores: 2,
        threads_per_core: Some(2),
        caches: vec![
            cache("L1 data", 32 << 10),
            cache("L1 instruction", 32 << 10),
            cache("L2", 512 << 10),
            cache("L3", 32 << 20),
        ],
        memory_bytes: Some(8 << 30),
        system: Some("Debian GNU/Linux 12 (bookworm)".into()),
        kernel: Some("6.1.0-28-cloud-amd64".into()),
        governor: None,
        hypervisor: Some("KVM".into()),
        rustc: Some("rustc 1.95.0 (1a2b3c4d5 2026-01-10)".into()),
        cargo: Some("cargo 1.95.0 (6d7e8f9a0 2026-01-08)".into()),
    }
}

fn artifact(label: &str) -> Artifact {
    Artifact {
        label: label.into(),
        runner: RUNNER.into(),
        executable: "/tmp/target/release/deps/catalogue-0123".into(),
        hash: "9f86d081884c7d65".into(),
        revision: None,
        dirty: false,
        profile: "bench".into(),
        tree: None,
        identity: Identity {
            tree: None,
            version: VERSION,
            library: "0.1.0".into(),
            allocator: Allocator::System,
            allocators: Allocator::COMPARABLE.to_vec(),
            debug_assertions: false,
            cpu_features: vec!["avx2".into(), "fma".into()],
            clock_step_ns: 1,
            clock_cost_ns: 26,
        },
        families: vec![
            listing(
                "nearest-point",
                "Which of many points on a sphere is nearest to a given one?",
                "cities",
                &[("l1", 1_000), ("l2", 20_000)],
                &[
                    "scalar",
                    "portable",
                    "avx2",
                    "avx512",
                    "parallel",
                    "table",
                    "table-unchecked",
                    "fast-math",
                ],
            ),
            listing(
                ODD_FAMILY,
                "How often does every <key> occur & what does hashing cost?",
                ODD_WORKLOAD,
                &[(ODD_SIZE, 50_000)],
                &["std::HashMap<K, V>", ODD_VARIANT, "measured once"],
            ),
            listing("sum", "What does adding numbers cost?", "uniform", &[("l1", 100)], &["fold"]),
        ],
    }
}

fn listing(
    name: &str,
    question: &str,
    workload: &str,
    sizes: &[(&str, u64)],
    variants: &[&str],
) -> FamilyListing {
    FamilyListing {
        name: name.into(),
        question: question.into(),
        check: "equal outputs".into(),
        workloads: vec![WorkloadListing {
            name: workload.into(),
            sizes: sizes
                .iter()
                .map(|(name, elements)| SizeListing { name: (*name).into(), elements: *elements })
                .collect(),
        }],
        variants: variants
            .iter()
            .enumerate()
            .map(|(i, variant)| VariantListing {
                name: (*variant).into(),
                reference: i == 0,
                parallel: *variant == "parallel",
                unavailable: (*variant == "avx512").then(|| "this CPU has no AVX-512F".into()),
            })
            .collect(),
        compare_allocators: false,
        precision_bits: if name == "nearest-point" { 32 } else { 0 },
    }
}
