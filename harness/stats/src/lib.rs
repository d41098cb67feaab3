//! Slices in, numbers and verdicts out: no serde, no printing, no clock.
//!
//! Two arms are sampled in turn, in fresh processes, and that whole round is a *trial*. Samples
//! within a trial share its page placement and its predictor state, so they say little about what
//! the next pair of processes would have shown: **the unit of replication is the trial, never the
//! sample**. Each trial is reduced to one number, the logarithm of candidate over baseline
//! ([`trial_log_ratio`]). Where the arms do not differ they are exchangeable within a trial, so
//! that number is as likely to be `+x` as `-x`: symmetry is all that the signed-rank interval
//! ([`location`]) needs, and no distribution is assumed. Its exponential is the [`Effect`], and
//! where its interval lies against the [`Margins`] is the [`Verdict`].
//!
//! Nothing here panics: what cannot be answered (no data, a value that is not finite, a level
//! outside 0 to 1) is `None`, and every function says when.
//!
//! # References
//! - Kalibera, Jones, *Rigorous benchmarking in reasonable time*, ISMM 2013: replicate at the
//!   highest level that varies, report an interval for the ratio.
//! - Abedi, Brecht, *Conducting repeatable experiments in highly variable cloud computing
//!   environments*, ICPE 2017: arms interleaved in random order within every trial.
//! - Bulej, Horký, Tůma, Farquet, Prokopec, *Duet benchmarking*, ICPE 2020: paired arms see the
//!   same neighbours, so the ratio is steadier than either time.
//! - Hodges, Lehmann, *Estimates of location based on rank tests*, Annals of Mathematical
//!   Statistics 34, 1963: the median of pairwise averages, and its interval.
//! - Hettmansperger, Sheather, *Confidence intervals based on interpolated order statistics*,
//!   Statistics and Probability Letters 4, 1986: intervals between the steps of a rank test.
//! - Holm, *A simple sequentially rejective multiple test procedure*, Scandinavian Journal of
//!   Statistics 6, 1979; Maurer, Bretz, *Multiple testing in group sequential trials using graphical
//!   approaches*, Statistics in Biopharmaceutical Research 5, 2013: many cases, many looks.
//! - Mann, Whitney, *On a test of whether one of two random variables is stochastically larger than
//!   the other*, Annals of Mathematical Statistics 18, 1947: counts of processes, by their ranks alone.
//! - Schuirmann, *A comparison of the two one-sided tests procedure and the power approach*,
//!   Journal of Pharmacokinetics and Biopharmaceutics 15, 1987: what it takes to say "equivalent".

mod claim;
mod distribution;
mod effect;
mod gate;
mod gate_floor;
mod instructions;
mod location;
mod multiplicity;
mod process_counts;
mod proportion;
mod quantile;
mod rescore;
mod signed_rank;
mod smallest_effect;
mod student;
mod trial;
mod verdict;

pub use claim::{Claim, fewest_trials, p_value};
pub use distribution::{MAXIMUM_POINTS, Summary, density, summary};
pub use effect::{Effect, effect, geometric_mean};
pub use gate::{Decision, Gate, GatePlan, Phase, Reason, SHARE_OF_EXPLORING};
pub use gate_floor::smallest_gate_ratio;
pub use instructions::{COUNT_MARGIN, CountEffect, count_effect, count_spread, count_verdict};
pub use location::{Location, MAXIMUM_TRIALS, Method, location, minimum_trials};
pub use multiplicity::{holm, q_values};
pub use process_counts::{CountBasis, CountDecision, count_decision, processes_needed};
pub use proportion::binomial_interval;
pub use quantile::{NORMAL_SCALE, median, median_absolute_deviation, quantile, quantiles};
pub use rescore::{Pool, Replay, replay};
pub use smallest_effect::smallest_detectable_ratio;
pub use trial::trial_log_ratio;
pub use verdict::{Margins, Verdict, verdict};
