//! The allocator switch: every allocator in one executable, one of them in force.
//!
//! Arms that differ in allocator share every byte of code and its layout. The choice is read
//! from the environment at the process's first allocation, which std's runtime makes before
//! `main`, and never changes. What the switch costs is measured; see METHODOLOGY.md.

#![allow(unsafe_code)]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    ffi::CStr,
    sync::atomic::{AtomicU8, Ordering},
};

use duel_record::Allocator;

/// The global allocator that [`main!`](crate::main) sets.
#[derive(Clone, Copy, Debug)]
pub struct Switch;

const UNDECIDED: u8 = 0;
const SYSTEM: u8 = 1;
#[cfg(feature = "mimalloc")]
const MIMALLOC: u8 = 2;
#[cfg(feature = "jemalloc")]
const JEMALLOC: u8 = 3;
const DHAT: u8 = 4;

/// Which allocator is in force. Relaxed is enough: every thread that finds it undecided
/// decides alike, from the same environment.
static CHOICE: AtomicU8 = AtomicU8::new(UNDECIDED);

static DHAT_ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// The one allocator of an executable whose switch is welded, for measuring what it costs.
const WELDED: u8 = if cfg!(feature = "fixed-system") {
    SYSTEM
} else if cfg!(feature = "fixed-mimalloc") {
    2
} else if cfg!(feature = "fixed-jemalloc") {
    3
} else {
    UNDECIDED
};

/// The allocators in this executable.
pub(crate) fn carried() -> Vec<Allocator> {
    if WELDED != UNDECIDED {
        return vec![in_force()];
    }
    let mut allocators = vec![Allocator::System];
    if cfg!(feature = "mimalloc") {
        allocators.push(Allocator::Mimalloc);
    }
    if cfg!(feature = "jemalloc") {
        allocators.push(Allocator::Jemalloc);
    }
    allocators.push(Allocator::Dhat);
    allocators
}

/// The allocator in force, which is the system's where the environment names none or one that
/// this executable does not carry.
pub(crate) fn in_force() -> Allocator {
    match choice() {
        #[cfg(feature = "mimalloc")]
        MIMALLOC => Allocator::Mimalloc,
        #[cfg(feature = "jemalloc")]
        JEMALLOC => Allocator::Jemalloc,
        DHAT => Allocator::Dhat,
        _ => Allocator::System,
    }
}

#[cold]
fn decide() -> u8 {
    // SAFETY: the name ends in NUL; std's runtime has no second thread yet that could change
    // the environment, and the text is read before this function returns.
    let chosen = unsafe {
        let value = libc::getenv(c"DUEL_ALLOCATOR".as_ptr());
        if value.is_null() { c"" } else { CStr::from_ptr(value) }
    };
    let choice = match chosen.to_bytes() {
        #[cfg(feature = "mimalloc")]
        b"mimalloc" => MIMALLOC,
        #[cfg(feature = "jemalloc")]
        b"jemalloc" => JEMALLOC,
        b"dhat" => DHAT,
        _ => SYSTEM,
    };
    CHOICE.store(choice, Ordering::Relaxed);
    choice
}

#[inline(always)]
fn choice() -> u8 {
    if WELDED != UNDECIDED {
        return WELDED;
    }
    match CHOICE.load(Ordering::Relaxed) {
        UNDECIDED => decide(),
        choice => choice,
    }
}

/// Calls the chosen allocator; the plain system allocator is the last arm.
macro_rules! chosen {
    ($method:ident($($argument:expr),+)) => {
        match choice() {
            #[cfg(feature = "mimalloc")]
            MIMALLOC => mimalloc::MiMalloc.$method($($argument),+),
            #[cfg(feature = "jemalloc")]
            JEMALLOC => tikv_jemallocator::Jemalloc.$method($($argument),+),
            DHAT => DHAT_ALLOCATOR.$method($($argument),+),
            _ => System.$method($($argument),+),
        }
    };
}

// SAFETY: each method hands its arguments on unchanged to one allocator that fulfils the
// contract, and `CHOICE` never changes once a first allocation has read it, so memory goes
// back to the allocator that it came from.
unsafe impl GlobalAlloc for Switch {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are handed on.
        unsafe { chosen!(alloc(layout)) }
    }

    #[inline]
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { chosen!(dealloc(pointer, layout)) }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        unsafe { chosen!(alloc_zeroed(layout)) }
    }

    #[inline]
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as above.
        unsafe { chosen!(realloc(pointer, layout, size)) }
    }
}
