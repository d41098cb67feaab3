//! What a kernel takes of the system: peak memory, page faults, switches, and what its allocator keeps.

use std::time::Duration;

use duel_record::{AllocatorStatistic, MemorySummary};

use super::{
    account::account,
    stretch::{run_samples, short_sample},
    usage::{Usage, resident_bytes},
};
use crate::{allocator::in_force, kernel::Prepared};

/// Runs the kernel for a while, drops it with its data set, and reports what the process took.
pub(crate) fn memory(mut kernel: Box<dyn Prepared>, duration: Duration, start: Usage) -> MemorySummary {
    let allocator = in_force();
    let prepared = Usage::now();
    // The first iterations touch memory that later ones find mapped: what they fault is not told.
    let iters_per_sample = short_sample(&mut *kernel);
    let before = Usage::now();
    let iters = run_samples(&mut *kernel, iters_per_sample, duration);
    let after = Usage::now();
    let used = (resident_bytes(), account(allocator));
    drop(kernel);
    let freed = (resident_bytes(), account(allocator));
    MemorySummary {
        iters,
        // Reading what is resident takes a page or two itself.
        peak_resident_bytes: after.peak_resident_bytes.max(used.0.unwrap_or(0)),
        start_resident_bytes: start.peak_resident_bytes,
        prepared_resident_bytes: prepared.peak_resident_bytes,
        minor_faults: after.minor_faults - before.minor_faults,
        major_faults: after.major_faults - before.major_faults,
        involuntary_switches: after.involuntary_switches - before.involuntary_switches,
        used_resident_bytes: used.0,
        freed_resident_bytes: freed.0,
        allocator: used
            .1
            .into_iter()
            .zip(freed.1)
            .map(|((name, used_bytes), (_, freed_bytes))| AllocatorStatistic {
                name: name.to_owned(),
                used_bytes,
                freed_bytes,
            })
            .collect(),
    }
}
