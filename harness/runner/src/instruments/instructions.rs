//! callgrind: the exact instructions of an iteration.
//!
//! The clock switches the counter, so what is counted is the machine code that is
//! timed, without the making of inputs, the dropping of outputs, or the clock.

use duel_record::protocol::Elsewhere;

use super::elsewhere::{Others, elsewhere};
use crate::{
    counting::with_callgrind,
    kernel::{Prepared, clocked},
    valgrind,
};

/// Has callgrind dump the counts of an empty kernel, then those of `iters` iterations,
/// `repetitions` times.
///
/// # Errors
/// When this process does not run under valgrind, or the kernel works where callgrind does not count: a
/// count of the rest would pass for the whole.
pub(crate) fn count_instructions(
    kernel: &mut dyn Prepared,
    iters: u64,
    repetitions: u32,
) -> Result<(), String> {
    if !valgrind::is_here() {
        return Err(if cfg!(all(target_os = "linux", target_arch = "x86_64")) {
            "this runner does not run under valgrind".into()
        } else {
            "instructions are counted on x86-64 Linux only".into()
        });
    }
    // A first call binds functions and fills caches, and an allocator settles after a second.
    // Looking for processes allocates, so it is done before these, and never between counted iterations.
    refuse(elsewhere(kernel))?;
    for _ in 0..2 {
        refuse(once(kernel, iters, false))?;
    }
    valgrind::start();
    with_callgrind(true, || clocked(|| ()));
    valgrind::dump(c"empty kernel");
    for _ in 0..repetitions {
        refuse(once(kernel, iters, true))?;
        valgrind::dump(c"repetition");
    }
    Ok(())
}

fn refuse(elsewhere: Option<Elsewhere>) -> Result<(), String> {
    elsewhere.map_or(Ok(()), |elsewhere| {
        Err(format!(
            "it works in {elsewhere}, whose instructions are not counted: a count would be too small"
        ))
    })
}

/// Runs the kernel, and tells where it worked beside this thread.
fn once(kernel: &mut dyn Prepared, iters: u64, counted: bool) -> Option<Elsewhere> {
    kernel.begin();
    kernel.load(iters);
    let others = Others::now();
    with_callgrind(counted, || kernel.fire(iters));
    let elsewhere = others.since();
    kernel.unload();
    elsewhere
}
