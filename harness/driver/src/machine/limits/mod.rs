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
pub use store::{Stored, folder as cache_folder};

use crate::duration::now;

/// What measuring takes, about.
pub const EXPECTED: std::time::Duration = std::time::Duration::from_secs(4);

/// A machine's limits, new.
pub struct Measured {
    pub calibration: Calibration,
    /// Where they are kept, or why they could not be: then the next run measures again.
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

/// The limits in few lines, a line a number of threads: the faster way through each level, and the
/// arithmetic of the widest registers beside that of single numbers. The record has all of them.
pub fn describe(calibration: &Calibration) -> Vec<(String, String)> {
    let mut threads: Vec<u32> = calibration.bandwidths.iter().map(|bandwidth| bandwidth.threads).collect();
    threads.sort_unstable();
    threads.dedup();
    let words = |threads: u32| number::plural(threads as usize, "thread");
    let bandwidths = threads
        .iter()
        .map(|n| ("bandwidth".to_owned(), format!("{}: {}", words(*n), bandwidths(calibration, *n))));
    let peaks = threads
        .iter()
        .map(|n| ("arithmetic".to_owned(), format!("{}: {}", words(*n), peaks(calibration, *n))));
    bandwidths.chain(peaks).collect()
}

fn bandwidths(calibration: &Calibration, threads: u32) -> String {
    let mut levels: Vec<(&str, f64)> = Vec::new();
    for bandwidth in calibration.bandwidths.iter().filter(|of| of.threads == threads) {
        match levels.iter_mut().find(|(level, _)| *level == bandwidth.level) {
            Some((_, rate)) => *rate = rate.max(bandwidth.bytes_per_s),
            None => levels.push((&bandwidth.level, bandwidth.bytes_per_s)),
        }
    }
    let words = levels.iter().map(|(level, rate)| format!("{level} {}", number::bytes_per_s(*rate)));
    words.collect::<Vec<_>>().join(", ")
}

fn peaks(calibration: &Calibration, threads: u32) -> String {
    let mut words = Vec::new();
    for bits in [32, 64] {
        let of = || calibration.peaks.iter().filter(|p| p.threads == threads && p.precision_bits == bits);
        let scalar = of().find(|peak| peak.register_bits == bits);
        let widest = of().max_by_key(|peak| peak.register_bits).filter(|peak| peak.register_bits > bits);
        if let Some(scalar) = scalar {
            let mut text = format!("f{bits} {} scalar", number::flops_per_s(scalar.flops_per_s));
            if let Some(widest) = widest {
                let rate = number::flops_per_s(widest.flops_per_s);
                text.push_str(&format!(", {rate} {}-bit", widest.register_bits));
            }
            words.push(text);
        }
    }
    words.join("; ")
}
