//! One runner process: lines in, lines out, each with a time limit.
//!
//! Reads with `poll` in the calling thread: a reader thread would add a context switch to
//! every turn.

use std::{
    collections::VecDeque,
    fs::File,
    io::{self, Read, Write},
    os::fd::{AsFd, OwnedFd},
    process::{ChildStdin, Command, Stdio},
    sync::{Arc, Mutex, PoisonError},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::{fault::Fault, interrupt};
use crate::{children::Group, reporter};

/// An answer may be a listing or a profile, but no more than this.
const LONGEST_LINE_BYTES: usize = 64 << 20;
/// Of what it prints on stderr, this much of the end is kept for messages.
const STDERR_TAIL_BYTES: usize = 2_000;
/// A process that has closed its stdout ends, and its last words are read, within this time even on
/// a busy machine.
const LAST_MOMENTS: Duration = Duration::from_secs(1);

pub struct Process {
    group: Group,
    stdin: Option<ChildStdin>,
    stdout: File,
    buffer: Vec<u8>,
    stderr: Arc<Mutex<VecDeque<u8>>>,
    stderr_pipe: OwnedFd,
    stderr_reader: Option<JoinHandle<()>>,
}

/// A runner's stderr on its way to this command's, line by line.
#[derive(Default)]
struct Echo {
    line: Vec<u8>,
}

impl Echo {
    fn take(&mut self, bytes: &[u8]) {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.line.extend_from_slice(part);
            if part.ends_with(b"\n") || self.line.len() > STDERR_TAIL_BYTES {
                self.flush();
            }
        }
    }

    fn flush(&mut self) {
        if !self.line.is_empty() {
            reporter::echo(String::from_utf8_lossy(&self.line).trim_end_matches('\n'));
            self.line.clear();
        }
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        self.flush();
    }
}

impl Process {
    /// Starts it in a process group of its own, so that Ctrl-C reaches the driver alone.
    pub fn start(mut command: Command, echo_stderr: bool) -> Result<Self, Fault> {
        let program = command.get_program().display().to_string();
        let fail = |source| Fault::Start { program: program.clone(), source };
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut group = Group::start(&mut command).map_err(fail)?;
        let missing = || fail(io::Error::other("a pipe is missing"));
        let stdin = group.take_stdin().ok_or_else(missing)?;
        let stdout = group.take_stdout().ok_or_else(missing)?;
        let mut errors = group.take_stderr().ok_or_else(missing)?;
        let pipe = errors.as_fd().try_clone_to_owned().map_err(fail)?;
        let stderr = Arc::new(Mutex::new(VecDeque::new()));
        let tail = Arc::clone(&stderr);
        let stderr_reader = std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            let mut echo = Echo::default();
            loop {
                // Read under the lock, so that what has left the pipe is in the tail; waited for without it.
                if poll(&mut [PollFd::new(&errors, PollFlags::IN)], None) == Err(rustix::io::Errno::INTR) {
                    continue;
                }
                let mut tail = tail.lock().unwrap_or_else(PoisonError::into_inner);
                let Ok(length @ 1..) = errors.read(&mut buffer) else { break };
                if echo_stderr {
                    echo.take(&buffer[..length]);
                }
                tail.extend(&buffer[..length]);
                let excess = tail.len().saturating_sub(STDERR_TAIL_BYTES);
                tail.drain(..excess);
            }
        });
        Ok(Self {
            group,
            stdin: Some(stdin),
            stdout: File::from(OwnedFd::from(stdout)),
            buffer: Vec::with_capacity(4096),
            stderr,
            stderr_pipe: pipe,
            stderr_reader: Some(stderr_reader),
        })
    }

    pub fn id(&self) -> rustix::process::Pid {
        self.group.id()
    }

    /// The threads that it has; itself where the system does not say.
    pub fn threads(&self) -> Vec<rustix::process::Pid> {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.id().as_raw_nonzero()));
        let tasks = tasks.into_iter().flatten().flatten();
        let threads: Vec<_> = tasks
            .filter_map(|task| rustix::process::Pid::from_raw(task.file_name().to_str()?.parse().ok()?))
            .collect();
        if threads.is_empty() { vec![self.id()] } else { threads }
    }

    /// Forgets what it wrote on stderr so far: what comes next is about another case. To be called when
    /// nothing is asked.
    pub fn forget_stderr(&mut self) {
        let deadline = Instant::now() + LAST_MOMENTS;
        loop {
            let mut tail = self.stderr.lock().unwrap_or_else(PoisonError::into_inner);
            let unread = rustix::io::ioctl_fionread(&self.stderr_pipe).unwrap_or(0);
            if unread == 0 || Instant::now() >= deadline {
                return tail.clear();
            }
            drop(tail);
            std::thread::sleep(Duration::from_micros(50));
        }
    }

    /// Sends one line.
    pub fn send(&mut self, line: &[u8]) -> Result<(), Fault> {
        // A line more than was asked for would pass for the answer to the next question.
        if self.buffer.is_empty() && self.has_more() {
            let mut chunk = [0; 4096];
            let length = self.stdout.read(&mut chunk)?;
            self.buffer.extend_from_slice(&chunk[..length]);
        }
        if !self.buffer.is_empty() {
            return Err(Fault::Flood { bytes: self.buffer.len() });
        }
        let stdin = self.stdin.as_mut().ok_or_else(|| io::Error::from(io::ErrorKind::BrokenPipe))?;
        match stdin.write_all(line) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(self.ended()),
            Err(error) => Err(error.into()),
        }
    }

    /// Receives one line, without its end.
    pub fn receive(&mut self, limit: Duration) -> Result<Vec<u8>, Fault> {
        let start = Instant::now();
        let mut searched = 0;
        loop {
            if let Some(end) = self.buffer[searched..].iter().position(|byte| *byte == b'\n') {
                let rest = self.buffer.split_off(searched + end + 1);
                let mut line = std::mem::replace(&mut self.buffer, rest);
                line.pop();
                return Ok(line);
            }
            searched = self.buffer.len();
            if searched > LONGEST_LINE_BYTES {
                return Err(Fault::Flood { bytes: searched });
            }
            self.wait_readable(start, limit)?;
            let mut chunk = [0; 65_536];
            match self.stdout.read(&mut chunk) {
                Ok(0) => return Err(self.ended()),
                Ok(length) => self.buffer.extend_from_slice(&chunk[..length]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Whether something is in the pipe already.
    fn has_more(&self) -> bool {
        let mut fds = [PollFd::new(&self.stdout, PollFlags::IN)];
        poll(&mut fds, Some(&Timespec::default())).is_ok() && fds[0].revents().contains(PollFlags::IN)
    }

    /// Waits in short slices, so that Ctrl-C is met within a moment even while a runner is long.
    fn wait_readable(&self, start: Instant, limit: Duration) -> Result<(), Fault> {
        loop {
            if interrupt::requested() {
                return Err(Fault::Interrupted);
            }
            let left = limit.checked_sub(start.elapsed()).ok_or(Fault::Hung { limit })?;
            let slice = Timespec { tv_sec: 0, tv_nsec: left.as_nanos().min(100_000_000) as i64 };
            let mut fds = [PollFd::new(&self.stdout, PollFlags::IN)];
            match poll(&mut fds, Some(&slice)) {
                Ok(0) | Err(rustix::io::Errno::INTR) => {}
                Ok(_) => return Ok(()),
                Err(error) => return Err(io::Error::from(error).into()),
            }
            // What it started may hold its stdout open. Killed, they let its end be seen here.
            if self.group.has_ended()? {
                self.group.kill();
            }
        }
    }

    /// The process closed its stdout: how did it end, and what did it say?
    fn ended(&mut self) -> Fault {
        self.stdin = None;
        // It may have closed stdout and go on; its time is over all the same.
        let deadline = Instant::now() + LAST_MOMENTS;
        let by_itself = loop {
            match self.group.has_ended() {
                Ok(false) if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(2)),
                Ok(ended) => break ended,
                Err(error) => return error.into(),
            }
        };
        let status = match self.group.end() {
            Ok(status) => by_itself.then_some(status),
            Err(error) => return error.into(),
        };
        if let Some(reader) = self.stderr_reader.take() {
            // A process that left the group may hold stderr open: then what came so far has to do.
            let deadline = Instant::now() + LAST_MOMENTS;
            while !reader.is_finished() && Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(1));
            }
            if reader.is_finished() {
                let _ = reader.join();
            }
        }
        let tail = self.stderr.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes: Vec<u8> = tail.iter().copied().collect();
        let stderr = String::from_utf8_lossy(&bytes).replace('\n', " ");
        match status {
            Some(status) => Fault::Ended { status, stderr },
            None => Fault::Closed { stderr },
        }
    }

    /// Sends a signal to the process alone.
    pub fn signal(&self, signal: rustix::process::Signal) {
        self.group.signal(signal);
    }

    /// Waits for its end, whatever it still prints; how it ended, and the last that it said.
    pub fn end(&mut self, limit: Duration) -> Result<(std::process::ExitStatus, String), Fault> {
        let start = Instant::now();
        loop {
            let left = limit.checked_sub(start.elapsed()).ok_or(Fault::Hung { limit })?;
            match self.receive(left) {
                Ok(_) => {}
                Err(Fault::Ended { status, stderr }) => return Ok((status, stderr)),
                Err(fault) => return Err(fault),
            }
        }
    }
}
