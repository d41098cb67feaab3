//! What `doctor` says of the most that this machine can do.

use anyhow::{Context, Result};
use duel_record::Machine;

use crate::{
    command::settings::Settings,
    machine::limits::{self, EXPECTED, Measured, Stored},
    reporter::Event,
    run::measuring_lock::MachineLock,
    runner::interrupt,
};

/// The limits that are kept, or measured again, as names and what is known.
///
/// # Errors
/// When they are to be measured and can't be.
pub fn limits(machine: &Machine, measure: bool, settings: &Settings) -> Result<Vec<(String, String)>> {
    let line = |name: &str, fact: &str| (name.to_owned(), fact.to_owned());
    let known = if measure {
        settings.reporter.report(&Event::MeasuringMachine { expected: EXPECTED });
        interrupt::listen(crate::children::kill_all)?;
        let _machine = MachineLock::take(settings);
        let measured = limits::measure(machine, &settings.out, &interrupt::requested)?;
        let Measured { calibration, kept } = measured.context("interrupted")?;
        let kept = match kept {
            Ok(path) => line("kept in", &path.display().to_string()),
            Err(error) => line("not kept", &format!("{error:#}")),
        };
        Some((calibration, kept))
    } else {
        match limits::stored(machine, &settings.out) {
            Stored::Good(calibration) => {
                let measured = line("limits of", &calibration.at);
                Some((calibration, measured))
            }
            Stored::Unusable(why) => {
                return Ok(vec![line("limits", &format!("no  {why}; --calibrate measures again"))]);
            }
            Stored::None => None,
        }
    };
    Ok(match known {
        None => vec![line(
            "limits",
            "not measured yet; --calibrate does, and so does the first run that needs them",
        )],
        Some((calibration, kept)) => {
            let facts = limits::describe(&calibration);
            facts.into_iter().chain([kept]).collect()
        }
    })
}
