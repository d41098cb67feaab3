//! Notices a process that the user's code ends, such as with `std::process::exit(0)` in a kernel: without
//! the driver nobody else would, and a test that never came to its end would pass.

use std::sync::{Mutex, Once, PoisonError, TryLockError};

/// The user's code that runs at the moment, in words.
static RUNNING: Mutex<Option<String>> = Mutex::new(None);

/// Exists while code of the user runs. If the process ends meanwhile it ends with status 101 and says why.
pub(crate) struct UsersCode;

impl UsersCode {
    /// `what` is run from here on until the value is dropped.
    pub(crate) fn begins(what: &str) -> Self {
        static WATCH: Once = Once::new();
        WATCH.call_once(watch);
        *RUNNING.lock().unwrap_or_else(PoisonError::into_inner) = Some(what.to_owned());
        Self
    }
}

impl Drop for UsersCode {
    fn drop(&mut self) {
        *RUNNING.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

#[cfg(unix)]
#[expect(unsafe_code, reason = "a thin call of the C library")]
fn watch() {
    // SAFETY: the handler takes nothing, lives as long as the program and does not unwind. Where it can't
    // be kept, an early exit goes unnoticed as it would without.
    let _ = unsafe { libc::atexit(at_exit) };
}

#[cfg(not(unix))]
fn watch() {}

#[cfg(unix)]
#[expect(unsafe_code, reason = "a thin call of the C library")]
extern "C" fn at_exit() {
    use std::io::Write;
    let running = match RUNNING.try_lock() {
        Ok(running) => running,
        Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
        Err(TryLockError::WouldBlock) => return,
    };
    let Some(what) = &*running else { return };
    // Not `eprintln`, which may panic.
    let _ = writeln!(
        std::io::stderr(),
        "FAILED {what}: it ended the process (std::process::exit, or exit in C) instead of returning, so nothing \
         after it ran; a kernel must return"
    );
    // SAFETY: it ends the process and touches nothing.
    unsafe { libc::_exit(101) }
}
