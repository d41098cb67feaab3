//! A made-up run with fixed numbers and everything in it that a report has to cope with: two
//! families, odd names, a wrong answer, a crash, a variant that can't run here, a missing trial,
//! and comparisons of variants, allocators and threads. Shared by tests and the example.

#![allow(dead_code, unused_imports)] // no test uses all of it

mod gate;
mod heap;
mod identical;
mod lines;
mod started;

use duel_record::{
    Allocator, Arm, CaseId, Factor, Finished, Line, Pressure, Recording, Stage, protocol::Work,
};

pub use gate::{contaminated_gate, gate, tiny_gate};
pub use identical::{identical_builds, identical_gate, mixed_gate};
use started::started;

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
    lines.calibration();
    let finished = Finished {
        at: "2026-03-01T10:02:31Z".into(),
        elapsed_ns: 151_000_000_000,
        interrupted: None,
        pressure: Pressure { steal: Some(0.021), busy: Some(0.61), load: Some(1.4) },
    };
    let mut lines = lines.lines;
    lines.push(Line::Finished(finished));
    Recording { started: started(id, &["work tree"]), lines, cut_bytes: 0 }
}

/// The work tree against the revision `main`, with one regression among the cases.
pub fn builds() -> Recording {
    let mut lines = lines::Lines::new(1.0);
    for (variant, size, ns, ratio) in [
        ("scalar", "l1", 1000.0, 1.0),
        ("scalar", "l2", 21_000.0, 1.0),
        ("avx2", "l1", 260.0, 1.08),
        ("avx2", "l2", 5_600.0, 0.93),
    ] {
        let case = nearest_case(variant, size);
        let arms = ["main", ARTIFACT].map(|artifact| Arm { artifact: artifact.into(), ..arm(&case) });
        lines.trials(Factor::Artifact, 12, &[(&arms[0], ns, 0.004), (&arms[1], ns * ratio, 0.004)]);
        lines.instructions(&arms[0], [10.0 * ns; 2]);
        lines.instructions(&arms[1], [10.0 * ns * ratio; 2]);
        if variant == "avx2" {
            lines.heap(&arms[0], 60_000, 12);
            lines.heap(&arms[1], 90_000, 24);
            lines.memory(&arms[0], 24 << 20, 3);
            lines.memory(&arms[1], 31 << 20, 40);
        }
        if size == "l1" {
            lines.code(&arms[0], "xmm");
            lines.code(&arms[1], if variant == "avx2" { "zmm" } else { "xmm" });
        }
        let elements = if size == "l1" { 1_000 } else { 20_000 };
        lines.right(&case, Work { elements, bytes: 16 * elements, flops: 21 * elements });
    }
    lines.calibration();
    Recording { started: started("builds-1", &["main", ARTIFACT]), lines: lines.lines, cut_bytes: 17 }
}

/// One comparison of so many trials: the candidate takes `ratio` times what the baseline takes,
/// exactly, and another variant has failed.
pub fn tiny(family: &str, variant: &str, ratio: f64, trials: u32) -> Recording {
    let case =
        |variant: &str| CaseId { family: family.into(), variant: variant.into(), ..nearest_case("", "l1") };
    let mut lines = lines::Lines::new(1.0);
    let arms = [arm(&case("reference")), arm(&case(variant))];
    lines.trials(Factor::Variant, trials, &[(&arms[0], 1000.0, 0.0), (&arms[1], 1000.0 * ratio, 0.0)]);
    lines.failed(&case("broken"), Stage::Trial, variant);
    lines.profile(&arms[1]);
    let mut started = started("tiny", &[]);
    started.run = variant.into();
    Recording { started, lines: lines.lines, cut_bytes: 0 }
}

/// 2,010 cases in 670 data sets of three variants, with memory and heap of each, and no profiles.
pub fn large() -> Recording {
    let mut lines = lines::Lines::new(1.0);
    for number in 0..670_u32 {
        let case = |variant: &str| CaseId {
            family: format!("family-{}", number / 67),
            workload: format!("data-{}", number % 67),
            variant: variant.to_owned(),
            ..nearest_case("", "l2")
        };
        let arms = ["scalar", "portable", "avx2"].map(|variant| arm(&case(variant)));
        let ns = 700.0 + 900.0 * f64::from(number % 13);
        let spread = 0.002 * f64::from(1 + number % 7);
        let times = [(&arms[0], ns, spread), (&arms[1], 0.99 * ns, spread), (&arms[2], 0.3 * ns, spread)];
        lines.trials(Factor::Variant, 8, &times);
        for (place, arm) in (0..).zip(&arms) {
            lines.right(&arm.case, Work { elements: 1_000, bytes: 16_000, flops: 21_000 });
            lines.heap(arm, u64::from(number) * place, place);
            lines.memory(arm, (24 + place) << 20, u64::from(number));
        }
    }
    Recording { started: started("large", &[ARTIFACT]), lines: lines.lines, cut_bytes: 0 }
}

/// The first family: fast, wrong, crashing and unavailable variants of a numeric kernel.
fn nearest(lines: &mut lines::Lines) {
    let work = Work { elements: 1_000, bytes: 16_000, flops: 21_000 };
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
        let two_threads = CaseId { threads: Some(2), ..case("parallel") };
        lines.right(&two_threads, work);
        lines.wrong(&case("fast-math"), "element 17: expected 0.8414, found NaN");
        lines.failed(
            &case("table-unchecked"),
            Stage::Trial,
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
            lines.criterion(arm, ns * 1.03, noise);
            lines.memory(arm, 24 << 20, 3);
        }
        lines.heap(&arm(&case("scalar")), 0, 0);
        lines.heap(&arm(&case("table")), 32_768, 1);
        lines.instructions(&arm(&case("scalar")), [70_003.0 * scale; 2]);
        lines.instructions(&arm(&case("table")), [80_000.0 * scale, 80_004.0 * scale]);
        lines.instructions(&arm(&case("avx2")), [9_000.0 * scale, 9_300.0 * scale]);
        lines.counters(&arm(&case("scalar")), 24_000.0 * scale);
        lines.counters(&arm(&case("avx2")), 12_000.0 * scale);
        lines.profile(&arm(&case("avx2")));
        lines.code(&arm(&case("scalar")), "xmm");
        lines.code(&arm(&case("avx2")), "zmm");
        lines.profile(&arm(&case("scalar")));
    }
    threads(lines);
    for size in ["l1", "l2"] {
        lines.unavailable(
            Some(&nearest_case("avx2", size)),
            "counters",
            "perf events are not there on this virtual machine",
            Some("run on bare metal, or set kernel.perf_event_paranoid to 1"),
        );
    }
}

/// One thread against two.
fn threads(lines: &mut lines::Lines) {
    let parallel = |threads| CaseId { threads: Some(threads), ..nearest_case("parallel", "l2") };
    let (one, two) = (parallel(1), parallel(2));
    let arms = [(&arm(&one), 250_000.0, 0.01), (&arm(&two), 136_000.0, 0.03)];
    lines.trials(Factor::Threads, 12, &arms);
    lines.memory(&arm(&one), 25 << 20, 2);
}

/// The second family: every name is as odd as names may be.
fn odd(lines: &mut lines::Lines) {
    let work = Work { elements: 50_000, bytes: 400_000, flops: 0 };
    let reference = odd_case("std::HashMap<K, V>", Allocator::System);
    let sort = odd_case(ODD_VARIANT, Allocator::System);
    let once = odd_case("measured once", Allocator::System);
    for case in [&reference, &sort, &once] {
        lines.right(case, work);
        lines.heap(&arm(case), 1_900_000, 210);
        lines.memory(&arm(case), 40 << 20, 900);
        lines.profile(&arm(case));
    }
    lines.criterion(&arm(&reference), 1_320_000.0, 0.02);
    lines.trials(
        Factor::Variant,
        12,
        &[(&arm(&reference), 1_300_000.0, 0.01), (&arm(&sort), 1_690_000.0, 0.01)],
    );
    lines.trials(
        Factor::Variant,
        1,
        &[(&arm(&reference), 1_300_000.0, 0.01), (&arm(&once), 900_000.0, 0.01)],
    );
    for variant in ["std::HashMap<K, V>", ODD_VARIANT] {
        let case = |allocator| odd_case(variant, allocator);
        let [system, mimalloc, jemalloc] = Allocator::COMPARABLE.map(case);
        lines.memory(&arm(&mimalloc), 46 << 20, 300);
        lines.memory(&arm(&jemalloc), 43 << 20, 500);
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
    lines.foreign("mine::group::sort few", &[("Dr", 15.0), ("Ir", 5_396_479.0), ("L1HitRate", 96.3)]);
    lines.foreign("mine::group::<b>odd</b>|", &[("Ir", 56.0)]);
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
    Arm { artifact: ARTIFACT.into(), runner: RUNNER.into(), case: case.clone() }
}
