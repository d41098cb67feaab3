//! Child processes, each in a process group of its own, which ends with it.
//!
//! A kernel, a build script or a benchmark may start processes and leave them behind, where they
//! would disturb every later measurement. So a whole group is killed as soon as its leader has
//! ended, in whatever way, and also when nobody waits for it any more.
//!
//! The order matters: notice the end, kill the group, and only then reap the leader. Until it is
//! reaped, the leader's number belongs to it. Afterwards the system may give the number to a
//! stranger, whom a later signal to the group would hit.
//!
//! A process that leaves the group with `setsid` (a daemon, such as a compiler cache's server) is
//! not ours to end.

use std::{
    io::{self, Read, Write},
    os::{fd::AsFd, unix::process::CommandExt},
    process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Output, Stdio},
    sync::{Mutex, MutexGuard, PoisonError, mpsc},
    thread,
    time::Duration,
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
    process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, kill_process_group, waitid},
};

use crate::runner::interrupt;

/// How often a wait looks for Ctrl-C, and for a leader that ended while others hold its pipes open.
const SLICE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_millis(20);

/// The groups whose leaders have not been reaped. Locked while a group starts or is reaped, so that
/// [`kill_all`] misses none and never kills by a number that is free again.
static LIVE: Mutex<Vec<Pid>> = Mutex::new(Vec::new());

fn live() -> MutexGuard<'static, Vec<Pid>> {
    LIVE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Kills every group, for a process that exits without unwinding. No group starts afterwards.
pub fn kill_all() {
    let groups = live();
    groups.iter().copied().for_each(kill);
    // Threads that are about to start a child wait until this process is gone.
    std::mem::forget(groups);
}

fn kill(group: Pid) {
    // It fails if all of the group are gone already, or (on macOS) have ended and wait to be reaped.
    let _ = kill_process_group(group, Signal::KILL);
}

/// A child that leads a process group. Dropping it kills the group.
pub struct Group {
    child: Child,
    id: Pid,
    /// How the leader ended, once it has been reaped.
    status: Option<ExitStatus>,
}

impl Group {
    /// Starts a command in a group of its own, so that a terminal's Ctrl-C reaches the driver alone.
    ///
    /// # Errors
    /// If the command can't be started.
    pub fn start(command: &mut Command) -> io::Result<Self> {
        let mut groups = live();
        let child = command.process_group(0).spawn()?;
        let id = Pid::from_child(&child);
        groups.push(id);
        Ok(Self { child, id, status: None })
    }

    /// The leader's process id, which is the group's, too.
    pub fn id(&self) -> Pid {
        self.id
    }

    pub fn take_stdin(&mut self) -> Option<ChildStdin> {
        self.child.stdin.take()
    }

    pub fn take_stdout(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    pub fn take_stderr(&mut self) -> Option<ChildStderr> {
        self.child.stderr.take()
    }

    /// Whether the leader has ended. It stays unreaped.
    ///
    /// # Errors
    /// If the system does not tell.
    pub fn has_ended(&self) -> io::Result<bool> {
        if self.status.is_some() {
            return Ok(true);
        }
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
        loop {
            match waitid(WaitId::Pid(self.id), options) {
                Ok(ended) => return Ok(ended.is_some()),
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Sends a signal to the leader alone, unless it has been reaped.
    pub fn signal(&self, signal: Signal) {
        if self.status.is_none() {
            // If it has ended already, whoever waits for it finds out how.
            let _ = kill_process(self.id, signal);
        }
    }

    /// Kills the leader and everything in its group.
    pub fn kill(&self) {
        if self.status.is_none() {
            kill(self.id);
        }
    }

    /// Kills what is left of the group and says how the leader ended: by this, unless it had ended
    /// before.
    ///
    /// # Errors
    /// If the system does not tell.
    pub fn end(&mut self) -> io::Result<ExitStatus> {
        if let Some(status) = self.status {
            return Ok(status);
        }
        // Outside of the lock: a process that is busy in the kernel may take a while to die.
        kill(self.id);
        while matches!(
            waitid(WaitId::Pid(self.id), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT),
            Err(Errno::INTR)
        ) {}
        let mut groups = live();
        // Again: a member may have started a process in the moment of the first signal.
        kill(self.id);
        let status = self.child.wait();
        groups.retain(|group| *group != self.id);
        let status = status?;
        self.status = Some(status);
        Ok(status)
    }

    /// Waits for the leader's end, then ends the group. Ctrl-C ends it sooner if it takes longer than a
    /// moment: what is asked of git while a run is wound up is still answered.
    ///
    /// # Errors
    /// If Ctrl-C was pressed, or the system does not tell how the leader ended.
    pub fn wait(&mut self) -> io::Result<ExitStatus> {
        let mut pause = Duration::from_micros(100);
        while !self.has_ended()? {
            if pause >= LONGEST_PAUSE && interrupt::requested() {
                self.end()?;
                return Err(interrupted());
            }
            thread::sleep(pause);
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        self.end()
    }

    /// Reads a pipe of the leader's until the leader ends, even if others hold the pipe open. Ctrl-C
    /// ends the group, and is an error.
    pub fn read_until_end<P: Read + AsFd>(&self, pipe: P) -> impl Read {
        UntilEnd { group: self, pipe }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // Nobody is left to tell that it failed.
        let _ = self.end();
    }
}

struct UntilEnd<'a, P> {
    group: &'a Group,
    pipe: P,
}

impl<P: Read + AsFd> Read for UntilEnd<'_, P> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let slice = Timespec { tv_sec: 0, tv_nsec: SLICE.as_nanos() as i64 };
        loop {
            match poll(&mut [PollFd::new(&self.pipe, PollFlags::IN)], Some(&slice)) {
                Ok(0) | Err(Errno::INTR) => {}
                Ok(_) => return self.pipe.read(buffer),
                Err(error) => return Err(error.into()),
            }
            if interrupt::requested() {
                self.group.kill();
                return Err(interrupted());
            }
            if self.group.has_ended()? {
                // What they wrote can still be read, and then comes the end of the pipe.
                self.group.kill();
            }
        }
    }
}

/// Not of the kind `Interrupted`, after which readers try again.
fn interrupted() -> io::Error {
    io::Error::other("interrupted")
}

/// Runs a command to its end with `input` on its stdin, and returns what it prints. Processes that
/// it leaves behind are killed. Ctrl-C ends it if it takes longer than a moment.
///
/// # Errors
/// If it can't be started, or Ctrl-C was pressed.
pub fn output(command: &mut Command, input: &[u8]) -> io::Result<Output> {
    let stdin = if input.is_empty() { Stdio::null() } else { Stdio::piped() };
    let mut group = Group::start(command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped()))?;
    if let Some(mut stdin) = group.take_stdin() {
        let input = input.to_vec();
        // What the command does not read it does not need; it says itself what is wrong.
        thread::spawn(move || stdin.write_all(&input));
    }
    let (stdout, stderr) = (drained(group.take_stdout()), drained(group.take_stderr()));
    let read = |pipe: &mpsc::Receiver<io::Result<Vec<u8>>>| loop {
        match pipe.recv_timeout(SLICE) {
            Ok(bytes) => return bytes,
            Err(mpsc::RecvTimeoutError::Disconnected) => return Err(io::Error::other("a reader is gone")),
            Err(mpsc::RecvTimeoutError::Timeout) if interrupt::requested() => return Err(interrupted()),
            Err(mpsc::RecvTimeoutError::Timeout) if group.has_ended()? => group.kill(),
            Err(mpsc::RecvTimeoutError::Timeout) => {}
        }
    };
    let (stdout, stderr) = (read(&stdout)?, read(&stderr)?);
    Ok(Output { status: group.wait()?, stdout, stderr })
}

/// Everything that comes through a pipe, read by a thread.
fn drained<P: Read + Send + 'static>(pipe: Option<P>) -> mpsc::Receiver<io::Result<Vec<u8>>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = pipe.map_or(Ok(0), |mut pipe| pipe.read_to_end(&mut bytes));
        // Nobody listens any more after Ctrl-C.
        let _ = sender.send(read.map(|_| bytes));
    });
    receiver
}
