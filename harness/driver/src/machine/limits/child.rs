//! Measuring in a process of its own: this command, started again. What it leaves behind (memory,
//! threads, cores it was pinned to) ends with it.

use std::{
    env,
    io::Read,
    process::{Command, ExitCode, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use super::probe::{self, Found};
use crate::{children::Group, command::status::helpful};

/// Where this is set, the command measures the machine, prints what it found as JSON, and ends.
const PROBE: &str = "CARGO_DUEL_PROBE";

/// It takes about three seconds; a machine this much slower is too busy.
const MOST: Duration = Duration::from_secs(60);

/// Measures, where this process is the one to do so.
pub fn become_probe() -> Option<ExitCode> {
    env::var_os(PROBE)?;
    // Two lists of plain numbers are always JSON.
    let text = serde_json::to_string(&probe::measure()).unwrap_or_default();
    Some(match crate::reporter::answer(&text) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    })
}

/// Has a process measure; `None` where `stop` said so before it was done.
///
/// # Errors
/// When it can't be started, fails, or takes too long.
pub fn measured(stop: &dyn Fn() -> bool) -> Result<Option<Found>> {
    let program = env::current_exe().context("cannot tell where this command lies")?;
    let mut command = Command::new(&program);
    command.env(PROBE, "1").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut group =
        Group::start(&mut command).with_context(|| format!("cannot start {}", program.display()))?;
    let start = Instant::now();
    let waiting = "cannot wait for what measures the machine";
    while !group.has_ended().context(waiting)? {
        if stop() {
            return Ok(None);
        }
        if start.elapsed() > MOST {
            return Err(helpful(
                format!("measuring the machine took over {} s", MOST.as_secs()),
                "`cargo duel doctor --calibrate` tries again; do so while the machine is idle",
            ));
        }
        thread::sleep(Duration::from_millis(20));
    }
    let status = group.end().context(waiting)?;
    // What it prints fits into a pipe, so it does not wait for this.
    let (mut text, mut errors) = (String::new(), String::new());
    for (from, to) in [
        (group.take_stdout().as_mut().map(|pipe| pipe as &mut dyn Read), &mut text),
        (group.take_stderr().as_mut().map(|pipe| pipe as &mut dyn Read), &mut errors),
    ] {
        if let Some(from) = from {
            from.read_to_string(to).context("cannot read what measured the machine")?;
        }
    }
    if !status.success() {
        bail!("what measures the machine ended with {status}: {}", errors.trim());
    }
    Ok(Some(serde_json::from_str(&text).context("what measures the machine printed no JSON")?))
}
