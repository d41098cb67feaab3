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

/// Samples the CPU for a while.
///
/// # Errors
/// When the profiler can't start, or no sample fell into the kernel.
pub(crate) fn profile(
    kernel: &mut dyn Prepared,
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

    let main_thread = std::thread::current().name().map(str::to_owned);
    let own_id = rustix::thread::gettid().as_raw_pid().unsigned_abs();
    let mut counts: HashMap<String, u64> = HashMap::new();
    for (stack, count) in &report.data {
        let on_main = stack.thread_id == u64::from(own_id)
            || main_thread.as_deref() == Some(stack.thread_name.as_str());
        // pprof has the leaf first; inlined functions stand innermost first within a frame.
        let names = stack.frames.iter().rev().flat_map(|frame| frame.iter().rev()).map(|symbol| symbol.name());
        if let Some(folded) = fold(names, on_main) {
            *counts.entry(folded).or_default() += u64::try_from(*count).unwrap_or(0);
        }
    }
    let mut stacks: Vec<_> = counts.into_iter().map(|(frames, samples)| Stack { frames, samples }).collect();
    stacks.sort_by(|a, b| b.samples.cmp(&a.samples).then_with(|| a.frames.cmp(&b.frames)));
    let samples = stacks.iter().map(|stack| stack.samples).sum();
    if samples == 0 {
        return Err("no sample fell into the kernel".into());
    }
    Ok(ProfileSummary { stacks, samples, duration_ns, iters, profiler: "pprof".into() })
}

/// Joins frames from the outermost inwards. On the main thread only what is under the clock
/// counts, without the harness above it; other threads were started by the kernel.
fn fold(names: impl Iterator<Item = String>, on_main: bool) -> Option<String> {
    let names: Vec<String> = names.map(|name| name.replace([';', '\n'], ":")).collect();
    let kernel = match names.iter().rposition(|name| name.starts_with(MEASURED)) {
        Some(measured) => &names[measured + 1..],
        None if on_main => return None,
        None => &names[..],
    };
    // The harness's own closures between the clock and the kernel say nothing.
    let first = kernel.iter().position(|name| !is_harness(name))?;
    Some(kernel[first..].join(";"))
}

fn is_harness(name: &str) -> bool {
    name.contains("duel::kernel::") || name.starts_with("std::hint::black_box") || name.starts_with("core::hint::black_box")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(names: &[&str], on_main: bool) -> Option<String> {
        fold(names.iter().map(|name| (*name).to_owned()), on_main)
    }

    #[test]
    fn only_what_is_under_the_clock_counts() {
        let stack = ["main", "duel::serve::serve", "duel::kernel::clocked", "sum::run", "malloc"];
        assert_eq!(folded(&stack, true).as_deref(), Some("sum::run;malloc"));
        assert_eq!(folded(&["main", "duel::kernel::Changing::load", "memcpy"], true), None);
    }

    #[test]
    fn the_harness_between_clock_and_kernel_is_left_out() {
        let stack = ["duel::kernel::clocked", "<duel::kernel::Returning<K,O> as Prepared>::fire::{{closure}}", "sum::run"];
        assert_eq!(folded(&stack, true).as_deref(), Some("sum::run"));
    }

    #[test]
    fn other_threads_keep_their_whole_stack() {
        assert_eq!(folded(&["start_thread", "rayon::work"], false).as_deref(), Some("start_thread;rayon::work"));
    }
}
