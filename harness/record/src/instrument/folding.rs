//! From call stacks to folded ones: the one rule of what belongs to a kernel, for every profiler.

use std::collections::HashMap;

use super::{AddressSamples, ProfileSummary, Stack};
use crate::function_name;

/// The frame that has the kernel's iterations below it and nothing of the harness.
const MEASURED: &str = "duel::kernel::clocked";
/// Frames of the harness that every stack outside of the clock has, if it is whole.
const SERVES: &str = "duel::serve::";
/// What stands for the callers that a profiler did not reach.
pub const LOST_CALLERS: &str = "[callers lost]";
/// What profilers call frames without a name: perf one in no file, and pprof.
const NAMELESS: [&str; 2] = ["[unknown]", "Unknown"];

/// One sample, as a profiler took it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sampled {
    /// Function names from the outermost to the leaf.
    pub names: Vec<String>,
    /// Whether it was taken on the thread that runs the kernel, not on one that the kernel started.
    pub on_kernels_thread: bool,
    /// Whether the clock ran at that moment; `None` if nobody knows.
    pub clock_ran: Option<bool>,
}

impl Sampled {
    /// Whether the stack alone tells that it is the kernel's, whatever the clock did.
    pub fn reaches_the_clock(&self) -> bool {
        self.names.iter().any(|name| name.starts_with(MEASURED))
    }
}

/// Whose sample it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share {
    /// The kernel's.
    Kernel,
    /// The harness's, or of what the kernel's author has it do outside of the clock.
    Outside,
    /// Nobody can tell.
    Unknown,
}

/// Counts the stacks of one variant.
#[derive(Debug)]
pub struct Folding {
    root: String,
    counts: HashMap<String, u64>,
    /// Samples of the kernel whose stacks end before they reach the clock.
    pub cut: u64,
    /// Samples that may be the kernel's or not.
    pub unattributed: u64,
}

impl Folding {
    /// Every stack begins with `root`, the variant's name.
    pub fn new(root: &str) -> Self {
        Self { root: function_name(root), counts: HashMap::new(), cut: 0, unattributed: 0 }
    }

    /// Takes in a stack that was met so often, and says whose it is.
    pub fn add(&mut self, sampled: Sampled, samples: u64) -> Share {
        let (share, folded) = self.fold(sampled);
        match (share, folded) {
            (Share::Kernel, (frames, is_cut)) => {
                *self.counts.entry(frames).or_default() += samples;
                self.cut += if is_cut { samples } else { 0 };
            }
            (Share::Outside, _) => {}
            (Share::Unknown, _) => self.unattributed += samples,
        }
        share
    }

    /// The stacks, most frequent first.
    pub fn stacks(self) -> Vec<Stack> {
        sorted(self.counts)
    }

    /// Whose it is; the frames of what is under the clock, joined, without the harness above them;
    /// and whether callers are missing. Threads that the kernel started keep their whole stack.
    fn fold(&self, sampled: Sampled) -> (Share, (String, bool)) {
        let names: Vec<String> = sampled.names.iter().map(|name| function_name(name)).collect();
        let nothing = (String::new(), false);
        if let Some(measured) = names.iter().rposition(|name| name.starts_with(MEASURED)) {
            // The harness's own closures between the clock and the kernel say nothing.
            let below = names[measured + 1..].iter().skip_while(|name| name.contains("duel::kernel::"));
            return (Share::Kernel, (self.joined(below, false), false));
        }
        // A stack that ends early looks like any other: only the clock can tell then.
        let is_harness = names.iter().any(|name| {
            name.starts_with(SERVES) || (sampled.clock_ran.is_none() && name.starts_with("duel::"))
        });
        match sampled.clock_ran {
            Some(false) => return (Share::Outside, nothing),
            _ if is_harness => return (Share::Outside, nothing),
            // A thread's own work while nobody knows of the clock: it was started by the kernel as a rule.
            None if sampled.on_kernels_thread => return (Share::Unknown, nothing),
            _ => {}
        }
        let is_cut = sampled.on_kernels_thread || !begins_a_thread(&names);
        // What was read beyond the end of a stack's copy is no function.
        let garbage = names.iter().take_while(|name| NAMELESS.contains(&name.as_str())).count();
        let from = if is_cut { garbage.min(names.len().saturating_sub(1)) } else { 0 };
        (Share::Kernel, (self.joined(names[from..].iter(), is_cut), is_cut))
    }

    fn joined<'a>(&'a self, below: impl Iterator<Item = &'a String>, is_cut: bool) -> String {
        let lost = is_cut.then_some(LOST_CALLERS);
        let below = below.map(String::as_str);
        [self.root.as_str()].into_iter().chain(lost).chain(below).collect::<Vec<_>>().join(";")
    }
}

/// Whether a stack reaches the start of its thread.
fn begins_a_thread(names: &[String]) -> bool {
    let starts = |name: &String| {
        name.contains("thread_start")
            || name.contains("start_thread")
            || name.trim_start_matches('_').starts_with("clone")
    };
    // C libraries are often without symbols. A stack that was cut ends in a function with a name: recursion is its cause.
    let in_library =
        |name: &String| name.starts_with("[libc") || name.starts_with("[ld") || name == "Unknown";
    names.iter().take(6).any(starts) || names.first().is_some_and(in_library)
}

fn sorted(counts: HashMap<String, u64>) -> Vec<Stack> {
    let mut stacks: Vec<_> = counts.into_iter().map(|(frames, samples)| Stack { frames, samples }).collect();
    stacks.sort_by(|a, b| b.samples.cmp(&a.samples).then_with(|| a.frames.cmp(&b.frames)));
    stacks
}

impl ProfileSummary {
    /// Adds what was sampled of the same arm at another time.
    pub fn merge(&mut self, more: Self) {
        let mut counts: HashMap<String, u64> = HashMap::new();
        for stack in std::mem::take(&mut self.stacks).into_iter().chain(more.stacks) {
            let samples = counts.entry(stack.frames).or_default();
            *samples = samples.saturating_add(stack.samples);
        }
        self.stacks = sorted(counts);
        let addresses = std::mem::take(&mut self.addresses).into_iter().chain(more.addresses);
        self.addresses = AddressSamples::count(addresses.map(|at| (at.address, at.samples)));
        self.samples = self.samples.saturating_add(more.samples);
        self.duration_ns = self.duration_ns.saturating_add(more.duration_ns);
        self.iters = self.iters.saturating_add(more.iters);
        self.cpu_ns = self.cpu_ns.saturating_add(more.cpu_ns);
        self.cut_stacks = self.cut_stacks.saturating_add(more.cut_stacks);
        self.unattributed = self.unattributed.saturating_add(more.unattributed);
        self.note = self.note.take().or(more.note);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sampled(names: &[&str], on_kernels_thread: bool, clock_ran: Option<bool>) -> Sampled {
        Sampled { names: names.iter().map(|name| (*name).to_owned()).collect(), on_kernels_thread, clock_ran }
    }

    /// Whose each is, and what became of it.
    fn folded(sampled: Sampled) -> (Share, Option<String>) {
        let mut folding = Folding::new("fast");
        let share = folding.add(sampled, 1);
        (share, folding.stacks().into_iter().map(|stack| stack.frames).next())
    }

    fn kernel(frames: &str) -> (Share, Option<String>) {
        (Share::Kernel, Some(frames.to_owned()))
    }

    const ANY_CLOCK: [Option<bool>; 2] = [Some(true), None];

    #[test]
    fn only_what_is_under_the_clock_counts() {
        let stack = ["main", "duel::serve::serve", "duel::kernel::clocked", "sum::run", "malloc"];
        let load = ["main", "duel::serve::serve", "duel::kernel::Changing::load", "memcpy"];
        for clock in ANY_CLOCK {
            assert_eq!(folded(sampled(&stack, true, clock)), kernel("fast;sum::run;malloc"));
            assert_eq!(folded(sampled(&load, true, clock)), (Share::Outside, None));
        }
    }

    #[test]
    fn the_harness_between_clock_and_kernel_is_left_out() {
        let stack = [
            "duel::kernel::clocked",
            "<duel::kernel::Returning<K,O> as Prepared>::fire::{{closure}}",
            "sum::run",
        ];
        assert_eq!(folded(sampled(&stack, true, None)), kernel("fast;sum::run"));
    }

    #[test]
    fn a_kernel_that_was_inlined_whole_is_the_root_alone() {
        assert_eq!(folded(sampled(&["main", "duel::kernel::clocked"], true, None)), kernel("fast"));
    }

    #[test]
    fn other_threads_keep_their_whole_stack_while_the_clock_runs() {
        let stack = ["start_thread", "rayon::work"];
        for clock in ANY_CLOCK {
            assert_eq!(folded(sampled(&stack, false, clock)), kernel("fast;start_thread;rayon::work"));
        }
        assert_eq!(folded(sampled(&stack, false, Some(false))), (Share::Outside, None));
        let deep = ["rayon::join", "rayon::join"];
        assert_eq!(
            folded(sampled(&deep, false, Some(true))),
            kernel("fast;[callers lost];rayon::join;rayon::join")
        );
    }

    #[test]
    fn a_stack_that_ends_before_the_clock_belongs_to_whom_the_clock_says() {
        let stack = ["[unknown]", "walk", "walk", "visit"];
        assert_eq!(folded(sampled(&stack, true, Some(true))), kernel("fast;[callers lost];walk;walk;visit"));
        assert_eq!(folded(sampled(&stack, true, Some(false))), (Share::Outside, None));
        assert_eq!(folded(sampled(&stack, true, None)), (Share::Unknown, None));
        assert_eq!(
            folded(sampled(&["[unknown]"], true, Some(true))),
            kernel("fast;[callers lost];[unknown]")
        );
    }

    #[test]
    fn lost_callers_and_samples_of_nobody_are_counted() {
        let mut folding = Folding::new("fast");
        folding.add(sampled(&["walk"], true, Some(true)), 3);
        folding.add(sampled(&["walk"], true, None), 4);
        folding.add(sampled(&["duel::kernel::clocked", "walk"], true, None), 5);
        assert_eq!((folding.cut, folding.unattributed), (3, 4));
        assert_eq!(folding.stacks().iter().map(|stack| stack.samples).sum::<u64>(), 8);
    }

    #[test]
    fn a_kernel_may_call_the_library_deep_down() {
        let stack = ["walk", "duel::threads::threads"];
        assert_eq!(
            folded(sampled(&stack, true, Some(true))),
            kernel("fast;[callers lost];walk;duel::threads::threads")
        );
    }

    #[test]
    fn a_name_with_a_separator_stays_one_frame() {
        let mut folding = Folding::new("a;b");
        folding.add(sampled(&["duel::kernel::clocked", "f;g", "of::<[u8; 4]>"], true, None), 1);
        assert_eq!(folding.stacks()[0].frames, "a:b;f:g;of::<[u8 x 4]>");
    }

    #[test]
    fn two_profiles_of_one_arm_become_one() {
        let profile = |frames: &str, samples| ProfileSummary {
            stacks: vec![Stack { frames: frames.to_owned(), samples }],
            samples,
            cpu_ns: 5,
            cut_stacks: 1,
            unattributed: 2,
            addresses: AddressSamples::count([16, 16, 8].map(|address| (address, 1))),
            ..ProfileSummary::default()
        };
        let mut both = profile("a;b", 3);
        both.merge(profile("a", 4));
        both.merge(profile("a;b", 2));
        let stacks: Vec<_> = both.stacks.iter().map(|stack| (stack.frames.as_str(), stack.samples)).collect();
        assert_eq!(stacks, [("a;b", 5), ("a", 4)]);
        assert_eq!((both.samples, both.cpu_ns, both.cut_stacks, both.unattributed), (9, 15, 3, 6));
        let addresses: Vec<_> = both.addresses.iter().map(|at| (at.address, at.samples)).collect();
        assert_eq!(addresses, [(16, 6), (8, 3)]);
    }
}
