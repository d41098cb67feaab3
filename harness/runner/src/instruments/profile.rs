//! pprof: where the CPU is while the kernel runs, as folded stacks.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use duel_record::{ProfileSummary, Stack};

use super::run_for;
use crate::{clock::nanoseconds, kernel::Prepared};

/// The frame that has the kernel's iterations below it and nothing of the harness.
const MEASURED: &str = "duel::kernel::clocked";

/// Samples the CPU for a while. Every stack begins with `root`, the variant's name.
///
/// Only real functions are frames. pprof joins all samples that are in the same functions and
/// keeps the place of the first, so what it says of inlined functions is that sample's alone;
/// where a kernel was inlined whole, its stack is `root` and nothing else.
///
/// # Errors
/// When the profiler can't start, or no sample fell into the kernel.
pub(crate) fn profile(
    kernel: &mut dyn Prepared,
    root: &str,
    duration: Duration,
    hertz: u32,
) -> Result<ProfileSummary, String> {
    // glibc is not on the blocklist: it would hide malloc. Should the handler lock up, the
    // driver ends this process.
    let guard = pprof::ProfilerGuardBuilder::default()
        .frequency(i32::try_from(hertz).unwrap_or(i32::MAX))
        .blocklist(&["libgcc", "pthread", "vdso"])
        .build()
        .map_err(|error| format!("the profiler did not start: {error}"))?;
    let start = Instant::now();
    let iters = run_for(kernel, duration);
    let duration_ns = nanoseconds(start.elapsed());
    let report = guard.report().build().map_err(|error| format!("the profile can't be read: {error}"))?;
    drop(guard);

    let mut counts: HashMap<String, u64> = HashMap::new();
    for (stack, count) in &report.data {
        // pprof has the leaf first; within a frame the function itself stands behind what was
        // inlined into it.
        let names = stack.frames.iter().rev().filter_map(|frame| frame.last()).map(|symbol| symbol.name());
        if let Some(folded) = fold(root, names) {
            *counts.entry(folded).or_default() += u64::try_from(*count).unwrap_or(0);
        }
    }
    let mut stacks: Vec<_> = counts.into_iter().map(|(frames, samples)| Stack { frames, samples }).collect();
    stacks.sort_by(|a, b| b.samples.cmp(&a.samples).then_with(|| a.frames.cmp(&b.frames)));
    let samples = stacks.iter().map(|stack| stack.samples).sum();
    if samples == 0 {
        return Err("no sample fell into the kernel".into());
    }
    Ok(ProfileSummary {
        stacks,
        samples,
        duration_ns,
        iters,
        profiler: "pprof".into(),
        ..ProfileSummary::default()
    })
}

/// Joins frames from the outermost inwards, of what is under the clock, without the harness above
/// it; threads that the kernel started keep their whole stack.
fn fold(root: &str, names: impl Iterator<Item = String>) -> Option<String> {
    let plain = |name: &str| name.replace([';', '\n'], ":");
    let names: Vec<String> = names.map(|name| plain(&name)).collect();
    let kernel = match names.iter().rposition(|name| name.starts_with(MEASURED)) {
        Some(measured) => &names[measured + 1..],
        // The harness's own thread, outside the clock.
        None if names.iter().any(|name| name.starts_with("duel::")) => return None,
        // A thread that the kernel started.
        None => &names[..],
    };
    // The harness's own closures between the clock and the kernel say nothing.
    let kernel = kernel.iter().skip_while(|name| name.contains("duel::kernel::"));
    Some([&plain(root)].into_iter().chain(kernel).map(String::as_str).collect::<Vec<_>>().join(";"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(names: &[&str]) -> Option<String> {
        fold("fast", names.iter().map(|name| (*name).to_owned()))
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
        assert_eq!(fold("a;b", ["f;g".to_owned()].into_iter()).as_deref(), Some("a:b;f:g"));
    }
}
