//! How small a change this machine can show: the same code against itself, in the trials of a gate.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use duel_record::{
    Arm, FORMAT_VERSION, Factor, Interruption, KernelNoise, Line, NoiseFloor, Source, Started, Trial, Writer,
};
use duel_stats::{
    GatePlan, Margins, NORMAL_SCALE, effect, median, median_absolute_deviation, smallest_gate_ratio,
    trial_log_ratio,
};

use tempfile::TempDir;

use super::null_runner::{KERNELS, case};
use crate::{
    command::settings::Settings,
    duration::now,
    machine,
    measure::{Bench, Effort, Results, Session},
    plan::Comparison,
    rng::Rng,
    run::{folder::RunFolder, measuring_lock::MachineLock},
    runner::artifact::{self, Runner},
};

/// The gate of which is said what it would find here.
pub const GATE_CASES: u32 = 20;
/// Its time.
pub const GATE_TIME: Duration = Duration::from_secs(180);
const CONFIDENCE: f64 = 0.95;
/// However busy the machine is: one trial has no spread.
const FEWEST_ROUNDS: u32 = 2;
/// A gate takes its trials from the start, and so many would be too many.
const NO_END: u32 = 100_000;

/// Takes trials of every kernel against itself for `time`.
///
/// # Errors
/// When this command can't be started as a runner, its temporary folder can't be written, or the
/// user broke it off.
pub fn noise(settings: &Settings, time: Duration) -> Result<NoiseFloor> {
    let _machine = MachineLock::take(settings);
    let start = Instant::now();
    let folder = Temporary::create()?;
    let mut settings = settings.clone();
    settings.time_budget = Some(time);
    let runners = [artifact::null_runner(&settings)?];
    let effort = Effort {
        trials: NO_END,
        fewest_trials: NO_END,
        rounds_beyond_budget: FEWEST_ROUNDS,
        ..Effort::of_a_gate(&settings)
    };
    let bench = Bench { settings: &settings, runners: &runners, folder: &folder.run, effort };
    let record = folder.run.record();
    let writer = Writer::create(&record, started(&settings, &runners[0]))
        .with_context(|| format!("cannot write {}", record.display()))?;
    let mut session = Session::new(bench, writer, Results::default(), time);
    let comparisons = KERNELS.map(|(kernel, _)| {
        let arm = Arm {
            artifact: runners[0].artifact.label.clone(),
            runner: runners[0].artifact.runner.clone(),
            case: case(kernel),
        };
        Comparison { factor: Factor::Artifact, arms: vec![arm.clone(), arm] }
    });
    let stop = session.trials(comparisons.into())?;
    session.finish(stop)?;
    if stop == Some(Interruption::User) {
        anyhow::bail!("interrupted");
    }
    let recorded = duel_record::read(&record).context("the trials of the null comparison are lost")?;
    Ok(floor(&trials(&recorded.lines), start.elapsed()))
}

/// A run's folder that is gone afterwards, however that ends.
struct Temporary {
    run: RunFolder,
    _folder: TempDir,
}

impl Temporary {
    fn create() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("duel-doctor-").tempdir().with_context(|| {
            format!("cannot make a temporary folder in {}", std::env::temp_dir().display())
        })?;
        let run = RunFolder { id: "doctor".to_owned(), path: folder.path().to_owned() };
        Ok(Self { run, _folder: folder })
    }
}

fn started(settings: &Settings, runner: &Runner) -> Started {
    Started {
        format: FORMAT_VERSION,
        run: "doctor".to_owned(),
        at: now(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        command: Vec::new(),
        settings: settings.recorded(duel_record::Verb::Gate, &[], Some(Factor::Artifact), None),
        machine: machine::machine(),
        source: Source::default(),
        artifacts: vec![runner.artifact.clone()],
    }
}

fn trials(lines: &[Line]) -> Vec<&Trial> {
    lines
        .iter()
        .filter_map(|line| match line {
            Line::Trial(trial) => Some(trial),
            _ => None,
        })
        .collect()
}

/// What the trials come to.
fn floor(trials: &[&Trial], elapsed: Duration) -> NoiseFloor {
    let kernels: Vec<KernelNoise> = KERNELS
        .iter()
        .filter_map(|(name, title)| {
            let of_it: Vec<&Trial> = trials
                .iter()
                .copied()
                .filter(|trial| trial.arms.len() == 2 && trial.arms[0].arm.case.variant == *name)
                .collect();
            kernel(title, &of_it)
        })
        .collect();
    let half_widths: Vec<f64> = kernels.iter().map(|kernel| (kernel.high - kernel.low) / 2.0).collect();
    let smallest: Vec<f64> = kernels.iter().filter_map(|kernel| kernel.gate_smallest_ratio).collect();
    NoiseFloor {
        elapsed_s: elapsed.as_secs_f64(),
        half_width: median(&half_widths),
        gate_cases: GATE_CASES,
        gate_s: GATE_TIME.as_secs_f64(),
        gate_smallest_ratio: median(&smallest),
        kernels,
    }
}

/// `None` of fewer than two trials, which have no spread.
fn kernel(title: &str, trials: &[&Trial]) -> Option<KernelNoise> {
    let times: Vec<Vec<f64>> = trials.iter().map(|trial| trial.arms[0].ns_per_iter()).collect();
    let log_ratios: Vec<f64> = trials
        .iter()
        .zip(&times)
        .filter_map(|(trial, baseline)| trial_log_ratio(baseline, &trial.arms[1].ns_per_iter()))
        .collect();
    let effect = effect(&log_ratios, CONFIDENCE)?;
    let trial_s_mean =
        trials.iter().map(|trial| trial.elapsed_ns as f64 * 1e-9).sum::<f64>() / trials.len() as f64;
    let trials_of_a_gate = GATE_TIME.as_secs_f64() / f64::from(GATE_CASES) / trial_s_mean;
    let mut rng = Rng::new(log_ratios.len() as u64);
    Some(KernelNoise {
        kernel: title.to_owned(),
        time_ns_median: median(&times.concat())?,
        trials: u32::try_from(log_ratios.len()).unwrap_or(u32::MAX),
        trial_s_mean,
        ratio: effect.ratio,
        low: effect.low,
        high: effect.high,
        spread: median_absolute_deviation(&log_ratios)? * NORMAL_SCALE,
        gate_smallest_ratio: smallest_gate_ratio(
            GatePlan::default(),
            &log_ratios,
            GATE_CASES as usize,
            trials_of_a_gate as usize,
            Margins::default(),
            |n| rng.below(n),
        ),
    })
}

#[cfg(test)]
mod tests {
    use duel_record::{Pressure, Purpose, TrialArm};

    use super::*;

    /// A trial of a kernel against itself with these times of one iteration.
    fn trial(kernel: &str, baseline_ns: u64, candidate_ns: u64) -> Trial {
        let arm = |ns: u64| TrialArm {
            arm: Arm { artifact: "null".into(), runner: "null".into(), case: case(kernel) },
            iters: 1,
            run_iters: None,
            time_ns: vec![ns; 3],
            core: None,
            involuntary_switches: None,
        };
        Trial {
            factor: Factor::Artifact,
            index: 0,
            purpose: Purpose::Explore,
            set_aside: None,
            arms: vec![arm(baseline_ns), arm(candidate_ns)],
            pressure: Pressure::default(),
            elapsed_ns: 100_000_000,
        }
    }

    /// Twelve trials, whose candidates are slower and quicker in turn by this many thousandths.
    fn trials_apart(kernel: &str, thousandths: u64) -> Vec<Trial> {
        let apart = |turn: u64| 1_000_000 * (1_000 - thousandths + 2 * thousandths * (turn % 2)) / 1_000;
        (0..12).map(|turn| trial(kernel, 1_000_000, apart(turn))).collect()
    }

    #[test]
    fn the_floor_is_as_wide_as_the_trials_are_apart() {
        let floor_of = |thousandths| {
            let trials: Vec<Trial> =
                KERNELS.iter().flat_map(|(kernel, _)| trials_apart(kernel, thousandths)).collect();
            floor(&trials.iter().collect::<Vec<_>>(), Duration::from_secs(5))
        };
        let (quiet, noisy) = (floor_of(2), floor_of(50));
        for (found, thousandths) in [(&quiet, 2.0), (&noisy, 50.0)] {
            assert_eq!(found.kernels.len(), 4);
            for kernel in &found.kernels {
                assert!(kernel.low < 1.0 && kernel.high > 1.0, "{kernel:?}");
                assert!((kernel.ratio - 1.0).abs() < thousandths / 1_000.0, "{kernel:?}");
                assert!(kernel.high - kernel.low <= 2.1 * thousandths / 1_000.0, "{kernel:?}");
                assert_eq!(kernel.trials, 12);
                assert!((kernel.trial_s_mean - 0.1).abs() < 1e-9, "{kernel:?}");
            }
        }
        assert!(noisy.half_width > quiet.half_width.map(|width| 10.0 * width), "{noisy:?} {quiet:?}");
        assert!(noisy.gate_smallest_ratio > quiet.gate_smallest_ratio, "{noisy:?} {quiet:?}");
    }

    #[test]
    fn a_kernel_with_one_trial_has_no_spread_and_is_left_out() {
        let trials = [trial("sort", 100, 101)];
        let found = floor(&trials.iter().collect::<Vec<_>>(), Duration::from_secs(5));
        assert_eq!((found.kernels.len(), found.half_width), (0, None));
    }
}
