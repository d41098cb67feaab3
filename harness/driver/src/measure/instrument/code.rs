//! The machine code of each arm's hottest function, read from the runner's file: no process is
//! started.

use std::{collections::HashMap, path::Path};

use anyhow::Result;
use duel_record::{Arm, Instrument, Line, Missing};

use super::Session;
use crate::code::{Executable, Unreadable, Wish, summarize};

/// Instructions that the record keeps of one function.
const MOST_INSTRUCTIONS: usize = 600;

impl Session<'_> {
    /// Takes the hottest function of each arm apart. An executable is read when it is first needed,
    /// and once.
    pub(super) fn code(&mut self, arms: Vec<Arm>) -> Result<()> {
        let mut executables: HashMap<&Path, Result<Executable, Unreadable>> = HashMap::new();
        for arm in arms {
            if self.stop().is_some() {
                return Ok(());
            }
            self.progress.at(&format!("{} {}", Instrument::Code, arm.case));
            let runner = match self.bench.runner_of(&arm) {
                Ok(runner) => runner,
                Err(fault) => {
                    self.fail(&arm, &Instrument::Code.to_string(), &fault)?;
                    continue;
                }
            };
            let (file, built) = runner.files();
            let executable = executables.entry(file).or_insert_with(|| Executable::read(file, built));
            match executable {
                Err(unreadable) => self.no_code(None, unreadable)?,
                Ok(executable) => {
                    let weights = self.done.weighed(&arm).and_then(|found| found.weights());
                    match summarize(executable, weights, &Wish::Hottest, &arm.case.variant) {
                        Err(unknown) => self.no_code(Some(&arm), &unknown)?,
                        Ok(mut summary) => {
                            summary.keep_hottest(MOST_INSTRUCTIONS);
                            self.keep(&Line::Code { arm: arm.clone(), summary })?;
                            self.done.take(Instrument::Code, &arm);
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// Records why there is no code: of one arm, or of a whole executable.
    fn no_code(&mut self, arm: Option<&Arm>, why: &Unreadable) -> Result<()> {
        self.miss(Missing {
            case: arm.map(|arm| arm.case.clone()),
            what: Instrument::Code.to_string(),
            reason: why.reason.clone(),
            remedy: why.remedy.clone(),
        })
    }
}
