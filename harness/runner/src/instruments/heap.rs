//! dhat: what one iteration allocates, and where.

use std::path::PathBuf;

use duel_record::{Allocator, HeapSummary};

use crate::{allocator::in_force, kernel::Prepared, recorder::Recording};

/// Counts `iters` iterations after one that is not counted, since a first call often allocates
/// what later ones reuse. Resetting inputs and dropping outputs is not counted.
pub(crate) fn heap(kernel: &mut dyn Prepared, file: &str, iters: u64) -> Result<HeapSummary, String> {
    if in_force() != Allocator::Dhat {
        return Err(format!(
            "dhat counts only in a process started with {}=dhat; this one has {}",
            Allocator::VARIABLE,
            in_force()
        ));
    }
    let iters = iters.max(1);
    kernel.begin();
    kernel.load(1);
    kernel.fire(1);
    kernel.unload();
    kernel.begin();
    kernel.load(iters);
    let profiler = dhat::Profiler::builder().file_name(PathBuf::from(file)).trim_backtraces(Some(32)).build();
    // Made after the profiler, so that a panic ends it before.
    let recording = Recording::start();
    kernel.fire(iters);
    let stats = dhat::HeapStats::get();
    let account = recording.stop();
    drop(profiler);
    kernel.unload();
    Ok(HeapSummary {
        iters,
        total_bytes: stats.total_bytes,
        total_blocks: stats.total_blocks,
        peak_bytes: stats.max_bytes as u64,
        peak_blocks: stats.max_blocks as u64,
        end_bytes: stats.curr_bytes as u64,
        end_blocks: stats.curr_blocks as u64,
        sizes: account.sizes(),
        live: account.live(),
        ..HeapSummary::default()
    })
}
