//! Every type that crosses a process or reaches a disk, and its only encoder and decoder.
//!
//! Three things meet here: the [`protocol`] between the driver and a runner, the [`Line`]s of
//! a run's `record.jsonl`, and the [`Message`]s that `--message-format json` prints. All are
//! JSON lines. Nothing in this crate measures, computes or prints.

mod allocator;
mod bounded;
mod calibration;
mod case;
mod closed_set;
mod diagnosis;
mod file;
mod foreign;
mod function_name;
mod gate;
mod instrument;
mod line;
mod machine;
mod message;
mod missing;
pub mod plain;
pub mod protocol;
mod regular_file;
mod side;
mod stage;
mod trial;

pub use allocator::{Allocator, UnknownAllocator};
pub use calibration::{Bandwidth, Calibration, Peak};
pub use case::{CaseId, CaseIdError};
pub use closed_set::UnknownName;
pub use diagnosis::{Diagnosis, Fact, InstrumentCheck, KernelNoise, NoiseFloor};
pub use file::{FORMAT_VERSION, ReadError, Recording, Writer, read, read_from};
pub use foreign::{Foreign, ForeignMetric};
pub use function_name::function_name;
pub use gate::{GateCase, GateDeclared, Metric};
pub use instrument::*;
pub use line::{
    Arm, Artifact, Factor, Failure, Finished, Interruption, Line, Outcome, Settings, Started, Verification,
};
pub use machine::{Cache, Machine, Pressure, Source};
pub use message::{
    ComparisonMessage, GateMessage, GateSummary, HotFunction, Message, ProfileMessage, RescoredMessage,
};
pub use missing::{Missing, MissingKind};
pub use regular_file::{FileError, open_regular, read_regular, read_regular_text};
pub use side::{DifferenceKind, IdenticalCase, SideDifference, Sides};
pub use stage::{Stage, Verb};
pub use trial::{Purpose, Trial, TrialArm};
