//! The lines of a run's `record.jsonl`: one for every finished piece of work.
//!
//! Raw samples are kept, so that everything computed from them (ratios, intervals, verdicts,
//! reports) can be made again without measuring.

use serde::{Deserialize, Serialize, Serializer};

use crate::{
    Allocator, Calibration, CaseId, Finding, Foreign, GateDeclared, IdenticalCase, Instrument, Machine,
    Missing, Pressure, ProcessCounts, Sides, Simulation, Source, Stage, Trial, Verb,
    case::file_stem,
    closed_set::closed_set,
    plain,
    protocol::{FamilyListing, Identity, Work},
};

/// One line of a record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self", tag = "kind", rename_all = "snake_case")]
pub enum Line {
    /// The first line.
    Started(Box<Started>),
    /// A variant's output was compared with the reference's.
    Verified(Verification),
    /// What was established about the two sides of a comparison before its first trial.
    Sides(Sides),
    /// A case of a comparison that needs no trials.
    Identical(IdenticalCase),
    /// What a gate declared before its first trial.
    Gate(GateDeclared),
    /// A gate took its early look at every case that it explored: time for confirming is kept from here on.
    EarlyLook,
    /// One trial: all arms in turn, in fresh processes.
    Trial(Trial),
    /// Instructions counted in further processes, where the first ones left a gate's word open.
    MoreInstructions {
        /// What ran.
        arm: Arm,
        /// What further processes counted.
        counts: ProcessCounts,
    },
    /// What another harness counted of a benchmark of its own.
    Foreign(Foreign),
    /// What this machine can do at most.
    Calibration(Calibration),
    /// A case that crashed, hung, or answered wrongly.
    Failed(Failure),
    /// Something that can't be had here.
    Unavailable(Missing),
    /// The run was taken up again; what follows belongs to it.
    Resumed {
        /// When.
        at: String,
    },
    /// The last line of a run that came to an end.
    Finished(Finished),
    /// What an instrument found of an arm; the line's kind is the instrument's name.
    #[serde(untagged, skip_deserializing)]
    Found(Finding),
}

impl Line {
    /// Reads a line. Two steps, since serde's way of reading an enum within an enum loses why it could not be read.
    ///
    /// # Errors
    /// If it is no line of a record.
    pub fn from_json(json: &[u8]) -> serde_json::Result<Self> {
        #[derive(Deserialize)]
        struct Kind {
            #[serde(rename = "kind")]
            _kind: Instrument,
        }
        if serde_json::from_slice::<Kind>(json).is_ok() {
            return serde_json::from_slice(json).map(Self::Found);
        }
        let mut input = serde_json::Deserializer::from_slice(json);
        let line = Self::deserialize(&mut input)?;
        input.end()?;
        Ok(line)
    }
}

impl Serialize for Line {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

/// What a run is and where.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Started {
    /// Version of the record's format.
    pub format: u32,
    /// The run's id, which is its folder's name.
    pub run: String,
    /// When, in RFC 3339.
    pub at: String,
    /// Version of the command.
    pub version: String,
    /// The words of the command line.
    pub command: Vec<String>,
    /// What the options came to.
    pub settings: Settings,
    /// Where.
    pub machine: Machine,
    /// From what.
    pub source: Source,
    /// The runners.
    pub artifacts: Vec<Artifact>,
}

/// What flags, environment, `duel.toml` and defaults came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// The verb.
    pub verb: Verb,
    /// The filters; none means everything.
    pub filters: Vec<String>,
    /// Whether only one middle size per workload was taken, with short measurements.
    pub quick: bool,
    /// The sizes by name; none means all (or the middle one where quick).
    pub sizes: Vec<String>,
    /// The seed of all data sets and of the order of turns.
    pub seed: u64,
    /// The instruments.
    pub instruments: Vec<Instrument>,
    /// What callgrind simulates beside its count.
    #[serde(default)]
    pub simulate: Vec<Simulation>,
    /// The allocators of comparisons.
    pub allocators: Vec<Allocator>,
    /// The thread counts of parallel variants.
    pub threads: Vec<u32>,
    /// The most time that measuring may take.
    pub time_budget_ns: Option<u64>,
    /// The factor of the comparisons, where the verb has one.
    pub factor: Option<Factor>,
    /// Trials per comparison.
    pub trials: u32,
    /// The candidate's iterations per reported iteration, where a slowdown was injected.
    pub inject: Option<f64>,
}

/// A runner executable built from one revision with one profile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Artifact {
    /// Its name within the run, such as `work tree`.
    #[serde(deserialize_with = "plain::name")]
    pub label: String,
    /// Package and bench target.
    #[serde(deserialize_with = "plain::name")]
    pub runner: String,
    /// The executable.
    pub executable: String,
    /// BLAKE3 of the executable, in hexadecimal; without the names of its own tree and folder, so that
    /// two executables with the same code have the same hash.
    pub hash: String,
    /// cargo's profile.
    pub profile: String,
    /// The commit that it was built from, where a comparison named a revision or the work tree;
    /// `None` for an executable that was named by its path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// Whether the work tree that it was built from differed from that commit.
    #[serde(default)]
    pub dirty: bool,
    /// The git tree that it was built from, where this command built it from a snapshot. The runner
    /// carries it, too: [`Identity::tree`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tree: Option<String>,
    /// What the runner says of itself.
    pub identity: Identity,
    /// What it offers.
    pub families: Vec<FamilyListing>,
}

closed_set! {
    /// What may differ between the arms of a comparison.
    pub enum Factor, "factor" {
        /// The implementation.
        Variant = "variant",
        /// The global allocator.
        Allocator = "allocator",
        /// The number of threads.
        Threads = "threads",
        /// The revision or build.
        Artifact = "artifact",
    }
}

/// One side of a comparison.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Arm {
    /// The artifact's label.
    #[serde(deserialize_with = "plain::name")]
    pub artifact: String,
    /// Its package and bench target.
    #[serde(deserialize_with = "plain::name")]
    pub runner: String,
    /// The case.
    pub case: CaseId,
}

impl Arm {
    /// A file name (without suffix) that no other arm of the run has.
    pub fn file_stem(&self) -> String {
        // `work tree`, the commonest label, is to stay readable.
        file_stem(&format!("{}/{}/{}", self.artifact.replace(' ', "-"), self.runner, self.case))
    }
}

/// How a variant's output compared with the reference's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verification {
    /// The arm.
    pub arm: Arm,
    /// What came out.
    pub outcome: Outcome,
    /// Content hash of the data set, in hexadecimal.
    pub data_hash: String,
    /// What one iteration moves and computes.
    pub work: Work,
    /// Largest resident set of the verifying process: how many such arms fit side by side.
    pub peak_resident_bytes: u64,
}

/// The result of a verification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// The outputs agree.
    Right,
    /// They don't.
    Wrong {
        /// The first difference.
        difference: String,
    },
}

/// A case that crashed, hung, or answered wrongly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Which arm.
    pub arm: Arm,
    /// What was being done.
    pub stage: Stage,
    /// What happened.
    pub reason: String,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finished {
    /// When, in RFC 3339.
    pub at: String,
    /// Time since the run (or its last resumption) started.
    pub elapsed_ns: u64,
    /// Why it ended before its plan was done, if so.
    pub interrupted: Option<Interruption>,
    /// Over the whole run.
    pub pressure: Pressure,
}

/// Why a run ended before its plan was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Interruption {
    /// The user pressed Ctrl-C.
    User,
    /// The time budget was used up.
    TimeBudget,
}
