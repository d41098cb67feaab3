//! What the operating system says of this process: peak memory, page faults, switches.

#![allow(unsafe_code)]

use std::{mem::MaybeUninit, time::Duration};

use duel_record::{AllocatorStatistic, MemorySummary};

use super::{account::account, run_samples, short_sample};
use crate::{allocator::in_force, kernel::Prepared};

/// The process's own account up to now.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    pub peak_resident_bytes: u64,
    /// CPU time over all threads, in user and system.
    pub cpu_ns: u64,
    minor_faults: u64,
    major_faults: u64,
    involuntary_switches: u64,
}

impl Usage {
    pub(crate) fn now() -> Self {
        let mut usage = MaybeUninit::<libc::rusage>::zeroed();
        // SAFETY: the pointer is to a whole `rusage`, which the call fills; all zeroes is a
        // valid one should it fail, which it does not for RUSAGE_SELF.
        let usage = unsafe {
            libc::getrusage(libc::RUSAGE_SELF, usage.as_mut_ptr());
            usage.assume_init()
        };
        let count = |value: libc::c_long| u64::try_from(value).unwrap_or(0);
        // Linux counts in KiB, the BSDs and macOS in bytes.
        let unit = if cfg!(target_os = "linux") { 1024 } else { 1 };
        Self {
            peak_resident_bytes: own_peak_bytes().unwrap_or(count(usage.ru_maxrss) * unit),
            cpu_ns: time_ns(usage.ru_utime) + time_ns(usage.ru_stime),
            minor_faults: count(usage.ru_minflt),
            major_faults: count(usage.ru_majflt),
            involuntary_switches: count(usage.ru_nivcsw),
        }
    }
}

fn time_ns(time: libc::timeval) -> u64 {
    u64::try_from(time.tv_sec).unwrap_or(0) * 1_000_000_000 + u64::try_from(time.tv_usec).unwrap_or(0) * 1_000
}

/// A line of the system's account of this process; `None` where it has none.
fn status_bytes(name: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kib| kib * 1024)
}

/// The highest resident set of this address space. `ru_maxrss` also remembers the peak of the
/// process that started this one (Linux carries it over `exec`), so it comes second.
fn own_peak_bytes() -> Option<u64> {
    status_bytes("VmHWM")
}

fn resident_bytes() -> Option<u64> {
    status_bytes("VmRSS")
}

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
