//! pprof: where the CPU is while the kernel runs, as folded stacks.

#![allow(unsafe_code)]

use std::time::{Duration, Instant};

use duel_record::{Folding, ProfileSummary, Sampled};

use super::{
    leaf::{Leaves, Watched},
    stretch::run_for,
    usage::Usage,
};
use crate::{clock::nanoseconds, kernel::Prepared};

/// glibc's frame between a signal's handler and what was interrupted.
const TRAMPOLINE: &str = "__restore_rt";

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
    let leaves = Leaves::wrap();
    let cpu_before = Usage::now().cpu_ns;
    let start = Instant::now();
    let iters = run_for(&mut Watched(kernel), duration);
    let duration_ns = nanoseconds(start.elapsed());
    let cpu_ns = Usage::now().cpu_ns.saturating_sub(cpu_before);
    let report = guard.report().build().map_err(|error| format!("the profile can't be read: {error}"))?;
    drop(guard);
    let addresses = leaves.as_ref().map_or_else(Vec::new, Leaves::addresses);

    let mut folding = Folding::new(root);
    // SAFETY: it only reads which thread this is.
    let own_thread = unsafe { libc::pthread_self() } as u64;
    for (stack, count) in &report.data {
        // pprof has the leaf first; within a frame the function itself stands behind what was
        // inlined into it.
        let names = stack.frames.iter().rev().filter_map(|frame| frame.last()).map(|symbol| symbol.name());
        let names = names.filter(|name| name != TRAMPOLINE);
        let sampled = Sampled {
            names: names.collect(),
            on_kernels_thread: stack.thread_id == own_thread,
            // The wrapped handler takes no other samples.
            clock_ran: leaves.is_some().then_some(true),
        };
        folding.add(sampled, u64::try_from(*count).unwrap_or(0));
    }
    let (cut_stacks, unattributed) = (folding.cut, folding.unattributed);
    let stacks = folding.stacks();
    let samples = stacks.iter().map(|stack| stack.samples).sum();
    if samples == 0 {
        return Err("no sample fell into the kernel".into());
    }
    let profiler = "pprof".into();
    Ok(ProfileSummary {
        stacks,
        samples,
        duration_ns,
        iters,
        profiler,
        cpu_ns,
        addresses,
        cut_stacks,
        unattributed,
        note: None,
    })
}
