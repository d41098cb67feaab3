//! The command line, as clap knows it.

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use duel_record::{Allocator, DefaultChoice, Instrument, Metric, Simulation};
use std::time::Duration;

use crate::{
    cargo::args::CargoArgs,
    duration::parse_duration,
    reporter::{Color, MessageFormat},
    sides::{build_args::BuildArgs, same_args::SidesArgs},
};

/// Benchmark verdicts that are true on a noisy machine, and why.
#[derive(Debug, Parser)]
#[command(name = "cargo duel", bin_name = "cargo duel", version, about, max_term_width = 100)]
#[command(
    after_help = "Exit status: 0 nothing regressed, 1 at least one regression, 2 the job could not be \
done, 3 a gate found a regression and had no time to confirm it, or no verdict where --strict demanded one, 4 a case failed (wrong answer, crash, time-out); where \
several hold, 2 before 4 before 1 before 3. 130 after Ctrl-C."
)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Measure: verify every variant, compare each with its reference, run the instruments,
    /// write the report and print the ranking
    Run(RunArgs),
    /// Compare along one factor, all else held fixed; or two artifacts
    Compare(CompareArgs),
    /// The work tree (or --head) against a base revision: a verdict for every case, and an exit
    /// status for CI
    Gate(GateArgs),
    /// Replay recorded trials as thousands of gates, to count how often the gate is wrong
    Rescore(RescoreArgs),
    /// Render the report of a run again from its record alone; with two runs, side by side
    Report(ReportArgs),
    /// Show the hot machine code of one case with its source; with --against, of two beside each
    /// other
    Asm(AsmArgs),
    /// Where the CPU is while one case runs, as flame graphs; with --against, the difference
    Profile(ProfileArgs),
    /// List the cases that there are
    List(ListArgs),
    /// Compare every variant's output with its reference's, without measuring
    Verify(VerifyArgs),
    /// What this machine can measure, how to get the rest, and how small a change it shows
    Doctor(DoctorArgs),
    /// Add a first bench target to the crate
    Init(InitArgs),
    /// Print shell completions
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

/// What takes CPU profiles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProfilerChoice {
    /// perf where it is there and allowed, else pprof; pprof in a quick run of many cases
    #[default]
    Auto,
    /// perf or nothing
    Perf,
    /// pprof, within the runner
    Pprof,
}

/// What `--instruments` takes, from the instruments themselves.
fn instruments_help() -> String {
    let listed = |choice: Option<DefaultChoice>| {
        let chosen = |of: &&Instrument| choice.is_none_or(|choice| of.default_choice() == choice);
        Instrument::ALL.iter().filter(chosen).map(|of| of.name()).collect::<Vec<_>>().join(", ")
    };
    let never = match listed(Some(DefaultChoice::Never)) {
        names if names.is_empty() => String::new(),
        names => format!(" but {names}"),
    };
    let unhurried = listed(Some(DefaultChoice::Unhurried));
    format!("Instruments: {} [default: all{never}; `run --quick` takes no {unhurried}]", listed(None))
}

/// What every verb takes. Flag over environment over duel.toml over default.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Options of every verb")]
pub struct Common {
    /// Folder for runs and reports [default: target/duel]
    #[arg(long, value_name = "DIR", env = "DUEL_OUT")]
    pub out: Option<PathBuf>,
    /// One middle size per workload and short measurements
    #[arg(long, env = "DUEL_QUICK", num_args = 0..=1, default_missing_value = "true", require_equals = true,
        value_parser = clap::builder::BoolishValueParser::new())]
    pub quick: Option<bool>,
    /// Seed of the data sets and of the order of turns [default: 1]
    #[arg(long, value_name = "N", env = "DUEL_SEED")]
    pub seed: Option<u64>,
    /// The most time that measuring may take, such as 3m [default: 4m 30s of `run --quick` and `compare --quick`,
    /// 19m 30s of `run`; a gate: 6 s a case, at least a minute]
    #[arg(long, value_name = "DURATION", env = "DUEL_TIME_BUDGET", value_parser = parse_duration)]
    pub time_budget: Option<Duration>,
    #[arg(long, value_name = "LIST", env = "DUEL_INSTRUMENTS", value_delimiter = ',', help = instruments_help())]
    pub instruments: Option<Vec<Instrument>>,
    /// What callgrind simulates beside counting instructions: cache, branches [default: nothing]
    #[arg(long, value_name = "LIST", env = "DUEL_SIMULATE", value_delimiter = ',')]
    pub simulate: Option<Vec<Simulation>>,
    /// Allocators to compare: system, mimalloc, jemalloc [default: all that the runner carries]
    #[arg(long, value_name = "LIST", env = "DUEL_ALLOCATORS", value_delimiter = ',', value_parser = comparable)]
    pub allocators: Option<Vec<Allocator>>,
    /// Thread counts of parallel variants [default: the number of cores]
    #[arg(long, value_name = "LIST", env = "DUEL_THREADS", value_delimiter = ',', value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub threads: Option<Vec<u32>>,
    /// Sizes by name, such as l1,l2 [default: all, or the middle one with --quick]
    #[arg(long, value_name = "LIST", env = "DUEL_SIZES", value_delimiter = ',')]
    pub sizes: Option<Vec<String>>,
    /// Trials per comparison [default: 12, or 8 with --quick; a gate takes as many as it needs]
    #[arg(long, value_name = "N", env = "DUEL_TRIALS", value_parser = clap::value_parser!(u32).range(2..=4096))]
    pub trials: Option<u32>,
    /// Whether to measure, once, what this machine can do at most, so that a case that states its work is
    /// compared with it [default: true]
    #[arg(long, value_name = "BOOL", env = "DUEL_CALIBRATION",
        value_parser = clap::builder::BoolishValueParser::new())]
    pub calibration: Option<bool>,
    /// How long one answer of a runner may take [default: 60s]
    #[arg(long, value_name = "DURATION", env = "DUEL_CASE_TIMEOUT", value_parser = parse_duration)]
    pub case_timeout: Option<Duration>,
    /// A variable that looks like a secret and that runners get all the same; may be given several times
    #[arg(long, value_name = "NAME", env = "DUEL_PASS_ENV", value_delimiter = ',')]
    pub pass_env: Vec<String>,
    /// What takes CPU profiles [default: auto]
    #[arg(long, value_name = "PROFILER", env = "DUEL_PROFILER")]
    pub profiler: Option<ProfilerChoice>,
    /// Say less
    #[arg(short, long, action = ArgAction::Count, conflicts_with = "verbose")]
    pub quiet: u8,
    /// Say more: what runners print, and every command that is run
    #[arg(short, long, action = ArgAction::Count)]
    pub verbose: u8,
    /// When to use colour [default: auto]
    #[arg(long, value_name = "WHEN", env = "DUEL_COLOR")]
    pub color: Option<Color>,
    /// What goes to stdout [default: human]
    #[arg(long, value_name = "FORMAT", env = "DUEL_MESSAGE_FORMAT")]
    pub message_format: Option<MessageFormat>,
}

fn comparable(name: &str) -> Result<Allocator, String> {
    match name.parse() {
        Ok(Allocator::Dhat) => {
            Err("dhat counts allocations and is never timed; see --instruments heap".into())
        }
        Ok(allocator) => Ok(allocator),
        Err(error) => Err(error.to_string()),
    }
}

#[derive(Debug, Args)]
pub struct RunArgs {
    /// Cases whose id contains one of these, in the same upper and lower case; `*` stands for anything [default: all]
    #[arg(value_name = "FILTER")]
    pub filters: Vec<String>,
    /// Go on with an interrupted run: its id, or the newest where none is given
    #[arg(long, value_name = "ID", num_args = 0..=1, default_missing_value = "latest", conflicts_with = "filters")]
    pub resume: Option<String>,
    /// Show the summary.json files under this folder, which iai-callgrind or gungraun wrote with
    /// --save-summary=json, beside what is measured
    #[arg(long, value_name = "DIR")]
    pub summaries: Option<PathBuf>,
    #[command(flatten)]
    pub common: Common,
    #[command(flatten)]
    pub cargo: CargoArgs,
}

/// The factors that `compare --by` knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum By {
    /// Each variant against its family's reference
    Variant,
    /// Each allocator against the first of --allocators
    Allocator,
    /// Each thread count against the first of --threads, for parallel variants
    Threads,
}

#[derive(Debug, Args)]
pub struct CompareArgs {
    /// Cases whose id contains one of these, in the same upper and lower case; `*` stands for anything [default: all]
    #[arg(value_name = "FILTER")]
    pub filters: Vec<String>,
    /// The factor that differs
    #[arg(long, value_name = "FACTOR", required_unless_present = "baseline", conflicts_with = "baseline")]
    pub by: Option<By>,
    /// A runner's executable, or else a git revision to build
    #[arg(long, value_name = "RUNNER|REVISION")]
    pub baseline: Option<String>,
    /// What to hold against it: an executable, or else a git revision [default: the work tree]
    #[arg(long, value_name = "RUNNER|REVISION", requires = "baseline")]
    pub candidate: Option<String>,
    #[command(flatten)]
    pub sides: SidesArgs,
    #[command(flatten)]
    pub build: BuildArgs,
    #[command(flatten)]
    pub common: Common,
    #[command(flatten)]
    pub cargo: CargoArgs,
}

#[derive(Debug, Args)]
pub struct GateArgs {
    /// Cases whose id contains one of these, in the same upper and lower case; `*` stands for anything [default: all]
    #[arg(value_name = "FILTER")]
    pub filters: Vec<String>,
    /// What to hold the work tree against: a git revision (main, HEAD~1, a tag) or a runner's path
    #[arg(long, alias = "baseline", value_name = "REVISION|RUNNER")]
    pub base: String,
    /// In place of the work tree: a git revision or a runner's path
    #[arg(long, alias = "candidate", value_name = "REVISION|RUNNER")]
    pub head: Option<String>,
    #[command(flatten)]
    pub from: crate::command::base_args::BaseArgs,
    /// What decides: time or instructions [default: time]
    #[arg(long, value_name = "METRIC", env = "DUEL_METRIC")]
    pub metric: Option<Metric>,
    /// From where on a change counts, such as 1% [default: 1%, for instructions 0.5%]
    #[arg(long, value_name = "SHARE", env = "DUEL_MARGIN", value_parser = parse_share)]
    pub margin: Option<f64>,
    /// Up to where no difference matters, such as 2% [default: 2%, for instructions the margin]
    #[arg(long, value_name = "SHARE", env = "DUEL_EQUIVALENT", value_parser = parse_share)]
    pub equivalent: Option<f64>,
    /// Exit with 3 where a case has no verdict
    #[arg(long)]
    pub strict: bool,
    /// Write the JUnit report to this file, too; also of a gate that could not be done
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    #[command(flatten)]
    pub sides: SidesArgs,
    #[command(flatten)]
    pub build: BuildArgs,
    #[command(flatten)]
    pub common: Common,
    #[command(flatten)]
    pub cargo: CargoArgs,
}

/// Reads `1%` or `0.01`.
pub fn parse_share(text: &str) -> Result<f64, String> {
    let (number, unit) = match text.strip_suffix('%') {
        Some(number) => (number, 100.0),
        None => (text, 1.0),
    };
    match number.trim().parse::<f64>() {
        Ok(number) if (0.0..1.0).contains(&(number / unit)) => Ok(number / unit),
        _ => Err(format!("\"{text}\" is no share: expected 0 to 100%, such as 1% or 0.01")),
    }
}

#[derive(Debug, Args)]
pub struct RescoreArgs {
    /// Runs with trials between two artifacts, or folders of such
    #[arg(value_name = "FOLDER", required = true)]
    pub folders: Vec<PathBuf>,
    /// Cases of a gate; if there are more, each gate has a choice of its own
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub cases: usize,
    /// Gates to replay for each folder
    #[arg(long, value_name = "N", default_value_t = 2000)]
    pub gates: u32,
    #[command(flatten)]
    pub common: Common,
}

#[derive(Debug, Args)]
pub struct ReportArgs {
    /// Runs: ids, folders, or `latest`
    #[arg(value_name = "RUN", required = true)]
    pub runs: Vec<String>,
    #[command(flatten)]
    pub common: Common,
}

#[derive(Debug, Args)]
pub struct AsmArgs {
    /// A part of one case's id; `*` stands for anything
    #[arg(value_name = "CASE")]
    pub case: String,
    /// Another case, to be shown as the baseline beside it
    #[arg(long, value_name = "CASE")]
    pub against: Option<String>,
    /// Of which function, by its name or a part of it [default: the one with the most weight]
    #[arg(long, value_name = "NAME")]
    pub function: Option<String>,
    /// Print all instructions of a long function, not only its hottest ones
    #[arg(long)]
    pub all: bool,
    #[command(flatten)]
    pub common: Common,
    #[command(flatten)]
    pub cargo: CargoArgs,
}

#[derive(Debug, Args)]
pub struct ProfileArgs {
    /// A part of one case's id; `*` stands for anything
    #[arg(value_name = "CASE")]
    pub case: String,
    /// Another case, to be the baseline
    #[arg(long, value_name = "CASE")]
    pub against: Option<String>,
    #[command(flatten)]
    pub common: Common,
    #[command(flatten)]
    pub cargo: CargoArgs,
}

#[derive(Debug, Args)]
pub struct ListArgs {
    /// Cases whose id contains one of these [default: all]
    #[arg(value_name = "FILTER")]
    pub filters: Vec<String>,
    #[command(flatten)]
    pub common: Common,
    #[command(flatten)]
    pub cargo: CargoArgs,
}

#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// Cases whose id contains one of these [default: all]
    #[arg(value_name = "FILTER")]
    pub filters: Vec<String>,
    #[command(flatten)]
    pub common: Common,
    #[command(flatten)]
    pub cargo: CargoArgs,
}

#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// Measure again what this machine can do at most: bandwidth of every level of its memory, and
    /// arithmetic
    #[arg(long)]
    pub calibrate: bool,
    #[command(flatten)]
    pub common: Common,
}

#[derive(Debug, Args)]
pub struct InitArgs {
    /// Name of the bench target
    #[arg(long, value_name = "NAME", default_value = "duel")]
    pub name: String,
    /// Where the `duel` library comes from: a folder or a version [default: beside this command's source, else its version]
    #[arg(long, value_name = "PATH|VERSION")]
    pub library: Option<String>,
    /// The crate to change [default: the one in this folder]
    #[arg(long, value_name = "PATH")]
    pub manifest_path: Option<PathBuf>,
    #[command(flatten)]
    pub common: Common,
}
