//! At which instruction the CPU was, for every sample of pprof's, and whether the clock ran.
//!
//! pprof joins all samples that are in the same functions and keeps the place of the first, so its
//! signal's handler is wrapped by one that notes where the signal met the kernel, and leaves out what
//! the signal met outside of the clock.

#![allow(unsafe_code)]

use std::{
    ffi::{c_int, c_void},
    mem::MaybeUninit,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
};

use duel_record::AddressSamples;

use crate::kernel::Prepared;

/// More samples than these are not noted; a few seconds of many cores.
const MOST: usize = 1 << 16;
static MET: [AtomicU64; MOST] = [const { AtomicU64::new(0) }; MOST];
static COUNT: AtomicUsize = AtomicUsize::new(0);
static UNDER_CLOCK: AtomicBool = AtomicBool::new(false);
/// The handler that was there before: `extern "C" fn(signal, info, context)`.
static WRAPPED: AtomicUsize = AtomicUsize::new(0);
/// There is one signal for the whole process.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

type Handler = extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void);

/// A kernel whose work under the clock is known to the handler.
pub(super) struct Watched<'a>(pub &'a mut dyn Prepared);

impl Prepared for Watched<'_> {
    fn begin(&mut self) {
        self.0.begin();
    }

    fn chunk(&self, iters: u64) -> u64 {
        self.0.chunk(iters)
    }

    fn load(&mut self, count: u64) {
        self.0.load(count);
    }

    fn fire(&mut self, count: u64) -> u64 {
        UNDER_CLOCK.store(true, Ordering::Relaxed);
        let time_ns = self.0.fire(count);
        UNDER_CLOCK.store(false, Ordering::Relaxed);
        time_ns
    }

    fn unload(&mut self) {
        self.0.unload();
    }
}

/// Notes instructions while pprof samples.
pub(super) struct Leaves {
    /// The signal goes back to pprof when this is dropped, before anybody else may have it.
    _one: MutexGuard<'static, ()>,
}

impl Leaves {
    /// Wraps the handler of a profiler that has been started. `None` where that can't be done: then
    /// there is a profile without addresses.
    pub(super) fn wrap() -> Option<Self> {
        let one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        COUNT.store(0, Ordering::Relaxed);
        UNDER_CLOCK.store(false, Ordering::Relaxed);
        let mut action = MaybeUninit::<libc::sigaction>::zeroed();
        // SAFETY: the pointer is to a whole `sigaction`, which the call fills; zeroes are a valid one.
        let mut action = unsafe {
            if libc::sigaction(libc::SIGPROF, std::ptr::null(), action.as_mut_ptr()) != 0 {
                return None;
            }
            action.assume_init()
        };
        let takes_context = action.sa_flags & libc::SA_SIGINFO != 0;
        if !takes_context || [libc::SIG_DFL, libc::SIG_IGN].contains(&action.sa_sigaction) {
            return None;
        }
        WRAPPED.store(action.sa_sigaction, Ordering::Release);
        action.sa_sigaction = note as Handler as usize;
        // SAFETY: `note` has the signature that SA_SIGINFO asks for and does only what a handler may.
        let wrapped = unsafe { libc::sigaction(libc::SIGPROF, &raw const action, std::ptr::null_mut()) == 0 };
        wrapped.then_some(Self { _one: one })
    }

    /// Where the executable itself was met, as `nm` numbers it.
    pub(super) fn addresses(&self) -> Vec<AddressSamples> {
        let Some((base, code)) = own_code() else { return Vec::new() };
        let met = MET[..COUNT.load(Ordering::Acquire).min(MOST)].iter();
        let met = met.map(|address| address.load(Ordering::Relaxed));
        let own = met.filter(|address| code.iter().any(|(start, end)| (start..end).contains(&address)));
        AddressSamples::count(own.map(|address| (address - base, 1)))
    }
}

/// Async-signal-safe: it touches atomics only, and calls what pprof installed.
extern "C" fn note(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    if UNDER_CLOCK.load(Ordering::Relaxed) && !context.is_null() {
        // SAFETY: the kernel hands a handler with SA_SIGINFO a valid `ucontext_t`.
        let met = unsafe { instruction(&*context.cast::<libc::ucontext_t>()) };
        if let (Some(met), Some(slot)) = (met, MET.get(COUNT.fetch_add(1, Ordering::AcqRel))) {
            slot.store(met, Ordering::Relaxed);
        }
    }
    let wrapped = WRAPPED.load(Ordering::Acquire);
    // A stack that is cut short does not tell what lies outside of the clock, so that is not sampled at all.
    if wrapped != 0 && UNDER_CLOCK.load(Ordering::Relaxed) {
        // SAFETY: it was the signal's handler with SA_SIGINFO, so it has this signature.
        let wrapped = unsafe { std::mem::transmute::<usize, Handler>(wrapped) };
        wrapped(signal, info, context);
    }
}

fn instruction(context: &libc::ucontext_t) -> Option<u64> {
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    return u64::try_from(context.uc_mcontext.gregs[libc::REG_RIP as usize]).ok();
    #[cfg(all(target_os = "linux", target_arch = "aarch64"))]
    return Some(context.uc_mcontext.pc);
    #[allow(unreachable_code)]
    {
        let _ = context;
        None
    }
}

/// Where the executable was loaded, and its segments with code.
#[cfg(target_os = "linux")]
fn own_code() -> Option<(u64, Vec<(u64, u64)>)> {
    extern "C" fn first(object: *mut libc::dl_phdr_info, _: usize, found: *mut c_void) -> c_int {
        // SAFETY: the loader hands valid headers, and `found` is the pointer given below.
        let (object, found) = unsafe { (&*object, &mut *found.cast::<(u64, Vec<(u64, u64)>)>()) };
        // SAFETY: the loader says where its headers are and how many.
        let headers = unsafe { std::slice::from_raw_parts(object.dlpi_phdr, usize::from(object.dlpi_phnum)) };
        let base = object.dlpi_addr;
        let code = headers.iter().filter(|header| header.p_type == libc::PT_LOAD && header.p_flags & 1 != 0);
        let span =
            |header: &libc::Elf64_Phdr| (base + header.p_vaddr, base + header.p_vaddr + header.p_memsz);
        *found = (base, code.map(span).collect());
        // The first object is the executable; no more are wanted.
        1
    }
    let mut found = (0, Vec::new());
    // SAFETY: `first` gets a pointer to `found`, which outlives the call.
    unsafe { libc::dl_iterate_phdr(Some(first), (&raw mut found).cast()) };
    (!found.1.is_empty()).then_some(found)
}

#[cfg(not(target_os = "linux"))]
fn own_code() -> Option<(u64, Vec<(u64, u64)>)> {
    None
}
