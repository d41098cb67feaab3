//! What processor and system count while the kernel runs.

use std::time::Duration;

use duel_record::CounterSummary;

use super::run_for;
use crate::kernel::Prepared;

/// Counts over iterations alone.
pub(crate) fn counters(kernel: &mut dyn Prepared, duration: Duration) -> CounterSummary {
    let iters = run_for(kernel, duration);
    CounterSummary { iters, ..CounterSummary::default() }
}
