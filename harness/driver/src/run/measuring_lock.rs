//! Two commands that measure at the same time disturb each other. In one output folder the second
//! waits for the first; elsewhere on the machine it is only warned, since the other may be meant to
//! run. The system releases both locks when the process ends, however it does.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Write},
    path::Path,
    process,
    time::Duration,
};

use anyhow::{Context, Result};

use crate::{
    command::settings::Settings,
    machine::limits,
    reporter::{Event, Reporter},
    run::folder::unwritable,
    runner::interrupt,
    safe_file::open_lock,
};

/// The lock file, in the output folder and in the user's cache folder.
const NAME: &str = "measuring.lock";
/// The longest name of a holder that is shown.
const MOST_SIGNED_BYTES: u64 = 1 << 20;
/// How often a waiting command looks again.
const PATIENCE: Duration = Duration::from_millis(100);

/// Held while this command measures into an output folder.
#[derive(Debug)]
pub struct MeasuringLock {
    // Released in this order, so that the one who waits finds the machine free.
    _machine: MachineLock,
    _folder: File,
}

impl MeasuringLock {
    /// Waits until no other command measures into the output folder.
    ///
    /// # Errors
    /// When the folder can't be written, or the user broke the waiting off.
    pub fn take(settings: &Settings) -> Result<Self> {
        let path = settings.out.join(NAME);
        let open = || -> Result<File> {
            fs::create_dir_all(&settings.out)?;
            Ok(open_lock(&path)?)
        };
        let file = open().map_err(|error| unwritable(&settings.out, &error))?;
        wait(&file, &path, &settings.reporter)?;
        // Whoever waits reads who holds it; without that it waits all the same.
        let _ = sign(&file);
        Ok(Self { _machine: MachineLock::take(settings), _folder: file })
    }
}

/// Held while this command measures, if no other one on this machine does.
#[derive(Debug)]
pub struct MachineLock {
    _file: Option<File>,
}

impl MachineLock {
    /// Tries to take the user's lock, and warns if another command holds it. A cache folder that
    /// can't be written is no reason not to measure.
    pub fn take(settings: &Settings) -> Self {
        let folder = limits::cache_folder(&settings.out);
        let path = folder.join(NAME);
        let file = fs::create_dir_all(&folder).and_then(|()| open_lock(&path));
        let Ok(file) = file else { return Self { _file: None } };
        match file.try_lock() {
            Ok(()) => {
                let _ = sign(&file);
                Self { _file: Some(file) }
            }
            Err(TryLockError::WouldBlock) => {
                settings.reporter.report(&Event::MachineShared { holder: &holder(&path) });
                Self { _file: None }
            }
            Err(TryLockError::Error(_)) => Self { _file: None },
        }
    }
}

fn wait(file: &File, path: &Path, reporter: &Reporter) -> Result<()> {
    let mut reported = false;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) if interrupt::requested() => anyhow::bail!("interrupted"),
            Err(TryLockError::WouldBlock) => {
                if !reported {
                    reporter.report(&Event::WaitingForRun { holder: &holder(path), held: path });
                    reported = true;
                }
                std::thread::sleep(PATIENCE);
            }
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("cannot lock {}", path.display()));
            }
        }
    }
}

/// Writes who holds a lock: a number that `kill` and `ps` know, and what it does where.
fn sign(mut file: &File) -> io::Result<()> {
    let words: Vec<String> =
        std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    let here = std::env::current_dir().unwrap_or_default();
    file.set_len(0)?;
    write!(file, "process {} (cargo-duel {}, in {})", process::id(), words.join(" "), here.display())
}

/// Who holds a lock, as it has signed.
fn holder(path: &Path) -> String {
    let text = duel_record::read_regular_text(path, MOST_SIGNED_BYTES).unwrap_or_default();
    let text = text.lines().next().unwrap_or_default();
    if text.is_empty() { "an unknown process".to_owned() } else { text.to_owned() }
}
