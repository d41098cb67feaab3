//! The runner's side of the protocol: takes one request after the other and writes one line for each.
//!
//! Profiles know frames outside of the clock by this module's name: `duel::serve`.

mod session;

use std::{
    fs::File,
    io::{self, BufRead, BufReader, BufWriter, Write},
    panic::{AssertUnwindSafe, catch_unwind},
    process::ExitCode,
    sync::{Mutex, PoisonError},
};

use duel_record::protocol::{Request, Response};

use crate::AnyFamily;
use session::Session;

/// Speaks the protocol over stdin and stdout until the driver is done.
pub(crate) fn serve(
    tree: Option<&'static str>,
    families: impl FnOnce() -> Vec<Box<dyn AnyFamily>>,
) -> ExitCode {
    // A runner must not outlive its driver, however that ends.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL));
    keep_panic_messages();
    // The pipes are taken first: making the families may print, too.
    match own_pipes().and_then(|pipes| converse(pipes, tree, &families())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("duel runner: lost the driver: {error}");
            ExitCode::FAILURE
        }
    }
}

fn converse(
    (requests, answers): (File, File),
    tree: Option<&'static str>,
    families: &[Box<dyn AnyFamily>],
) -> io::Result<()> {
    let (mut requests, mut answers) = (BufReader::new(requests), BufWriter::new(answers));
    let mut session = Session::new(families, tree);
    let mut line = String::with_capacity(4096);
    loop {
        line.clear();
        if requests.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let response = match serde_json::from_str(&line) {
            Ok(request) => answer_safely(&mut session, request),
            Err(error) => Response::Failed { reason: format!("not a request: {error}") },
        };
        serde_json::to_writer(&mut answers, &response)?;
        answers.write_all(b"\n")?;
        answers.flush()?;
        if response == Response::Bye {
            return Ok(());
        }
    }
}

/// Takes stdin and stdout for the protocol alone: whatever a kernel prints goes to stderr, what
/// it reads is empty, and processes that it starts get neither.
fn own_pipes() -> io::Result<(File, File)> {
    // Above the three that every process expects.
    let own = |standard| rustix::io::fcntl_dupfd_cloexec(standard, 3).map(File::from);
    let pipes = (own(rustix::stdio::stdin())?, own(rustix::stdio::stdout())?);
    rustix::stdio::dup2_stdin(File::open("/dev/null")?)?;
    rustix::stdio::dup2_stdout(rustix::stdio::stderr())?;
    Ok(pipes)
}

static LAST_PANIC: Mutex<Option<String>> = Mutex::new(None);

fn keep_panic_messages() {
    let default = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        *LAST_PANIC.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(info.to_string().replace('\n', " "));
        default(info);
    }));
}

/// A panic in a kernel is that request's answer, not the runner's end.
fn answer_safely(session: &mut Session<'_>, request: Request) -> Response {
    match catch_unwind(AssertUnwindSafe(|| session.answer(request))) {
        Ok(Ok(response)) => response,
        Ok(Err(reason)) => Response::Failed { reason },
        Err(_) => {
            session.drop_prepared();
            let message = LAST_PANIC.lock().unwrap_or_else(PoisonError::into_inner).take();
            Response::Failed { reason: message.unwrap_or_else(|| "panicked".into()) }
        }
    }
}
