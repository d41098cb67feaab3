//! What a command says while it works, in one place, so that it speaks with one voice.

use std::{
    fmt::{self, Display, Formatter},
    path::Path,
    process::Command,
    time::Duration,
};

use duel_record::Missing;

use crate::duration::human;

/// Who wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    /// Whoever asked for more with `-v`.
    Detail,
    /// Everybody but those who asked for quiet with `-q`.
    Note,
    /// Everybody.
    Warning,
}

/// Something that happened, or is about to. Its text is one line, without the level.
pub enum Event<'a> {
    /// Environment variables that runners don't get, by name.
    VariablesWithheld(&'a [String]),
    /// A program that is started.
    Running(&'a Command),
    /// A bench target that is no runner, by its executable.
    NotARunner(&'a Path),
    /// A program that cargo would start benches with, and the setting that names it.
    CargoRunnerUnused { program: &'a str, setting: &'a str },
    /// A bench target that calls `duel::main!` and lacks a line in the manifest.
    BenchLeftOut { bench: &'a dyn Display, help: &'a dyn Display },
    /// A runner that is not a release build; `side` is empty or ` on the baseline's side`.
    DebugAssertions { runner: &'a str, side: &'a str },
    /// A file that has been read, or some other step that may take long, with the time it took.
    Took { what: &'a dyn Display, time: &'a dyn Display },

    /// What a name for a revision was taken for.
    RevisionTakenFor(&'a str),
    /// The source of a side: `the work tree`, `revision main (1f822ac)`.
    Side { side: &'a dyn Display, source: &'a dyn Display },
    /// The commit that a gate compares with, if it is where two histories parted.
    MergeBase { base: &'a str, head: &'a str, commit: &'a str, is_base: bool },
    /// The base has commits that the candidate lacks, in words.
    BaseIsAhead(&'a str),
    /// A setting that differs between the sides, and what is done about it.
    SidesDiffer { name: &'a str, policy: &'a str },
    /// No lock file is committed; whose both sides are built with.
    LockNotCommitted { whose: &'a str },
    /// The baseline is built with the candidate's lock file.
    LockOfCandidate,
    /// A side that an earlier call built.
    SideIsBuilt { side: &'a dyn Display, tree: &'a str },
    /// Packages that cargo wrongly took for up to date, with a comma between.
    BuiltAgain { packages: &'a str },
    /// Another process that has to finish first; `held` is the file by which it is known.
    WaitingForBuild { held: &'a Path },
    /// The same for a run into the same folder; `holder` says who it is.
    WaitingForRun { holder: &'a str, held: &'a Path },
    /// Another process of this command that measures on this machine.
    MachineShared { holder: &'a str },

    /// A case, or several, that the filters or the limits leave out, in words.
    LeftOut(&'a str),
    /// A case that one side alone has.
    OnOneSide { side: &'a str, case: &'a dyn Display },
    /// Both sides are the same executable, in words.
    Unchanged(&'a str),
    /// The work ahead.
    Measuring {
        resuming: bool,
        /// `4 cases, 3 comparisons`.
        what: &'a str,
        expected: Duration,
        at_most: Option<Duration>,
        /// Whether `--quick` would shorten it.
        could_be_quick: bool,
    },
    /// The work ahead of `doctor`: a comparison of equal code.
    MeasuringNoise { time: Duration },
    /// The limits of the machine are about to be measured, since this is not known; `unusable` says what is wrong with
    /// those that were kept.
    MeasuringLimits { expected: Duration, unusable: Option<&'a str> },
    /// The same, because the user asked for it.
    MeasuringMachine { expected: Duration },
    /// The limits were measured and could not be kept.
    LimitsNotKept(&'a anyhow::Error),
    /// A case failed; `side` as in `DebugAssertions`.
    Failed { case: &'a dyn Display, stage: &'a dyn Display, side: &'a str, reason: &'a str },
    /// A case whose measurements are not what they seem, and what would mend it.
    Doubtful { case: &'a dyn Display, reason: &'a str, remedy: &'a str },
    /// More counts were wanted for a verdict.
    NotCounted { case: &'a dyn Display, reason: &'a str },
    /// Something that can't be measured here; a warning if the user asked for it.
    Unavailable { missing: &'a Missing, asked_for: bool },

    /// Ctrl-C; `resume` is the command that continues the run, if one can.
    Interrupted { resume: Option<&'a str> },
    /// The time budget is used up.
    BudgetUsedUp { resume: Option<&'a str> },
    /// The time budget was too small for anything.
    NothingMeasured,
    /// A record that lost its end.
    RecordCut { run: &'a str, bytes: u64 },
    /// A file was written; `what` is `report`, say.
    Written { what: &'a str, path: &'a dyn Display },
    /// A file that CI reads could not be written, or has no room.
    NotPublished(&'a dyn Display),
    /// The command that a newcomer wants next.
    Next { command: &'a str },
}

impl Event<'_> {
    pub(super) fn level(&self) -> Level {
        match self {
            Self::VariablesWithheld(_)
            | Self::Running(_)
            | Self::NotARunner(_)
            | Self::Took { .. }
            | Self::SideIsBuilt { .. }
            | Self::BuiltAgain { .. }
            | Self::Unavailable { asked_for: false, .. } => Level::Detail,
            Self::CargoRunnerUnused { .. }
            | Self::RevisionTakenFor(_)
            | Self::Side { .. }
            | Self::MergeBase { .. }
            | Self::SidesDiffer { .. }
            | Self::LockNotCommitted { .. }
            | Self::LockOfCandidate
            | Self::WaitingForBuild { .. }
            | Self::WaitingForRun { .. }
            | Self::LeftOut(_)
            | Self::OnOneSide { .. }
            | Self::Unchanged(_)
            | Self::Measuring { .. }
            | Self::MeasuringNoise { .. }
            | Self::MeasuringLimits { unusable: None, .. }
            | Self::MeasuringMachine { .. }
            | Self::Written { .. }
            | Self::Next { .. } => Level::Note,
            Self::BenchLeftOut { .. }
            | Self::DebugAssertions { .. }
            | Self::BaseIsAhead(_)
            | Self::MachineShared { .. }
            | Self::MeasuringLimits { unusable: Some(_), .. }
            | Self::LimitsNotKept(_)
            | Self::Failed { .. }
            | Self::Doubtful { .. }
            | Self::NotCounted { .. }
            | Self::Unavailable { asked_for: true, .. }
            | Self::Interrupted { .. }
            | Self::BudgetUsedUp { .. }
            | Self::NothingMeasured
            | Self::RecordCut { .. }
            | Self::NotPublished(_) => Level::Warning,
        }
    }
}

impl Display for Event<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::VariablesWithheld(names) => {
                write!(f, "kept from runners (--pass-env passes one on): {}", names.join(", "))
            }
            Self::Running(command) => write!(f, "running {command:?}"),
            Self::NotARunner(executable) => {
                write!(f, "{} is no runner: it does not call duel::main!", executable.display())
            }
            Self::CargoRunnerUnused { program, setting } => {
                write!(
                    f,
                    "cargo would start benches with `{program}` ({setting}); this command starts them itself"
                )
            }
            Self::BenchLeftOut { bench, help } => write!(f, "{bench}, so its cases are left out; {help}"),
            Self::DebugAssertions { runner, side } => {
                write!(f, "{runner} is built with debug assertions{side}: its times say little of a release")
            }
            Self::Took { what, time } => write!(f, "{what} in {time}"),

            Self::RevisionTakenFor(text)
            | Self::BaseIsAhead(text)
            | Self::LeftOut(text)
            | Self::Unchanged(text) => f.write_str(text),
            Self::Side { side, source } => write!(f, "{side}: {source}"),
            Self::MergeBase { base, head, commit, is_base } => {
                let same = if *is_base { format!(", which is {base} itself") } else { String::new() };
                write!(f, "the merge base of {base} and {head} is {commit}{same}")
            }
            Self::SidesDiffer { name, policy } => write!(f, "{name}: {policy}"),
            Self::LockNotCommitted { whose } => {
                write!(f, "Cargo.lock is not committed: both sides are built with {whose}")
            }
            Self::LockOfCandidate => {
                f.write_str("the baseline has no Cargo.lock: it is built with the candidate's")
            }
            Self::SideIsBuilt { side, tree } => write!(f, "the {side} (tree {tree}) is built already"),
            Self::BuiltAgain { packages } => write!(
                f,
                "cargo took for up to date what was compiled from other files, and builds it again: {packages}"
            ),
            Self::WaitingForBuild { held } => {
                write!(f, "waiting for another call that builds (it holds {})", held.display())
            }
            Self::WaitingForRun { holder, held } => write!(
                f,
                "waiting for another cargo duel that measures into this folder: {holder} holds {}",
                held.display()
            ),
            Self::MachineShared { holder } => write!(
                f,
                "another cargo duel is measuring on this machine: {holder}; both are noisier for it"
            ),

            Self::OnOneSide { side, case } => write!(f, "not compared, since only the {side} has it: {case}"),
            Self::Measuring { resuming, what, expected, at_most, could_be_quick } => write!(
                f,
                "{} {what}: about {}{}{}",
                if *resuming { "continuing with" } else { "measuring" },
                human(*expected),
                at_most.map_or_else(String::new, |most| format!(", at most {}", human(most))),
                if *could_be_quick { " (--quick takes one size per workload)" } else { "" },
            ),
            Self::MeasuringNoise { time } => {
                write!(f, "comparing the same code with itself for {}", human(*time))
            }
            Self::MeasuringLimits { expected, unusable } => {
                if let Some(why) = unusable {
                    writeln!(f, "the machine's limits are measured again: {why}")?;
                }
                write!(
                    f,
                    "measuring what this machine can do at most, once: about {} (--calibration=false leaves it out)",
                    human(*expected)
                )
            }
            Self::MeasuringMachine { expected } => {
                write!(f, "measuring this machine: about {}", human(*expected))
            }
            Self::LimitsNotKept(error) => {
                write!(f, "the machine's limits can't be kept for the next run: {error:#}")
            }
            Self::Failed { case, stage, side, reason } => {
                write!(f, "{case} failed ({stage}){side}: {reason}")
            }
            Self::Doubtful { case, reason, remedy } => write!(f, "{case}: {reason}; {remedy}"),
            Self::NotCounted { case, reason } => {
                write!(f, "{case} was not counted in more processes: {reason}")
            }
            Self::Unavailable { missing, .. } => {
                write!(f, "{} unavailable: {}", missing.what, missing.reason)?;
                missing.remedy.as_ref().map_or(Ok(()), |remedy| write!(f, "; {remedy}"))
            }

            Self::Interrupted { resume } => {
                write!(f, "interrupted; what was measured is kept{}", how_to_continue(*resume))
            }
            Self::BudgetUsedUp { resume } => write!(
                f,
                "the time budget is used up, so some pieces are not measured{}",
                how_to_continue(*resume)
            ),
            Self::NothingMeasured => {
                f.write_str("nothing at all was measured: set a longer --time-budget, or choose fewer cases")
            }
            Self::RecordCut { run, bytes } => write!(
                f,
                "the record of {run} was cut in the middle of its last line; the {bytes} bytes of it are left out"
            ),
            Self::Written { what, path } => write!(f, "{what}: {path}"),
            Self::NotPublished(why) => write!(f, "{why}"),
            Self::Next { command } => write!(f, "next: `{command}`"),
        }
    }
}

fn how_to_continue(resume: Option<&str>) -> String {
    resume.map_or_else(String::new, |command| format!(": `{command}` continues"))
}
