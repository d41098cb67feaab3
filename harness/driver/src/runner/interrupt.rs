//! Ctrl-C: the first asks the work to end in order, the second ends the command at once.

use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result};

static REQUESTED: AtomicBool = AtomicBool::new(false);
/// Whether a signal came, which is not the same: [`request`] may be first to know of it, and then
/// the signal itself must not pass for a second one.
static SIGNALLED: AtomicBool = AtomicBool::new(false);

/// From here on Ctrl-C (and a termination) is asked for, not suffered.
///
/// # Errors
/// When the handler can't be set.
pub fn listen() -> Result<()> {
    ctrlc::set_handler(|| {
        REQUESTED.store(true, Ordering::SeqCst);
        if SIGNALLED.swap(true, Ordering::SeqCst) {
            std::process::exit(130);
        }
    })
    .context("cannot listen for Ctrl-C")
}

/// A program that this one waits for has met Ctrl-C, so this one has, too, or will in a moment.
pub fn request() {
    REQUESTED.store(true, Ordering::SeqCst);
}

/// Whether Ctrl-C was pressed.
pub fn requested() -> bool {
    REQUESTED.load(Ordering::Relaxed)
}
