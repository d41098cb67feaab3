//! Ctrl-C: the first asks the work to end in order, the second ends the command at once.

use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result};

static REQUESTED: AtomicBool = AtomicBool::new(false);

/// From here on Ctrl-C (and a termination) is asked for, not suffered. The second one does `at_once` and ends the
/// command: nothing is unwound.
///
/// # Errors
/// When the handler can't be set.
pub fn listen(at_once: fn()) -> Result<()> {
    ctrlc::set_handler(move || {
        if REQUESTED.swap(true, Ordering::SeqCst) {
            at_once();
            std::process::exit(130);
        }
    })
    .context("cannot listen for Ctrl-C")
}

/// Whether Ctrl-C was pressed.
pub fn requested() -> bool {
    REQUESTED.load(Ordering::Relaxed)
}
