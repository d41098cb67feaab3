//! Ctrl-C: the first asks the work to end in order, the second ends the command at once.

use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result};

use crate::children;

static REQUESTED: AtomicBool = AtomicBool::new(false);

/// From here on Ctrl-C (and a termination) is asked for, not suffered.
///
/// # Errors
/// When the handler can't be set.
pub fn listen() -> Result<()> {
    ctrlc::set_handler(|| {
        if REQUESTED.swap(true, Ordering::SeqCst) {
            // Nothing is unwound, so nothing else would end them.
            children::kill_all();
            std::process::exit(130);
        }
    })
    .context("cannot listen for Ctrl-C")
}

/// Whether Ctrl-C was pressed.
pub fn requested() -> bool {
    REQUESTED.load(Ordering::Relaxed)
}
