//! What the operating system says of this process.

#![allow(unsafe_code)]

use std::mem::MaybeUninit;

/// What this process has taken since its start.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    /// The largest resident set, [`own_peak_bytes`] if the system has it.
    pub peak_resident_bytes: u64,
    /// CPU time over all threads, in user and system.
    pub cpu_ns: u64,
    pub minor_faults: u64,
    pub major_faults: u64,
    pub involuntary_switches: u64,
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

/// A line of the system's account of this process, such as `VmRSS`; `None` if it has none.
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

/// What is resident at the moment; `None` if the system does not say.
pub(super) fn resident_bytes() -> Option<u64> {
    status_bytes("VmRSS")
}
