//! The lines of the made-up run, with noise from a fixed seed.

use duel_record::{
    Arm, Bandwidth, Calibration, CaseId, CriterionTiming, Factor, Failure, FunctionInstructions, HeapSummary,
    InstructionSummary, Line, MemorySummary, Missing, Outcome, Peak, Pressure, ProfileSummary, Purpose,
    Stack, Trial, TrialArm, Verification, protocol::Work,
};

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

    pub fn failed(&mut self, case: &CaseId, stage: &str, reason: &str) {
        self.lines.push(Line::Failed(Failure {
            arm: super::arm(case),
            stage: stage.into(),
            reason: reason.into(),
        }));
    }

    pub fn unavailable(&mut self, case: Option<&CaseId>, what: &str, reason: &str, remedy: Option<&str>) {
        self.lines.push(Line::Unavailable(Missing {
            case: case.cloned(),
            what: what.into(),
            reason: reason.into(),
            remedy: remedy.map(Into::into),
        }));
    }

    pub fn criterion(&mut self, arm: &Arm, ns: f64, noise: f64) {
        let ns = ns * self.scale;
        let samples = 20;
        let iters: Vec<f64> = (1..=samples).map(|i| f64::from(i) * 10.0).collect();
        let time_ns = iters.iter().map(|n| n * ns * (1.0 + noise * self.normal())).collect();
        self.lines.push(Line::Criterion {
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
        self.lines.push(Line::Heap {
            arm: arm.clone(),
            summary: HeapSummary {
                iters,
                total_bytes: bytes * iters,
                total_blocks: blocks * iters,
                peak_bytes: bytes * 2 / 3,
                peak_blocks: blocks,
                end_bytes: 0,
                end_blocks: 0,
                ..HeapSummary::default()
            },
            file: format!("heap/{}.json", arm.file_stem()),
        });
    }

    pub fn memory(&mut self, arm: &Arm, peak: u64, faults: u64) {
        self.lines.push(Line::Memory {
            arm: arm.clone(),
            summary: MemorySummary {
                iters: 100,
                peak_resident_bytes: peak,
                start_resident_bytes: 3 << 20,
                prepared_resident_bytes: peak - (2 << 20),
                minor_faults: faults,
                major_faults: 0,
                involuntary_switches: 4,
                ..MemorySummary::default()
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
        self.lines.push(Line::Instructions {
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
                ..InstructionSummary::default()
            },
            file: format!("instructions/callgrind.out.{}", arm.file_stem()),
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
        self.lines.push(Line::Profile {
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
