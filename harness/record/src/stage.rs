//! What a command was doing: its verb, and the stage at which a case failed.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{Instrument, UnknownName, closed_set::closed_set};

closed_set! {
    /// A verb that leaves a record.
    pub enum Verb, "verb" {
        /// Everything that there is to know of the chosen cases.
        Run = "run",
        /// Trials along one factor, or between two artifacts.
        Compare = "compare",
        /// A verdict for every case of two artifacts.
        Gate = "gate",
        /// A CPU profile of one or two cases.
        Profile = "profile",
        /// The machine code of one or two cases.
        Asm = "asm",
        /// Outputs against the reference, and nothing else.
        Verify = "verify",
    }
}

/// What was being done with a case when it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Stage {
    /// Its output was compared with the reference's.
    Verify,
    /// Its data set was compared with the other arms'.
    Compare,
    /// It took part in a trial.
    Trial,
    /// It was compared with itself.
    Control,
    /// An instrument ran on it.
    Instrument(Instrument),
}

impl Stage {
    const WITHOUT_INSTRUMENT: [Self; 4] = [Self::Verify, Self::Compare, Self::Trial, Self::Control];

    /// Its name on disk and in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Verify => "verify",
            Self::Compare => "compare",
            Self::Trial => "trial",
            Self::Control => "control",
            Self::Instrument(instrument) => instrument.name(),
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Stage {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let known = Self::WITHOUT_INSTRUMENT.into_iter().find(|stage| stage.name() == name);
        known.map_or_else(
            || {
                name.parse().map(Self::Instrument).map_err(|_| {
                    let names = Self::WITHOUT_INSTRUMENT.iter().map(|stage| stage.name());
                    let all: Vec<&str> = names.chain(Instrument::ALL.iter().map(|of| of.name())).collect();
                    UnknownName::new("stage", name, &all)
                })
            },
            Ok,
        )
    }
}

impl TryFrom<String> for Stage {
    type Error = UnknownName;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        name.parse()
    }
}

impl From<Stage> for String {
    fn from(stage: Stage) -> Self {
        stage.name().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_goes_by_one_name_and_an_unknown_one_is_refused_with_all() {
        for stage in [Stage::Verify, Stage::Control, Stage::Instrument(Instrument::Heap)] {
            let json = serde_json::to_string(&stage).unwrap();
            assert_eq!(json, format!("\"{stage}\""));
            assert_eq!(serde_json::from_str::<Stage>(&json).unwrap(), stage);
        }
        let said = "x".parse::<Stage>().unwrap_err().to_string();
        assert!(
            said.starts_with("unknown stage \"x\": expected verify, compare, trial, control, time"),
            "{said}"
        );
    }
}
