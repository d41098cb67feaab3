//! How far a long job is: a bar on a terminal, a line every half minute in a log.

use std::{
    io::{self, IsTerminal, Write},
    sync::{
        Mutex, PoisonError,
        mpsc::{RecvTimeoutError, Sender},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use duel_record::plain;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::duration::human;

/// The bar that is on the terminal.
static SHOWN: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// Prints something, without the bar in its way.
pub(super) fn suspended(print: impl FnOnce()) {
    // Cloned, since what prints may take long, and the bar may go meanwhile.
    let bar = SHOWN.lock().unwrap_or_else(PoisonError::into_inner).clone();
    match bar {
        Some(bar) => bar.suspend(print),
        None => print(),
    }
}

/// A progress bar that counts expected time, so that long pieces count more.
pub struct Progress {
    bar: ProgressBar,
    /// What is printed in place of the bar where there is no terminal.
    log: Option<LogLines>,
}

/// Without a terminal progress is a line every half minute, so that a log shows that a long run lives.
struct LogLines {
    /// Dropped when no more lines are wanted.
    end: Option<Sender<()>>,
    printer: Option<JoinHandle<()>>,
}

const BETWEEN_LOG_LINES: Duration = Duration::from_secs(30);

impl LogLines {
    fn start(bar: ProgressBar) -> Self {
        let (end, ended) = std::sync::mpsc::channel();
        let start = Instant::now();
        let printer = std::thread::spawn(move || {
            while ended.recv_timeout(BETWEEN_LOG_LINES) == Err(RecvTimeoutError::Timeout) {
                let total = Duration::from_millis(bar.length().unwrap_or(0));
                let _ = writeln!(io::stderr(), "{}", log_line(start.elapsed(), total, &bar.message()));
            }
        });
        Self { end: Some(end), printer: Some(printer) }
    }
}

impl Drop for LogLines {
    fn drop(&mut self) {
        self.end = None;
        if let Some(printer) = self.printer.take() {
            let _ = printer.join();
        }
    }
}

/// `after 1m 30s of about 3m: trial 3 of 12: sum/counting/l1/fold`.
fn log_line(elapsed: Duration, total: Duration, at: &str) -> String {
    let of = if elapsed > total {
        ", longer than expected".to_owned()
    } else {
        format!(" of about {}", human(total))
    };
    let at = if at.is_empty() { String::new() } else { format!(": {at}") };
    format!("after {}{of}{at}", human(elapsed))
}

impl Progress {
    /// A bar over `total` of work, on a terminal only; no sign of progress at all if `quiet`.
    pub(super) fn new(total: Duration, quiet: bool) -> Self {
        let target = if quiet || !io::stderr().is_terminal() {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr_with_hz(5)
        };
        let hidden = target.is_hidden();
        let bar = ProgressBar::with_draw_target(Some(millis(total)), target);
        if let Ok(style) = ProgressStyle::with_template("{bar:24} {percent:>3}% {eta:>4} left  {wide_msg}") {
            bar.set_style(style);
        }
        *SHOWN.lock().unwrap_or_else(PoisonError::into_inner) = Some(bar.clone());
        let log = (hidden && !quiet).then(|| LogLines::start(bar.clone()));
        Self { bar, log }
    }

    /// Corrects how much there is to do in all.
    pub fn expect(&self, total: Duration) {
        self.bar.set_length(millis(total).max(self.bar.position()));
    }

    /// Names the case at hand.
    pub fn at(&self, what: &str) {
        self.bar.set_message(plain::on_one_line(what).into_owned());
    }

    /// A piece that was expected to take this long is done.
    pub fn done(&self, expected: Duration) {
        self.bar.inc(millis(expected));
    }
}

impl Drop for Progress {
    /// Takes the bar away.
    fn drop(&mut self) {
        self.log = None;
        *SHOWN.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.bar.finish_and_clear();
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_line_says_how_far_the_run_is_and_at_what() {
        let seconds = Duration::from_secs;
        let line = log_line(seconds(90), seconds(150), "verify f/w/s/ref");
        assert_eq!(
            line,
            format!("after {} of about {}: verify f/w/s/ref", human(seconds(90)), human(seconds(150)))
        );
        assert!(log_line(seconds(30), seconds(3), "").ends_with(", longer than expected"));
    }
}
