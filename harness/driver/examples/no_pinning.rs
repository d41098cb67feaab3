//! Runs a command in a system that forbids to pin processes, as some containers do: a filter
//! answers `sched_setaffinity` with EPERM, for it and all that it starts.

use std::{collections::BTreeMap, error::Error, os::unix::process::CommandExt, process::Command};

use seccompiler::{BpfProgram, SeccompAction, SeccompFilter};

#[cfg(target_arch = "x86_64")]
const SCHED_SETAFFINITY: i64 = 203;
#[cfg(not(target_arch = "x86_64"))]
const SCHED_SETAFFINITY: i64 = 122;
const EPERM: u32 = 1;

fn main() -> Result<(), Box<dyn Error>> {
    let filter = SeccompFilter::new(
        // No rules: whatever the arguments.
        BTreeMap::from([(SCHED_SETAFFINITY, Vec::new())]),
        SeccompAction::Allow,
        SeccompAction::Errno(EPERM),
        std::env::consts::ARCH.try_into()?,
    )?;
    seccompiler::apply_filter(&BpfProgram::try_from(filter)?)?;
    let mut words = std::env::args_os().skip(1);
    let program = words.next().ok_or("no command")?;
    Err(Command::new(program).args(words).exec().into())
}
