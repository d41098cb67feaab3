//! From call stacks to folded ones: the one rule of what belongs to a kernel, for every profiler.

use std::collections::HashMap;

use super::{AddressSamples, ProfileSummary, Stack};

/// The frame that has the kernel's iterations below it and nothing of the harness.
const MEASURED: &str = "duel::kernel::clocked";

/// Counts the stacks of one variant.
#[derive(Debug)]
pub struct Folding {
    root: String,
    counts: HashMap<String, u64>,
}

impl Folding {
    /// Every stack begins with `root`, the variant's name.
    pub fn new(root: &str) -> Self {
        Self { root: plain(root), counts: HashMap::new() }
    }

    /// Takes in a stack that was met so often: function names from the outermost to the leaf. Says
    /// whether it is the kernel's.
    pub fn add(&mut self, names: impl IntoIterator<Item = String>, samples: u64) -> bool {
        let Some(folded) = self.fold(names) else { return false };
        *self.counts.entry(folded).or_default() += samples;
        true
    }

    /// The stacks, most frequent first.
    pub fn stacks(self) -> Vec<Stack> {
        sorted(self.counts)
    }

    /// Joins frames of what is under the clock, without the harness above it; threads that the
    /// kernel started keep their whole stack.
    fn fold(&self, names: impl IntoIterator<Item = String>) -> Option<String> {
        let names: Vec<String> = names.into_iter().map(|name| plain(&name)).collect();
        let kernel = match names.iter().rposition(|name| name.starts_with(MEASURED)) {
            Some(measured) => &names[measured + 1..],
            // The harness's own thread, outside the clock.
            None if names.iter().any(|name| name.starts_with("duel::")) => return None,
            // A thread that the kernel started.
            None => &names[..],
        };
        // The harness's own closures between the clock and the kernel say nothing.
        let kernel = kernel.iter().skip_while(|name| name.contains("duel::kernel::"));
        let frames: Vec<&str> = [&self.root].into_iter().chain(kernel).map(String::as_str).collect();
        Some(frames.join(";"))
    }
}

/// A name that stays one frame.
fn plain(name: &str) -> String {
    name.replace([';', '\n'], ":")
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
            *counts.entry(stack.frames).or_default() += stack.samples;
        }
        self.stacks = sorted(counts);
        let addresses = std::mem::take(&mut self.addresses).into_iter().chain(more.addresses);
        self.addresses = AddressSamples::count(addresses.map(|at| (at.address, at.samples)));
        self.samples += more.samples;
        self.duration_ns += more.duration_ns;
        self.iters += more.iters;
        self.cpu_ns += more.cpu_ns;
        self.note = self.note.take().or(more.note);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(names: &[&str]) -> Option<String> {
        Folding::new("fast").fold(names.iter().map(|name| (*name).to_owned()))
    }

    #[test]
    fn only_what_is_under_the_clock_counts() {
        let stack = ["main", "duel::serve::serve", "duel::kernel::clocked", "sum::run", "malloc"];
        assert_eq!(folded(&stack).as_deref(), Some("fast;sum::run;malloc"));
        assert_eq!(folded(&["main", "duel::serve::serve", "duel::kernel::Changing::load", "memcpy"]), None);
    }

    #[test]
    fn the_harness_between_clock_and_kernel_is_left_out() {
        let stack = [
            "duel::kernel::clocked",
            "<duel::kernel::Returning<K,O> as Prepared>::fire::{{closure}}",
            "sum::run",
        ];
        assert_eq!(folded(&stack).as_deref(), Some("fast;sum::run"));
    }

    #[test]
    fn a_kernel_that_was_inlined_whole_is_the_root_alone() {
        assert_eq!(folded(&["main", "duel::kernel::clocked"]).as_deref(), Some("fast"));
    }

    #[test]
    fn other_threads_keep_their_whole_stack() {
        assert_eq!(
            folded(&["start_thread", "rayon::work"]).as_deref(),
            Some("fast;start_thread;rayon::work")
        );
    }

    #[test]
    fn a_name_with_a_separator_stays_one_frame() {
        assert_eq!(Folding::new("a;b").fold(["f;g".to_owned()]).as_deref(), Some("a:b;f:g"));
    }

    #[test]
    fn two_profiles_of_one_arm_become_one() {
        let profile = |frames: &str, samples| ProfileSummary {
            stacks: vec![Stack { frames: frames.to_owned(), samples }],
            samples,
            cpu_ns: 5,
            addresses: AddressSamples::count([16, 16, 8].map(|address| (address, 1))),
            ..ProfileSummary::default()
        };
        let mut both = profile("a;b", 3);
        both.merge(profile("a", 4));
        both.merge(profile("a;b", 2));
        let stacks: Vec<_> = both.stacks.iter().map(|stack| (stack.frames.as_str(), stack.samples)).collect();
        assert_eq!(stacks, [("a;b", 5), ("a", 4)]);
        assert_eq!((both.samples, both.cpu_ns), (9, 15));
        let addresses: Vec<_> = both.addresses.iter().map(|at| (at.address, at.samples)).collect();
        assert_eq!(addresses, [(16, 6), (8, 3)]);
    }
}
