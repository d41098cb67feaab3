//! The lines of the made-up run, with noise from a fixed seed.

use duel_record::{
    AllocatorStatistic, Arm, Bandwidth, Calibration, CaseId, CodeCall, CodeInstruction, CodeLoop, CodePlace,
    CodeSummary, Count, Counter, CounterSummary, CriterionTiming, Factor, Failure, Finding, Foreign,
    ForeignMetric, FunctionInstructions, HeapSummary, InlinedFunction, InstructionSummary, Line,
    LineInstructions, MemorySummary, Missing, Outcome, Peak, Pressure, ProfileSummary, Purpose, Refused,
    SimulatedEvents, Stack, Stage, Trial, TrialArm, VectorShares, Verification, Weight, protocol::Work,
};

use super::heap::details;

const SAMPLES: usize = 40;
const ITERS: u64 = 32;

pub struct Lines {
    pub lines: Vec<Line>,
    state: u64,
    scale: f64,
}

impl Lines {
    pub fn new(scale: f64) -> Self {
        Self { lines: Vec::new(), state: 0x9e37_79b9_7f4a_7c15, scale }
    }

    /// Uniform in 0 to 1 (SplitMix64).
    fn uniform(&mut self) -> f64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// About normal, with standard deviation 1.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }

    /// Trials of these arms: each with its time and the noise between its processes.
    pub fn trials(&mut self, factor: Factor, trials: u32, arms: &[(&Arm, f64, f64)]) {
        for index in 0..trials {
            self.trial(factor, index, arms);
        }
    }

    /// One trial of these arms; it can be changed still.
    pub fn trial(&mut self, factor: Factor, index: u32, arms: &[(&Arm, f64, f64)]) -> &mut Trial {
        let arms = arms
            .iter()
            .map(|(arm, ns, noise)| {
                let ns = ns * self.scale * (1.0 + noise * self.normal());
                let time_ns = (0..SAMPLES).map(|_| self.sample(ns * ITERS as f64)).collect();
                let core = arm.case.threads.is_none().then_some(1);
                TrialArm {
                    arm: (*arm).clone(),
                    iters: ITERS,
                    run_iters: None,
                    time_ns,
                    core,
                    involuntary_switches: None,
                }
            })
            .collect();
        let pressure = Pressure {
            steal: Some(0.01 + 0.02 * f64::from(index % 3)),
            busy: Some(0.55),
            load: Some(1.1 + f64::from(index) / 10.0),
        };
        self.lines.push(Line::Trial(Trial {
            factor,
            index,
            purpose: Purpose::Explore,
            set_aside: None,
            arms,
            pressure,
            elapsed_ns: 0,
        }));
        match self.lines.last_mut() {
            Some(Line::Trial(trial)) => trial,
            _ => unreachable!("it was just pushed"),
        }
    }

    /// One sample: a little noise, and now and then an interruption.
    fn sample(&mut self, ns: f64) -> u64 {
        let late = if self.uniform() > 0.95 { 1.0 + 0.2 * self.uniform() } else { 1.0 };
        (ns * late * (1.0 + 0.004 * self.normal())) as u64
    }

    /// Takes an arm out of one trial of variants.
    pub fn drop_arm(&mut self, case: &CaseId, index: u32) {
        for line in &mut self.lines {
            if let Line::Trial(trial) = line
                && trial.index == index
            {
                trial.arms.retain(|arm| arm.arm.case != *case);
            }
        }
    }

    pub fn right(&mut self, case: &CaseId, work: Work) {
        self.verified(case, Outcome::Right, work);
    }

    pub fn wrong(&mut self, case: &CaseId, difference: &str) {
        let outcome = Outcome::Wrong { difference: difference.into() };
        self.verified(case, outcome, Work::default());
    }

    fn verified(&mut self, case: &CaseId, outcome: Outcome, work: Work) {
        self.lines.push(Line::Verified(Verification {
            arm: super::arm(case),
            outcome,
            data_hash: "b3a1c09f7715".into(),
            work,
            peak_resident_bytes: 24 << 20,
        }));
    }

    pub fn failed(&mut self, case: &CaseId, stage: Stage, reason: &str) {
        self.lines.push(Line::Failed(Failure { arm: super::arm(case), stage, reason: reason.into() }));
    }

    pub fn unavailable(&mut self, case: Option<&CaseId>, what: &str, reason: &str, remedy: Option<&str>) {
        self.lines.push(Line::Unavailable(Missing {
            case: case.cloned(),
            what: what.into(),
            reason: reason.into(),
            remedy: remedy.map(Into::into),
        }));
    }

    fn found(&mut self, finding: Finding) {
        self.lines.push(Line::Found(finding));
    }

    pub fn criterion(&mut self, arm: &Arm, ns: f64, noise: f64) {
        let ns = ns * self.scale;
        let samples = 20;
        let iters: Vec<f64> = (1..=samples).map(|i| f64::from(i) * 10.0).collect();
        let time_ns = iters.iter().map(|n| n * ns * (1.0 + noise * self.normal())).collect();
        self.found(Finding::Criterion {
            arm: arm.clone(),
            timing: CriterionTiming {
                iters,
                time_ns,
                time_ns_median: ns,
                time_ns_median_low: ns * 0.995,
                time_ns_median_high: ns * 1.006,
            },
            pressure: Pressure::default(),
        });
    }

    /// A heap profile with so many bytes and blocks per iteration.
    pub fn heap(&mut self, arm: &Arm, bytes: u64, blocks: u64) {
        let iters = 10;
        self.found(Finding::Heap {
            arm: arm.clone(),
            summary: HeapSummary {
                iters,
                total_bytes: bytes * iters,
                total_blocks: blocks * iters,
                peak_bytes: bytes * 2 / 3,
                peak_blocks: blocks,
                end_bytes: 0,
                end_blocks: 0,
                ..details(arm, bytes * iters, blocks * iters)
            },
            file: format!("heap/{}.json", arm.file_stem()),
        });
    }

    pub fn memory(&mut self, arm: &Arm, peak: u64, faults: u64) {
        self.found(Finding::Memory {
            arm: arm.clone(),
            summary: MemorySummary {
                iters: 100,
                peak_resident_bytes: peak,
                start_resident_bytes: 3 << 20,
                prepared_resident_bytes: peak - (2 << 20),
                minor_faults: faults,
                major_faults: 0,
                involuntary_switches: 4,
                used_resident_bytes: Some(peak - (1 << 20)),
                freed_resident_bytes: Some(4 << 20),
                allocator: vec![AllocatorStatistic {
                    name: "in use".into(),
                    used_bytes: peak - (5 << 20),
                    freed_bytes: 80 << 10,
                }],
            },
        });
    }

    /// Counts of two processes, each of which found the same pair.
    pub fn instructions(&mut self, arm: &Arm, pair: [f64; 2]) {
        let function = |name: &str, own_per_iter, inclusive_per_iter| FunctionInstructions {
            name: name.into(),
            own_per_iter,
            inclusive_per_iter,
        };
        let line =
            |file: &str, line, own_per_iter| LineInstructions { file: file.into(), line, own_per_iter };
        self.found(Finding::Instructions {
            arm: arm.clone(),
            summary: InstructionSummary {
                iters: 1,
                processes: 2,
                instructions_per_iter: [pair, pair].concat(),
                empty_instructions: 15,
                cpu_features: vec!["avx2".into()],
                hidden_cpu_features: vec!["avx512f".into()],
                counter: "valgrind-3.19.0".into(),
                functions: vec![
                    function(&arm.case.variant, 14.0, pair[1]),
                    function("kernels::run<&T>", pair[1] - 114.0, pair[1] - 14.0),
                    function("malloc", 100.0, 100.0),
                ],
                lines: vec![
                    line("/home/me/points/src/nearest.rs", 41, pair[1] / 2.0),
                    line("/rustc/5980/library/core/src/iter/range.rs", 772, 1000.0),
                    line(&format!("/home/me/points/src/<{}>.rs", arm.case.variant), 7, 512.0),
                ],
                simulated: vec![
                    SimulatedEvents { event: "D1mr".into(), per_iter: pair[1] / 8.0 },
                    SimulatedEvents { event: "Bcm".into(), per_iter: 12.0 },
                ],
                ..InstructionSummary::default()
            },
            file: format!("instructions/callgrind.out.{}", arm.file_stem()),
        });
    }

    /// What another harness counted.
    pub fn foreign(&mut self, benchmark: &str, counts: &[(&str, f64)]) {
        let metric = |&(name, value): &(&str, f64)| ForeignMetric { name: name.into(), value };
        self.lines.push(Line::Foreign(Foreign {
            tool: "Callgrind".into(),
            schema: "6".into(),
            benchmark: benchmark.into(),
            metrics: counts.iter().map(metric).collect(),
            file: "target/iai/summary.json".into(),
        }));
    }

    /// The code of a loop that is as wide as said.
    pub fn code(&mut self, arm: &Arm, register: &str) {
        let text = |text: &str| text.replace("reg", register);
        let source = |line, text: &str| {
            Some(CodePlace { file: "kernels/src/nearest.rs".into(), line, text: Some(text.into()) })
        };
        let body = "total += (a[i] < b[i]) as u32 & mask;";
        let instructions = [
            ("push rbx", 1.0, source(7, "pub fn run<T>(data: &[T]) {")),
            ("xor eax, eax", 1.0, source(9, "for i in 0..data.len() {")),
            ("movups reg0, [rdi+rax]", 500.0, source(10, body)),
            ("addps reg1, reg0", 500.0, source(10, body)),
            ("add rax, 16", 500.0, source(9, "for i in 0..data.len() {")),
            ("jne 0x1a46", 500.0, None),
            ("call kernels::<script>::finish", 1.0, source(12, "finish(total)")),
            ("ret", 1.0, None),
        ];
        let instruction =
            |(place, (line, weight, source)): (usize, &(&str, f64, Option<CodePlace>))| CodeInstruction {
                address: 0x1a40 + 3 * place as u64,
                size_bytes: 3,
                text: text(line),
                weight: *weight,
                source: source.clone(),
            };
        let bits = |wide: &str| if register == wide { 0.5 } else { 0.0 };
        let vectors =
            VectorShares { packed_128: bits("xmm"), packed_512: bits("zmm"), ..VectorShares::default() };
        self.found(Finding::Code {
            arm: arm.clone(),
            summary: CodeSummary {
                function: arm.case.variant.clone(),
                address: 0x1a40,
                size_bytes: 412,
                reached_bytes: 3586,
                reached_functions: 3,
                weighed_by: Weight::Executed,
                weight_share: Some(0.97),
                instructions: instructions.iter().enumerate().map(instruction).collect(),
                left_out: 40,
                loops: vec![CodeLoop {
                    start: 0x1a46,
                    end: 0x1a4f,
                    depth: 0,
                    instructions: 4,
                    weight_share: Some(0.99),
                    vectors,
                }],
                calls: vec![CodeCall {
                    address: 0x1a52,
                    target: "kernels::<script>::finish".into(),
                    weight: 1.0,
                }],
                vectors,
                inlined: vec![InlinedFunction { name: "nearest::run<&T>".into(), weight_share: 0.98 }],
            },
        });
    }
    /// Counters of an arm that takes so many cycles; its caches are not counted, and its energy is.
    pub fn counters(&mut self, arm: &Arm, cycles: f64) {
        let count = |counter, per_iter: f64, counted_share: f64| Count { counter, per_iter, counted_share };
        self.found(Finding::Counters {
            arm: arm.clone(),
            summary: CounterSummary {
                iters: 5_000,
                counts: vec![
                    count(Counter::TaskClock, cycles / 3.0, 1.0),
                    count(Counter::PageFaults, 0.0, 1.0),
                    count(Counter::Cycles, cycles, 1.0),
                    count(Counter::Instructions, 30_000.0, 0.75),
                    count(Counter::BranchMisses, 45.0, 0.75),
                    count(Counter::PackageEnergy, cycles * 4e-9, 1.0),
                ],
                refused: vec![Refused {
                    counter: Counter::LlcMisses,
                    reason: "this processor does not count it".into(),
                    remedy: None,
                }],
                user_space_only: true,
            },
        });
    }

    /// What a machine of two cores can do at most.
    pub fn calibration(&mut self) {
        let bandwidth = |level: &str, level_bytes: Option<u64>, threads: u32, bytes_per_s: f64| Bandwidth {
            level: level.into(),
            level_bytes,
            working_set_bytes: level_bytes.map_or(1 << 30, |bytes| bytes / 2),
            threads,
            mix: "update".into(),
            bytes_per_s,
        };
        let peak = |precision_bits: u32, register_bits: u32, threads: u32| Peak {
            precision_bits,
            register_bits,
            threads,
            flops_per_s: 8e9 * f64::from(threads) * f64::from(register_bits / precision_bits),
        };
        let mut found = Calibration {
            machine: "0123456789abcdef".into(),
            at: "2026-02-28T09:00:00Z".into(),
            ..Calibration::default()
        };
        for threads in [1, 2] {
            let cores = u64::from(threads);
            found.bandwidths.extend([
                bandwidth("L1", Some((32 << 10) * cores), threads, 200e9 * f64::from(threads)),
                bandwidth("L2", Some((512 << 10) * cores), threads, 80e9 * f64::from(threads)),
                bandwidth("L3", Some(32 << 20), threads, 30e9 * f64::from(threads)),
                bandwidth("memory", None, threads, 15e9),
            ]);
            for precision_bits in [32, 64] {
                found
                    .peaks
                    .extend([precision_bits, 128, 256].map(|bits| peak(precision_bits, bits, threads)));
            }
        }
        self.lines.push(Line::Calibration(found));
    }

    pub fn profile(&mut self, arm: &Arm) {
        let leaf = format!("kernels::{}::run", arm.case.variant.replace(';', ","));
        let stacks = [
            (format!("main;duel::runner::sample;{leaf};<f64 as core::ops::Mul>::mul"), 410),
            (format!("main;duel::runner::sample;{leaf}"), 305),
            (format!("main;duel::runner::sample;{leaf};<script>alert(1)</script> & \"q\""), 120),
            (format!("main;duel::runner::sample;{leaf};<f64 as core::ops::Mul>::mul;sin_cos 64"), 96),
            ("main;duel::runner::prepare;alloc::vec::from_elem".to_owned(), 33),
            ("[kernel];page fault".to_owned(), 7),
        ];
        let stacks: Vec<Stack> =
            stacks.into_iter().map(|(frames, samples)| Stack { frames, samples }).collect();
        self.found(Finding::Profile {
            arm: arm.clone(),
            summary: ProfileSummary {
                samples: stacks.iter().map(|stack| stack.samples).sum(),
                stacks,
                duration_ns: 4_000_000_000,
                iters: 90_000,
                profiler: "pprof".into(),
                ..ProfileSummary::default()
            },
            file: format!("profiles/{}.folded", arm.file_stem()),
        });
    }
}
