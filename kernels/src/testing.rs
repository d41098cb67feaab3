//! What the tests of several families share.

use std::{
    collections::BTreeSet,
    io::Write,
    sync::{Mutex, PoisonError},
};

/// Whether a kernel is to be tested; where it can't, says so once, past the test harness, which
/// would swallow it: a test that ran without it must not look as if it had run with it.
pub(crate) fn runs_here(kernel: &str, runs_here: bool) -> bool {
    static SAID: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    if !runs_here && SAID.lock().unwrap_or_else(PoisonError::into_inner).insert(kernel.to_owned()) {
        let _ = writeln!(std::io::stderr(), "not run: {kernel}, whose CPU features are missing here");
    }
    runs_here
}
