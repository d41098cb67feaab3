//! What this machine can do at most: how fast each level of its memory streams, and how fast its
//! arithmetic goes. Measured once for a machine, then kept in the user's cache folder.

mod bandwidth;
#[cfg(target_arch = "x86_64")]
mod bandwidth_x86;
mod buffer;
mod child;
mod identity;
mod levels;
mod peak;
#[cfg(target_arch = "x86_64")]
mod peak_x86;
mod probe;
mod rounds;
mod store;

use std::path::{Path, PathBuf};

use anyhow::Result;
use duel_record::{Calibration, Machine};
use duel_reports::number;

pub use child::become_probe;
pub use store::Stored;

use crate::clock::now;

/// What measuring takes, about.
pub const EXPECTED: std::time::Duration = std::time::Duration::from_secs(4);

/// A machine's limits, new.
pub struct Measured {
    pub calibration: Calibration,
    /// Where they are kept, or why they could not be: then the next run measures anew.
    pub kept: Result<PathBuf>,
}

/// What is kept of this machine; `out` is used where the user has no cache folder.
pub fn stored(machine: &Machine, out: &Path) -> Stored {
    store::read(&store::folder(out), &identity::identity(machine))
}

/// Measures this machine and keeps the result; `None` where `stop` said so before it was done.
///
/// # Errors
/// When it can't be measured.
pub fn measure(machine: &Machine, out: &Path, stop: &dyn Fn() -> bool) -> Result<Option<Measured>> {
    let Some(found) = child::measured(stop)? else { return Ok(None) };
    let calibration = Calibration {
        machine: identity::identity(machine),
        at: now(),
        bandwidths: found.bandwidths,
        peaks: found.peaks,
    };
    let kept = store::write(&store::folder(out), &calibration);
    Ok(Some(Measured { calibration, kept }))
}

/// The limits in lines: what it is, and how much.
pub fn describe(calibration: &Calibration) -> Vec<(String, String)> {
    let cores = |threads: u32| number::plural(threads as usize, "thread");
    let mut lines: Vec<(String, String)> = Vec::new();
    for bandwidth in &calibration.bandwidths {
        let name = format!("{}, {}", bandwidth.level, cores(bandwidth.threads));
        let rate = format!("{} ({})", number::bytes_per_s(bandwidth.bytes_per_s), bandwidth.mix);
        match lines.iter_mut().find(|(of, _)| *of == name) {
            Some((_, rates)) => rates.push_str(&format!(", {rate}")),
            None => lines.push((name, rate)),
        }
    }
    for peak in &calibration.peaks {
        let name = format!("f{}, {}", peak.precision_bits, cores(peak.threads));
        let width = if peak.register_bits == peak.precision_bits {
            "scalar".to_owned()
        } else {
            format!("{}-bit", peak.register_bits)
        };
        let rate = format!("{} ({width})", number::flops_per_s(peak.flops_per_s));
        match lines.iter_mut().find(|(of, _)| *of == name) {
            Some((_, rates)) => rates.push_str(&format!(", {rate}")),
            None => lines.push((name, rate)),
        }
    }
    lines
}
