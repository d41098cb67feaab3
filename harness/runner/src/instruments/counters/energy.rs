//! The energy of the whole processor while the kernel runs, from Linux's power capping files.
//!
//! It can't be switched as counters are, so it is that of a stretch: with what happens outside of
//! the clock, and with whatever else the processor does meanwhile.

use std::{fs, path::Path, time::Duration};

use duel_record::{Count, Counter, Refused, energy_zones};

use crate::{instruments::stretch::run_for, kernel::Prepared};

/// The files change about once a millisecond.
const SHORTEST: Duration = Duration::from_millis(200);

/// Runs the kernel for a while and reads what the processors took.
///
/// # Errors
/// Why that can't be read here.
pub(super) fn package_energy(
    kernel: &mut dyn Prepared,
    root: &Path,
    duration: Duration,
) -> Result<Count, Refused> {
    let zones = energy_zones(root)?;
    let refused = |reason: String| Refused { counter: Counter::PackageEnergy, reason, remedy: None };
    let read = || zones.iter().map(|zone| number(zone, "energy_uj")).collect::<Result<Vec<u64>, _>>();
    let before = read().map_err(refused)?;
    let iters = run_for(kernel, duration.max(SHORTEST));
    let after = read().map_err(refused)?;
    let used_uj: u64 = (zones.iter().zip(before).zip(after))
        .map(|((zone, before), after)| {
            used(before, after, number(zone, "max_energy_range_uj").unwrap_or(u64::MAX))
        })
        .sum();
    Ok(Count {
        counter: Counter::PackageEnergy,
        per_iter: used_uj as f64 * 1e-6 / iters as f64,
        counted_share: 1.0,
    })
}

fn number(zone: &Path, file: &str) -> Result<u64, String> {
    let path = zone.join(file);
    let text =
        fs::read_to_string(&path).map_err(|error| format!("{} can't be read: {error}", path.display()))?;
    text.trim().parse().map_err(|error| format!("{} holds {:?}: {error}", path.display(), text.trim()))
}

/// Between two readings of a meter that begins at zero again after `range`.
fn used(before: u64, after: u64, range: u64) -> u64 {
    after.checked_sub(before).unwrap_or_else(|| after.saturating_add(range.saturating_sub(before)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_meter_that_begins_again_loses_nothing() {
        assert_eq!(used(100, 350, 1_000), 250);
        assert_eq!(used(900, 50, 1_000), 150);
    }
}
