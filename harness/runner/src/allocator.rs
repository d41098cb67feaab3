//! The allocator switch: every allocator in one executable, one of them in force.
//!
//! Arms that differ in allocator share every byte of code and its layout. The choice is read
//! from the environment at the process's first allocation, which std's runtime makes before
//! `main`, and never changes.
//!
//! The switch is a pointer to function for each operation, so it costs one predicted jump where
//! a plain `#[global_allocator]` has a direct one. (A comparison of a chosen number in each call
//! cost 9 to 15 % of the most allocation-heavy case; METHODOLOGY.md has what this one costs.)

#![allow(unsafe_code)]

#[cfg(target_arch = "x86_64")]
use std::arch::asm;
use std::{
    alloc::{GlobalAlloc, Layout, System},
    ffi::CStr,
    mem::transmute,
    sync::atomic::{AtomicPtr, Ordering},
};

use duel_record::Allocator;

/// The global allocator that [`main!`](crate::main) sets.
#[derive(Clone, Copy, Debug)]
pub struct Switch;

// The C convention passes size and alignment as std hands them over; Rust's own swaps them.
type Alloc = unsafe extern "C" fn(usize, usize) -> *mut u8;
type Dealloc = unsafe extern "C" fn(*mut u8, usize, usize);
type Realloc = unsafe extern "C" fn(*mut u8, usize, usize, usize) -> *mut u8;

// Relaxed is enough for all four: every thread that finds the first ones still there decides
// alike, from the same environment, and each pointer stands for itself.
static ALLOC: AtomicPtr<()> = AtomicPtr::new(first_alloc as Alloc as *mut ());
static ALLOC_ZEROED: AtomicPtr<()> = AtomicPtr::new(first_alloc_zeroed as Alloc as *mut ());
// Nothing can come back before something was given out, which decided.
static DEALLOC: AtomicPtr<()> = AtomicPtr::new(system::dealloc as Dealloc as *mut ());
static REALLOC: AtomicPtr<()> = AtomicPtr::new(system::realloc as Realloc as *mut ());

/// The function in force for one operation.
macro_rules! in_slot {
    ($slot:ident as $function:ty) => {{
        #[cfg(target_arch = "x86_64")]
        let pointer = {
            let pointer: *mut ();
            // From another crate the compiler would load the slot's address first, from the
            // global offset table.
            // SAFETY: an aligned load of a static that is only ever stored to as a whole.
            unsafe {
                asm!("mov {pointer}, qword ptr [rip + {slot}]", pointer = lateout(reg) pointer,
                    slot = sym $slot, options(nostack, preserves_flags, readonly));
            }
            pointer
        };
        #[cfg(not(target_arch = "x86_64"))]
        let pointer = $slot.load(Ordering::Relaxed);
        // SAFETY: the slot only ever holds functions of this type.
        unsafe { transmute::<*mut (), $function>(pointer) }
    }};
}

/// The functions of one allocator, in a module of its name.
macro_rules! functions {
    ($module:ident, $allocator:expr) => {
        mod $module {
            use super::{GlobalAlloc, Layout};

            // SAFETY (in all four): the caller keeps the contract of the method of
            // `GlobalAlloc`, so size and alignment come from a valid layout.
            pub(super) unsafe extern "C" fn alloc(size: usize, align: usize) -> *mut u8 {
                // SAFETY: see above.
                unsafe { $allocator.alloc(Layout::from_size_align_unchecked(size, align)) }
            }

            pub(super) unsafe extern "C" fn alloc_zeroed(size: usize, align: usize) -> *mut u8 {
                // SAFETY: see above.
                unsafe { $allocator.alloc_zeroed(Layout::from_size_align_unchecked(size, align)) }
            }

            pub(super) unsafe extern "C" fn dealloc(pointer: *mut u8, size: usize, align: usize) {
                // SAFETY: see above.
                unsafe { $allocator.dealloc(pointer, Layout::from_size_align_unchecked(size, align)) }
            }

            pub(super) unsafe extern "C" fn realloc(
                pointer: *mut u8,
                size: usize,
                align: usize,
                new_size: usize,
            ) -> *mut u8 {
                // SAFETY: see above.
                unsafe {
                    $allocator.realloc(pointer, Layout::from_size_align_unchecked(size, align), new_size)
                }
            }
        }
    };
}

functions!(system, super::System);
#[cfg(feature = "mimalloc")]
functions!(mimalloc, ::mimalloc::MiMalloc);
#[cfg(feature = "jemalloc")]
functions!(jemalloc, ::tikv_jemallocator::Jemalloc);
functions!(dhat, ::dhat::Alloc);

/// Puts an allocator's functions in force.
macro_rules! choose {
    ($module:ident) => {{
        DEALLOC.store($module::dealloc as Dealloc as *mut (), Ordering::Relaxed);
        REALLOC.store($module::realloc as Realloc as *mut (), Ordering::Relaxed);
        ALLOC_ZEROED.store($module::alloc_zeroed as Alloc as *mut (), Ordering::Relaxed);
        ALLOC.store($module::alloc as Alloc as *mut (), Ordering::Relaxed);
    }};
}

/// The one allocator of an executable whose switch is welded, for measuring what it costs.
const WELDED: Option<Allocator> = if cfg!(feature = "fixed-system") {
    Some(Allocator::System)
} else if cfg!(feature = "fixed-mimalloc") {
    Some(Allocator::Mimalloc)
} else if cfg!(feature = "fixed-jemalloc") {
    Some(Allocator::Jemalloc)
} else {
    None
};

/// The allocators in this executable.
pub(crate) fn carried() -> Vec<Allocator> {
    if let Some(welded) = WELDED {
        return vec![welded];
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
    WELDED.unwrap_or_else(wished)
}

fn wished() -> Allocator {
    // SAFETY: the name ends in NUL. The first call comes from the first allocation, when no
    // second thread can change the environment; a runner never changes it later. The text is
    // read before this function returns.
    let name = unsafe {
        let value = libc::getenv(c"DUEL_ALLOCATOR".as_ptr());
        if value.is_null() { c"" } else { CStr::from_ptr(value) }
    };
    match name.to_bytes() {
        b"mimalloc" if cfg!(feature = "mimalloc") => Allocator::Mimalloc,
        b"jemalloc" if cfg!(feature = "jemalloc") => Allocator::Jemalloc,
        b"dhat" => Allocator::Dhat,
        _ => Allocator::System,
    }
}

#[cold]
fn decide() {
    match wished() {
        #[cfg(feature = "mimalloc")]
        Allocator::Mimalloc => choose!(mimalloc),
        #[cfg(feature = "jemalloc")]
        Allocator::Jemalloc => choose!(jemalloc),
        Allocator::Dhat => choose!(dhat),
        _ => choose!(system),
    }
}

unsafe extern "C" fn first_alloc(size: usize, align: usize) -> *mut u8 {
    decide();
    // SAFETY: the caller's promises are handed on.
    unsafe { in_slot!(ALLOC as Alloc)(size, align) }
}

unsafe extern "C" fn first_alloc_zeroed(size: usize, align: usize) -> *mut u8 {
    decide();
    // SAFETY: as above.
    unsafe { in_slot!(ALLOC_ZEROED as Alloc)(size, align) }
}

// SAFETY: each method hands its arguments on unchanged to one allocator that fulfils the
// contract. The slots never change once a first allocation has set them, so memory goes back to
// the allocator that it came from.
#[cfg(not(any(feature = "fixed-system", feature = "fixed-mimalloc", feature = "fixed-jemalloc")))]
unsafe impl GlobalAlloc for Switch {
    #[inline(always)]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: see above, here and in the three below.
        unsafe { in_slot!(ALLOC as Alloc)(layout.size(), layout.align()) }
    }

    #[inline(always)]
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: see above.
        unsafe { in_slot!(DEALLOC as Dealloc)(pointer, layout.size(), layout.align()) }
    }

    #[inline(always)]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: see above.
        unsafe { in_slot!(ALLOC_ZEROED as Alloc)(layout.size(), layout.align()) }
    }

    #[inline(always)]
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: see above.
        unsafe { in_slot!(REALLOC as Realloc)(pointer, layout.size(), layout.align(), size) }
    }
}

/// The switch welded to one allocator: what a plain `#[global_allocator]` is.
macro_rules! weld {
    ($allocator:expr) => {
        // SAFETY: each method is that allocator's own.
        unsafe impl GlobalAlloc for Switch {
            #[inline(always)]
            unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
                // SAFETY: the caller's promises are handed on, here and in the three below.
                unsafe { $allocator.alloc(layout) }
            }

            #[inline(always)]
            unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
                // SAFETY: see above.
                unsafe { $allocator.dealloc(pointer, layout) }
            }

            #[inline(always)]
            unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
                // SAFETY: see above.
                unsafe { $allocator.alloc_zeroed(layout) }
            }

            #[inline(always)]
            unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
                // SAFETY: see above.
                unsafe { $allocator.realloc(pointer, layout, size) }
            }
        }
    };
}

#[cfg(feature = "fixed-system")]
weld!(System);
#[cfg(all(feature = "fixed-mimalloc", not(feature = "fixed-system")))]
weld!(::mimalloc::MiMalloc);
#[cfg(all(feature = "fixed-jemalloc", not(any(feature = "fixed-system", feature = "fixed-mimalloc"))))]
weld!(::tikv_jemallocator::Jemalloc);
