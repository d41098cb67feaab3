//! Whether a kernel works where the thread that calls it is not: in other threads, or in processes that it
//! starts. An instruction counter does not see that work, and a runner that is pinned to one core has all
//! of it on that core.

use std::fs;

use duel_record::protocol::Elsewhere;

use crate::kernel::Prepared;

/// Less CPU time of other threads than this is a thread that was woken meanwhile, by a timer or so.
const OTHERS_LEAST_NS: i64 = 2_000;

/// What other threads had worked at a moment; to take it allocates nothing.
pub(crate) struct Others(i64);

impl Others {
    pub(crate) fn now() -> Self {
        // The thread's own clock is read outside of the process's at both ends, so that what passes between
        // the two readings is never taken for work of others. Once in vain: under valgrind the first is slow.
        others_ns_at_most();
        Self(others_ns_at_most())
    }

    /// CPU time of other threads since, rather too little.
    fn ns(&self) -> i64 {
        others_ns_at_least() - self.0
    }

    /// Whether other threads worked since.
    pub(crate) fn since(&self) -> Option<Elsewhere> {
        (self.ns() >= OTHERS_LEAST_NS).then_some(Elsewhere::Threads)
    }
}

/// What had been done elsewhere at a moment.
struct Before {
    children: Option<Children>,
    others: Others,
}

/// Processes that this one started: traces of those that have ended, and the number of those alive.
#[derive(PartialEq, Eq)]
struct Children {
    ended: [u64; 4],
    alive: usize,
}

impl Before {
    fn now() -> Self {
        Self { children: children(), others: Others::now() }
    }

    /// Where work was done since, beside this thread.
    fn since(&self) -> Option<Elsewhere> {
        let threads = self.others.since();
        if children() == self.children { threads } else { Some(Elsewhere::Processes) }
    }
}

/// Runs one iteration, and tells where it worked beside this thread.
pub(crate) fn elsewhere(kernel: &mut dyn Prepared) -> Option<Elsewhere> {
    kernel.begin();
    kernel.load(1);
    let before = Before::now();
    kernel.fire(1);
    let found = before.since();
    kernel.unload();
    found
}

/// CPU time of all other threads of this process, those that have ended among them; rather too much.
fn others_ns_at_most() -> i64 {
    let own = clock_ns(libc::CLOCK_THREAD_CPUTIME_ID);
    clock_ns(libc::CLOCK_PROCESS_CPUTIME_ID) - own
}

/// The same, rather too little.
fn others_ns_at_least() -> i64 {
    let all = clock_ns(libc::CLOCK_PROCESS_CPUTIME_ID);
    all - clock_ns(libc::CLOCK_THREAD_CPUTIME_ID)
}

/// Through the C library: rustix looks for the kernel's own function, which is not there under valgrind.
#[expect(unsafe_code, reason = "a thin system call")]
fn clock_ns(clock: libc::clockid_t) -> i64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: it writes to `time`, which is of the type that it expects, and reads nothing.
    if unsafe { libc::clock_gettime(clock, &raw mut time) } != 0 {
        return 0;
    }
    #[expect(clippy::useless_conversion, reason = "they are narrower on 32-bit systems")]
    let ns = i64::from(time.tv_sec) * 1_000_000_000 + i64::from(time.tv_nsec);
    ns
}

/// `None` where the system does not say.
fn children() -> Option<Children> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The name of the program comes second, in brackets, and may hold anything.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    // Faults and CPU time of children that were waited for: fields 11, 13, 16 and 17 of proc(5).
    let field = |number: usize| fields.get(number - 3)?.parse().ok();
    let alive = fs::read_dir("/proc/self/task")
        .ok()?
        .flatten()
        .filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok())
        .map(|list| list.split_whitespace().count())
        .sum();
    Some(Children { ended: [field(11)?, field(13)?, field(16)?, field(17)?], alive })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn burn() -> u64 {
        (0..200_000_u64).fold(1, |sum, n| std::hint::black_box(sum.wrapping_mul(31) ^ n))
    }

    // One test: tests of the same process run in other threads, whose work would be noticed. So the work of
    // this thread alone is tested in a process of its own, in `harness/driver/tests`.
    #[test]
    fn threads_and_processes_are_noticed() {
        let before = Before::now();
        std::thread::scope(|scope| {
            scope.spawn(burn);
        });
        assert!(before.since().is_some());
        if children().is_some() {
            let before = Before::now();
            let mut child = std::process::Command::new("sleep").arg("100").spawn().expect("sleep");
            assert_eq!(before.since(), Some(Elsewhere::Processes), "one that lives on");
            child.kill().expect("it lives");
            let before = Before::now();
            child.wait().expect("its end");
            assert_eq!(before.since(), Some(Elsewhere::Processes), "one that has ended");
        }
    }
}
