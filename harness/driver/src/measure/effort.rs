//! How much work a run puts into each piece, and how long that should take.

use std::time::Duration;

use duel_record::Instrument;

use crate::command::settings::Settings;

/// The lengths of everything. docs/how-a-number-is-made.md says why they are what they are.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Trials per comparison.
    pub trials: u32,
    /// Wished length of a timed batch.
    pub batch: Duration,
    /// Time that each arm gets within a trial.
    pub arm_per_trial: Duration,
    /// A comparison that has had this much time stops after [`fewest_trials`](Self::fewest_trials).
    pub comparison_most: Duration,
    /// Trials that every comparison gets.
    pub fewest_trials: u32,
    /// Rounds that are taken even where the time budget is used up by then.
    pub rounds_beyond_budget: u32,
    pub criterion_warm_up: Duration,
    pub criterion_measurement: Duration,
    /// A kernel slower than this gets no timing of criterion's, unless it is asked for alone.
    pub criterion_slowest_ns: f64,
    /// The first look of a profiler.
    pub profile: Duration,
    /// Where that gave too few samples, all looks together.
    pub profile_most: Duration,
    pub profile_hertz: u32,
    pub memory: Duration,
    pub counters: Duration,
    /// The longest wait for one answer of a runner under valgrind.
    pub instructions_most: Duration,
    /// The iterations that a candidate does for each that it reports.
    pub inject: Option<f64>,
}

impl Effort {
    pub fn new(settings: &Settings) -> Self {
        let ms = Duration::from_millis;
        let common = Self {
            trials: settings.trials,
            batch: Duration::from_micros(400),
            arm_per_trial: ms(70),
            comparison_most: ms(20_000),
            // The fewest that can give a distribution-free 95 % interval.
            fewest_trials: settings.trials.min(6),
            rounds_beyond_budget: 0,
            criterion_warm_up: ms(150),
            criterion_measurement: ms(500),
            criterion_slowest_ns: if settings.instruments == [Instrument::Criterion] {
                f64::INFINITY
            } else {
                200e6
            },
            profile: ms(1_100),
            profile_most: ms(6_000),
            profile_hertz: 997,
            memory: ms(100),
            counters: ms(100),
            instructions_most: if settings.instruments == [Instrument::Instructions] {
                Duration::MAX
            } else {
                ms(20_000)
            },
            inject: None,
        };
        if settings.quick {
            Self {
                arm_per_trial: ms(30),
                comparison_most: ms(5_000),
                criterion_warm_up: ms(50),
                criterion_measurement: ms(250),
                profile: ms(300),
                profile_most: ms(300),
                memory: ms(30),
                counters: ms(30),
                ..common
            }
        } else {
            common
        }
    }

    /// A gate takes many short trials: most of the noise is between processes, so a sixth of the
    /// samples in many more trials say more (docs/gate.md, "How long a trial is").
    pub fn of_a_gate(settings: &Settings) -> Self {
        Self { arm_per_trial: Duration::from_millis(12), ..Self::new(settings) }
    }

    /// About how long one trial of this many arms takes on data of ordinary size.
    pub fn expected_trial(&self, arms: usize) -> Duration {
        (self.arm_per_trial + Duration::from_millis(25)) * u32::try_from(arms).unwrap_or(u32::MAX)
    }
}
