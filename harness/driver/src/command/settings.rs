//! What flags, environment, `duel.toml` and defaults come to, in that order.

use std::{
    ffi::OsString,
    num::NonZero,
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

use anyhow::{Context, Result};
use duel_record::{Allocator, DefaultChoice, Factor, Instrument, Simulation, Verb, read_regular_text};
use serde::Deserialize;

use crate::{
    command::{
        base_args::MissingBaseChoice,
        cli::{Common, ProfilerChoice, parse_share},
        status::helpful,
    },
    duration::{nanoseconds, parse_duration},
    reporter::{Color, Event, MessageFormat, Reporter},
    runner::secrets,
    sides::build_args::BuildFile,
};

/// The file that a crate keeps its settings in.
const FILE: &str = "duel.toml";
/// The time budget of `run --quick` and `compare --quick` if none is set: five minutes, less
/// half a minute for the piece under way and the reports.
pub const QUICK_MOST: Duration = Duration::from_secs(5 * 60 - 30);
/// No such file is larger.
const LARGEST_FILE_BYTES: u64 = 1 << 20;

/// `duel.toml`, beside the crate's `Cargo.toml`. Unknown keys are refused by name.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    out: Option<PathBuf>,
    quick: Option<bool>,
    seed: Option<u64>,
    time_budget: Option<String>,
    instruments: Option<Vec<String>>,
    simulate: Option<Vec<String>>,
    allocators: Option<Vec<String>>,
    threads: Option<Vec<u32>>,
    sizes: Option<Vec<String>>,
    trials: Option<u32>,
    case_timeout: Option<String>,
    profiler: Option<ProfilerChoice>,
    calibration: Option<bool>,
    color: Option<Color>,
    message_format: Option<MessageFormat>,
    missing_base: Option<MissingBaseChoice>,
    /// How the two sides of a comparison are built.
    #[serde(default)]
    sides: BuildFile,
    #[serde(default)]
    margins: Vec<FileMargins>,
}

/// One `[[margins]]` of `duel.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileMargins {
    /// The cases that it is for, as a filter of the command line; all where it is left out.
    cases: Option<String>,
    change: Option<Share>,
    equivalent: Option<Share>,
}

/// `0.01` or `"1%"`.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Share {
    Number(f64),
    Text(String),
}

/// What a gate's margins are, for the cases that a filter matches.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MarginsFor {
    /// `None`: for all.
    pub cases: Option<String>,
    /// From where on a change counts.
    pub change: Option<f64>,
    /// Up to where no difference matters.
    pub equivalent: Option<f64>,
}

/// Settings with nothing left open.
#[derive(Clone, Debug)]
pub struct Settings {
    pub out: PathBuf,
    pub quick: bool,
    pub seed: u64,
    pub time_budget: Option<Duration>,
    pub instruments: Vec<Instrument>,
    /// Whether somebody chose them.
    pub instruments_named: bool,
    /// What callgrind simulates beside its count.
    pub simulate: Vec<Simulation>,
    /// `None`: all that the runner carries.
    pub allocators: Option<Vec<Allocator>>,
    pub threads: Vec<u32>,
    /// Empty: all, or the middle one where quick.
    pub sizes: Vec<String>,
    pub trials: u32,
    pub case_timeout: Duration,
    /// Variables that runners do not get.
    pub withheld: Vec<OsString>,
    pub profiler: ProfilerChoice,
    /// Whether the machine's limits are measured where they are not known.
    pub calibration: bool,
    /// What `duel.toml` says of how sides are built.
    pub sides: BuildFile,
    /// In the order of `duel.toml`; where several match a case, the last one that says it counts.
    pub margins: Vec<MarginsFor>,
    /// What `duel.toml` has a gate do if its base has no runner.
    pub missing_base: MissingBaseChoice,
    pub reporter: Reporter,
}

impl Settings {
    /// Puts flags and environment (`common`) over the `duel.toml` in `folder` over the defaults.
    ///
    /// # Errors
    /// When `duel.toml` can't be read or has a key or value that is not known.
    pub fn new(common: &Common, folder: Option<&Path>, target: &Path) -> Result<Self> {
        let file = folder.map_or_else(|| Ok(File::default()), read)?;
        let quick = common.quick.or(file.quick).unwrap_or(false);
        let all_cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        let reporter = Reporter::new(
            common.color.or(file.color).unwrap_or_default(),
            common.message_format.or(file.message_format).unwrap_or_default(),
            i16::from(common.verbose) - i16::from(common.quiet),
        );
        let named = common.instruments.clone().or(names("instruments", file.instruments)?);
        // Not in the file: whoever writes the checkout would choose what is passed on.
        let withheld = secrets::withheld(&common.pass_env);
        if !withheld.is_empty() {
            let names: Vec<_> = withheld.iter().map(|name| name.to_string_lossy().into_owned()).collect();
            reporter.report(&Event::VariablesWithheld(&names));
        }
        let settings = Self {
            // A folder in the file counts from the file, a flag's from where one stands.
            out: absolute(
                (common.out.clone())
                    .or_else(|| Some(folder?.join(file.out?)))
                    .unwrap_or_else(|| target.join("duel")),
            )?,
            quick,
            seed: common.seed.or(file.seed).unwrap_or(1),
            time_budget: common.time_budget.or(duration("time-budget", file.time_budget)?),
            instruments_named: named.is_some(),
            instruments: named.unwrap_or_else(|| default_instruments(quick)),
            simulate: common.simulate.clone().or(names("simulate", file.simulate)?).unwrap_or_default(),
            allocators: common.allocators.clone().or(names("allocators", file.allocators)?),
            threads: common
                .threads
                .clone()
                .or(file.threads)
                .unwrap_or_else(|| vec![u32::try_from(all_cores).unwrap_or(u32::MAX)]),
            sizes: common.sizes.clone().or(file.sizes).unwrap_or_default(),
            trials: common.trials.or(file.trials).unwrap_or(if quick { 8 } else { 12 }),
            case_timeout: common
                .case_timeout
                .or(duration("case-timeout", file.case_timeout)?)
                .unwrap_or(Duration::from_secs(60)),
            withheld,
            profiler: common.profiler.or(file.profiler).unwrap_or_default(),
            calibration: common.calibration.or(file.calibration).unwrap_or(true),
            sides: file.sides,
            margins: file.margins.into_iter().map(margins).collect::<Result<_>>()?,
            missing_base: file.missing_base.unwrap_or_default(),
            reporter,
        };
        settings.check()
    }

    fn check(mut self) -> Result<Self> {
        if self.allocators.as_ref().is_some_and(|allocators| allocators.contains(&Allocator::Dhat)) {
            return Err(helpful(
                "dhat is no allocator to compare",
                "it is an instrument: instruments = [\"heap\"]",
            ));
        }
        if self.threads.is_empty() || self.threads.contains(&0) {
            return Err(helpful("threads must be 1 or more", "name counts, such as --threads 1,2"));
        }
        if self.trials < 2 {
            return Err(helpful("one trial says nothing of the spread", "use --trials 2 or more"));
        }
        // Twice the same arm would be compared with itself.
        let mut seen = Vec::new();
        self.threads.retain(|threads| {
            !seen.contains(threads) && {
                seen.push(*threads);
                true
            }
        });
        if let Some(allocators) = &mut self.allocators {
            let mut seen = Vec::new();
            allocators.retain(|allocator| {
                !seen.contains(allocator) && {
                    seen.push(*allocator);
                    true
                }
            });
        }
        Ok(self)
    }

    /// As they stand in a record.
    pub fn recorded(
        &self,
        verb: Verb,
        filters: &[String],
        factor: Option<Factor>,
        inject: Option<f64>,
    ) -> duel_record::Settings {
        duel_record::Settings {
            verb,
            filters: filters.to_vec(),
            quick: self.quick,
            sizes: self.sizes.clone(),
            seed: self.seed,
            instruments: self.instruments.clone(),
            simulate: self.simulate.clone(),
            allocators: self.allocators.clone().unwrap_or_default(),
            threads: self.threads.clone(),
            time_budget_ns: self.time_budget.map(nanoseconds),
            factor,
            trials: self.trials,
            inject,
        }
    }

    /// Takes what decides about the measuring from a record of a run that is resumed.
    pub fn resume(&mut self, recorded: &duel_record::Settings) {
        self.quick = recorded.quick;
        self.sizes.clone_from(&recorded.sizes);
        self.seed = recorded.seed;
        self.instruments.clone_from(&recorded.instruments);
        self.simulate.clone_from(&recorded.simulate);
        self.allocators = (!recorded.allocators.is_empty()).then(|| recorded.allocators.clone());
        self.threads.clone_from(&recorded.threads);
        self.trials = recorded.trials;
    }

    /// Sets the budget of a quick comparison, unless somebody chose one.
    pub fn bound_quick(&mut self) {
        if self.quick {
            self.time_budget.get_or_insert(QUICK_MOST);
        }
    }

    /// Takes the slow instruments, too, unless the user chose: a comparison of a few arms is to say why.
    pub fn look_closely(&mut self) {
        if !self.instruments_named {
            self.instruments = default_instruments(false);
        }
    }

    pub fn wants(&self, instrument: Instrument) -> bool {
        self.instruments.contains(&instrument)
    }
}

/// All; but counting instructions takes as long as all else in a quick run.
fn default_instruments(quick: bool) -> Vec<Instrument> {
    let wanted = |instrument: &Instrument| match instrument.default_choice() {
        DefaultChoice::Always => true,
        DefaultChoice::Unhurried => !quick,
        DefaultChoice::Never => false,
    };
    Instrument::ALL.iter().copied().filter(wanted).collect()
}

fn read(folder: &Path) -> Result<File> {
    let path = folder.join(FILE);
    match read_regular_text(&path, LARGEST_FILE_BYTES) {
        Ok(text) => toml::from_str(&text).with_context(|| format!("cannot use {}", path.display())),
        Err(error) if error.is_not_found() => Ok(File::default()),
        Err(error) => Err(error.into()),
    }
}

fn margins(found: FileMargins) -> Result<MarginsFor> {
    let share = |key: &str, share: Option<Share>| {
        let text = match share {
            None => return Ok(None),
            Some(Share::Number(number)) => number.to_string(),
            Some(Share::Text(text)) => text,
        };
        let parsed = parse_share(&text).map(Some).map_err(anyhow::Error::msg);
        parsed.with_context(|| format!("{key} in [[margins]] of {FILE}"))
    };
    let change = share("change", found.change)?;
    Ok(MarginsFor { cases: found.cases, change, equivalent: share("equivalent", found.equivalent)? })
}

fn duration(key: &str, text: Option<String>) -> Result<Option<Duration>> {
    text.map(|text| parse_duration(&text).map_err(anyhow::Error::msg))
        .transpose()
        .with_context(|| format!("{key} in {FILE}"))
}

fn names<T>(key: &str, names: Option<Vec<String>>) -> Result<Option<Vec<T>>>
where
    T: FromStr,
    T::Err: std::error::Error + Send + Sync + 'static,
{
    names
        .map(|names| names.iter().map(|name| name.parse::<T>().map_err(anyhow::Error::from)).collect())
        .transpose()
        .with_context(|| format!("{key} in {FILE}"))
}

/// Children run in another folder, so every path that they get is absolute.
fn absolute(path: PathBuf) -> Result<PathBuf> {
    std::path::absolute(&path).with_context(|| format!("cannot use the folder {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_file(text: &str, common: &Common) -> Result<Settings> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), text).unwrap();
        Settings::new(common, Some(folder.path()), Path::new("/t"))
    }

    #[test]
    fn a_flag_wins_over_the_file_and_the_file_over_the_default() {
        let common = Common { seed: Some(7), ..Common::default() };
        let text = "seed = 5\nquick = true\ninstruments = [\"time\"]\ncalibration = false";
        let settings = with_file(text, &common).unwrap();
        assert_eq!((settings.seed, settings.quick, settings.trials), (7, true, 8));
        assert!(!settings.calibration && with_file("", &common).unwrap().calibration);
        assert_eq!(settings.instruments, [Instrument::Time]);
        assert_eq!(settings.out, Path::new("/t/duel"));
    }

    #[test]
    fn a_quick_comparison_is_bound_unless_somebody_chose() {
        let budget = |text| {
            let mut settings = with_file(text, &Common::default()).unwrap();
            settings.bound_quick();
            settings.time_budget
        };
        assert_eq!(budget("quick = true"), Some(QUICK_MOST));
        assert_eq!(budget("quick = true\ntime-budget = \"9m\""), Some(Duration::from_secs(540)));
        assert_eq!(budget(""), None);
    }

    #[test]
    fn a_quick_run_counts_instructions_only_where_it_is_told_to() {
        let wants = |text| with_file(text, &Common::default()).unwrap().wants(Instrument::Instructions);
        assert!(wants("") && !wants("quick = true"));
        assert!(wants("quick = true\ninstruments = [\"time\", \"instructions\"]"));
    }

    #[test]
    fn an_unknown_key_or_value_is_refused_by_name() {
        let refused = |text| {
            let error = with_file(text, &Common::default()).unwrap_err();
            let help =
                error.downcast_ref::<crate::command::status::WithHelp>().map(|error| error.help.clone());
            format!("{error:#} {}", help.unwrap_or_default())
        };
        assert!(refused("seeds = 5").contains("seeds"));
        assert!(refused("instruments = [\"tme\"]").contains("tme"));
        assert!(refused("simulate = [\"gpu\"]").contains("gpu"));
        assert!(refused("time-budget = \"3 parsecs\"").contains("time-budget"));
        assert!(refused("allocators = [\"dhat\"]").contains("instrument"));
        assert!(refused("missing-base = \"maybe\"").contains("maybe"));
        assert!(refused("[[margins]]\nchanges = 0.1").contains("changes"));
        assert!(refused("[[margins]]\nchange = 1.5").contains("change"));
        assert!(refused("[[margins]]\nequivalent = \"-2%\"").contains("equivalent"));
    }

    #[test]
    fn margins_are_shares_or_per_cent() {
        let text = "[[margins]]\nchange = 0.02\n[[margins]]\ncases = \"churn/\"\nequivalent = \"5%\"";
        let margins = with_file(text, &Common::default()).unwrap().margins;
        let churn = MarginsFor { cases: Some("churn/".to_owned()), change: None, equivalent: Some(0.05) };
        assert_eq!(margins, [MarginsFor { change: Some(0.02), ..MarginsFor::default() }, churn]);
    }
}
