//! A made-up run with fixed numbers and everything in it that a report has to cope with: two
//! families, odd names, a wrong answer, a crash, a variant that can't run here, a missing trial,
//! and comparisons of variants, allocators and threads. Shared by tests and the example.

mod lines;

use duel_record::{
    Allocator, Arm, Artifact, Cache, CaseId, FORMAT_VERSION, Factor, Finished, Instrument, Line,
    Machine, Pressure, Recording, Settings, Source, Started,
    protocol::{
        FamilyListing, Identity, SizeListing, VERSION, VariantListing, Work, WorkloadListing,
    },
};

pub const ODD_FAMILY: &str = "count <script>alert(1)</script> & \"dups\" | `x`";
pub const ODD_WORKLOAD: &str = "zipf/½ 100% 'skew'";
pub const ODD_SIZE: &str = "big\n😀";
pub const ODD_VARIANT: &str = "sort & <scan>|`fast`";
pub const ARTIFACT: &str = "work tree";
pub const RUNNER: &str = "kernels/catalogue";

/// A whole run of `cargo duel run`.
pub fn run() -> Recording {
    scaled_run("2026-03-01T10-00-00-a1b2", 1.0)
}

/// The same run with every time multiplied, as if made on another day.
pub fn scaled_run(id: &str, scale: f64) -> Recording {
    let mut lines = lines::Lines::new(scale);
    nearest(&mut lines);
    odd(&mut lines);
    let finished = Finished {
        at: "2026-03-01T10:02:31Z".into(),
        elapsed_ns: 151_000_000_000,
        interrupted: None,
        pressure: Pressure {
            steal: Some(0.021),
            busy: Some(0.61),
            load: Some(1.4),
        },
    };
    let mut lines = lines.lines;
    lines.push(Line::Finished(finished));
    Recording {
        started: started(id, &["work tree"]),
        lines,
        cut_bytes: 0,
    }
}

/// A gate: the work tree against the revision `main`, with one regression among the cases.
#[allow(dead_code)] // not every user of this module runs the gate
pub fn gate() -> Recording {
    let mut lines = lines::Lines::new(1.0);
    for (variant, size, ns, ratio) in [
        ("scalar", "l1", 1000.0, 1.0),
        ("scalar", "l2", 21_000.0, 1.0),
        ("avx2", "l1", 260.0, 1.08),
        ("avx2", "l2", 5_600.0, 0.93),
    ] {
        let case = nearest_case(variant, size);
        let arms = ["main", ARTIFACT].map(|artifact| Arm {
            artifact: artifact.into(),
            ..arm(&case)
        });
        lines.trials(
            Factor::Artifact,
            12,
            &[(&arms[0], ns, 0.004), (&arms[1], ns * ratio, 0.004)],
        );
    }
    Recording {
        started: started("gate-1", &["main", ARTIFACT]),
        lines: lines.lines,
        cut_bytes: 17,
    }
}

/// The first family: fast, wrong, crashing and unavailable variants of a numeric kernel.
fn nearest(lines: &mut lines::Lines) {
    let work = Work {
        elements: 1_000,
        bytes: 16_000,
        flops: 21_000,
    };
    for (size, scale) in [("l1", 1.0), ("l2", 20.0)] {
        let case = |variant| nearest_case(variant, size);
        let work = Work {
            elements: work.elements * scale as u64,
            bytes: work.bytes * scale as u64,
            flops: work.flops * scale as u64,
        };
        for variant in ["scalar", "portable", "avx2", "table"] {
            lines.right(&case(variant), work);
        }
        let two_threads = CaseId {
            threads: Some(2),
            ..case("parallel")
        };
        lines.right(&two_threads, work);
        lines.wrong(&case("fast-math"), "element 17: expected 0.8414, found NaN");
        lines.failed(
            &case("table-unchecked"),
            "prepare",
            "index 4096 out of bounds\nnote: run with RUST_BACKTRACE=1",
        );
        let arms = [
            (&arm(&case("scalar")), 12_400.0 * scale, 0.01),
            (&arm(&case("portable")), 6_500.0 * scale, 0.006),
            (&arm(&case("avx2")), 3_150.0 * scale, 0.02),
            (&arm(&case("table")), 12_450.0 * scale, 0.012),
            (&arm(&two_threads), 12_700.0 * scale, 0.09),
        ];
        lines.trials(Factor::Variant, 12, &arms);
        lines.drop_arm(&case("table"), 3);
        for (arm, ns, noise) in arms {
            lines.criterion(&arm.case, ns * 1.03, noise);
            lines.memory(&arm.case, 24 << 20, 3);
        }
        lines.heap(&case("scalar"), 0, 0);
        lines.heap(&case("table"), 32_768, 1);
        lines.profile(&case("avx2"));
        lines.profile(&case("scalar"));
    }
    let one = CaseId {
        threads: Some(1),
        ..nearest_case("parallel", "l2")
    };
    let two = CaseId {
        threads: Some(2),
        ..one.clone()
    };
    let arms = [(&arm(&one), 250_000.0, 0.01), (&arm(&two), 136_000.0, 0.03)];
    lines.trials(Factor::Threads, 12, &arms);
    lines.memory(&one, 25 << 20, 2);
    lines.unavailable(
        Some(&nearest_case("avx2", "l1")),
        "counters",
        "perf events are not there on this virtual machine",
        Some("run on bare metal, or set kernel.perf_event_paranoid to 1"),
    );
    lines.unavailable(
        Some(&nearest_case("avx2", "l2")),
        "counters",
        "perf events are not there on this virtual machine",
        Some("run on bare metal, or set kernel.perf_event_paranoid to 1"),
    );
}

/// The second family: every name is as odd as names may be.
fn odd(lines: &mut lines::Lines) {
    let work = Work {
        elements: 50_000,
        bytes: 400_000,
        flops: 0,
    };
    let reference = odd_case("std::HashMap<K, V>", Allocator::System);
    let sort = odd_case(ODD_VARIANT, Allocator::System);
    let once = odd_case("measured once", Allocator::System);
    for case in [&reference, &sort, &once] {
        lines.right(case, work);
        lines.heap(case, 1_900_000, 210);
        lines.memory(case, 40 << 20, 900);
        lines.profile(case);
    }
    lines.criterion(&reference, 1_320_000.0, 0.02);
    lines.trials(
        Factor::Variant,
        12,
        &[
            (&arm(&reference), 1_300_000.0, 0.01),
            (&arm(&sort), 1_690_000.0, 0.01),
        ],
    );
    lines.trials(
        Factor::Variant,
        1,
        &[
            (&arm(&reference), 1_300_000.0, 0.01),
            (&arm(&once), 900_000.0, 0.01),
        ],
    );
    for variant in ["std::HashMap<K, V>", ODD_VARIANT] {
        let case = |allocator| odd_case(variant, allocator);
        let [system, mimalloc, jemalloc] = Allocator::COMPARABLE.map(case);
        lines.memory(&mimalloc, 46 << 20, 300);
        lines.memory(&jemalloc, 43 << 20, 500);
        lines.trials(
            Factor::Allocator,
            12,
            &[
                (&arm(&system), 1_300_000.0, 0.01),
                (&arm(&mimalloc), 1_050_000.0, 0.01),
                (&arm(&jemalloc), 1_302_000.0, 0.006),
            ],
        );
    }
    lines.unavailable(
        None,
        "flame graphs by perf",
        "perf is not installed <b>here</b>",
        Some("apt-get install linux-perf"),
    );
}

pub fn nearest_case(variant: &str, size: &str) -> CaseId {
    CaseId {
        family: "nearest-point".into(),
        workload: "cities".into(),
        size: size.into(),
        variant: variant.into(),
        allocator: Allocator::System,
        threads: None,
    }
}

pub fn odd_case(variant: &str, allocator: Allocator) -> CaseId {
    CaseId {
        family: ODD_FAMILY.into(),
        workload: ODD_WORKLOAD.into(),
        size: ODD_SIZE.into(),
        variant: variant.into(),
        allocator,
        threads: None,
    }
}

pub fn arm(case: &CaseId) -> Arm {
    Arm {
        artifact: ARTIFACT.into(),
        runner: RUNNER.into(),
        case: case.clone(),
    }
}

fn started(id: &str, artifacts: &[&str]) -> Started {
    Started {
        format: FORMAT_VERSION,
        run: id.into(),
        at: "2026-03-01T10:00:00Z".into(),
        version: "0.1.0".into(),
        command: ["cargo", "duel", "run", "--trials", "12"]
            .map(String::from)
            .to_vec(),
        settings: Settings {
            verb: "run".into(),
            filters: Vec::new(),
            quick: false,
            sizes: Vec::new(),
            seed: 42,
            instruments: Instrument::ALL.to_vec(),
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
    let cache = |name: &str, bytes| Cache {
        name: name.into(),
        bytes,
    };
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
        profile: "bench".into(),
        identity: Identity {
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
            listing(
                "sum",
                "What does adding numbers cost?",
                "uniform",
                &[("l1", 100)],
                &["fold"],
            ),
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
                .map(|(name, elements)| SizeListing {
                    name: (*name).into(),
                    elements: *elements,
                })
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
    }
}
