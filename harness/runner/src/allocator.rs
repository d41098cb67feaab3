//! The allocator switch: every allocator in one executable, one of them in force.
//!
//! Arms that differ in allocator share every byte of code and its layout. The choice is read
//! from the environment at the process's first allocation, which std's runtime makes before
//! `main`, and never changes.
//!
//! The switch is a pointer to function for each operation. Every jump and every load counts: a
//! comparison of a chosen number in each call cost 9 to 15 % of the most allocation-heavy case,
//! pointers to wrappers 7 to 16 %. So ordinary requests go through a pointer to the allocator's
//! own C function, by the same instructions as behind a plain `#[global_allocator]`. What is left
//! is measured by `scripts/switch-cost`; METHODOLOGY.md has the figures.

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

/// Up to this alignment every allocator's plain `malloc` will do (if the size is not smaller),
/// as std and jemalloc's crate have it too. Elsewhere all requests take the general way.
const PLAIN_ALIGN: usize = if cfg!(any(target_arch = "x86_64", target_arch = "aarch64")) { 16 } else { 0 };

const fn is_plain(size: usize, align: usize) -> bool {
    align <= PLAIN_ALIGN && align <= size
}

// Relaxed is enough for all slots: every thread that finds the first ones still there decides
// alike, from the same environment, and each pointer stands for itself.
static PLAIN_ALLOC: AtomicPtr<()> = AtomicPtr::new(first_alloc as Alloc as *mut ());
static ALLOC: AtomicPtr<()> = AtomicPtr::new(first_alloc as Alloc as *mut ());
static ALLOC_ZEROED: AtomicPtr<()> = AtomicPtr::new(first_alloc_zeroed as Alloc as *mut ());
// Nothing can come back before something was given out, which decided.
static PLAIN_DEALLOC: AtomicPtr<()> = AtomicPtr::new(system::dealloc as Dealloc as *mut ());
static DEALLOC: AtomicPtr<()> = AtomicPtr::new(system::dealloc as Dealloc as *mut ());
static REALLOC: AtomicPtr<()> = AtomicPtr::new(system::realloc as Realloc as *mut ());

/// The function in force for one operation; to be used in an `unsafe` block.
macro_rules! in_slot {
    ($slot:ident as $function:ty) => {{
        #[cfg(target_arch = "x86_64")]
        let pointer = {
            let pointer: *mut ();
            // From another crate the compiler would load the slot's address first, from the
            // global offset table.
            // An aligned load of a static that is only ever stored to as a whole.
            asm!("mov {pointer}, qword ptr [rip + {slot}]", pointer = lateout(reg) pointer,
                slot = sym $slot, options(nostack, preserves_flags, readonly));
            pointer
        };
        #[cfg(not(target_arch = "x86_64"))]
        let pointer = $slot.load(Ordering::Relaxed);
        // The slot only ever holds functions of this type.
        transmute::<*mut (), $function>(pointer)
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
functions!(dhat, crate::recorder::Recorded);

/// Puts an allocator's functions in force; `$malloc` and `$free` are its own for plain requests.
///
/// They take fewer arguments than they are given. In the C convention of every target that has
/// plain requests, arguments that a function does not take stay unread in their registers.
macro_rules! choose {
    ($module:ident, $malloc:expr, $free:expr) => {{
        PLAIN_DEALLOC.store($free as *mut (), Ordering::Relaxed);
        DEALLOC.store($module::dealloc as Dealloc as *mut (), Ordering::Relaxed);
        REALLOC.store($module::realloc as Realloc as *mut (), Ordering::Relaxed);
        ALLOC_ZEROED.store($module::alloc_zeroed as Alloc as *mut (), Ordering::Relaxed);
        ALLOC.store($module::alloc as Alloc as *mut (), Ordering::Relaxed);
        PLAIN_ALLOC.store($malloc as *mut (), Ordering::Relaxed);
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
        Allocator::Mimalloc => choose!(
            mimalloc,
            // Its crate calls `mi_malloc_aligned`, which finds out again that the request is plain.
            libmimalloc_sys::mi_malloc as unsafe extern "C" fn(_) -> _,
            libmimalloc_sys::mi_free as unsafe extern "C" fn(_)
        ),
        #[cfg(feature = "jemalloc")]
        Allocator::Jemalloc => choose!(
            jemalloc,
            tikv_jemalloc_sys::malloc as unsafe extern "C" fn(_) -> _,
            // With the size, and no flags: what its crate calls for a plain request.
            tikv_jemalloc_sys::sdallocx as unsafe extern "C" fn(_, _, _)
        ),
        Allocator::Dhat => choose!(dhat, dhat::alloc as Alloc, dealloc_counted as Dealloc),
        _ => choose!(
            system,
            libc::malloc as unsafe extern "C" fn(_) -> _,
            libc::free as unsafe extern "C" fn(_)
        ),
    }
}

/// dhat counts sizes alone, and the system's `free` needs no alignment.
unsafe extern "C" fn dealloc_counted(pointer: *mut u8, size: usize, _: usize) {
    // SAFETY: the caller keeps the contract, and an alignment of 1 is right for any plain block.
    unsafe { dhat::dealloc(pointer, size, 1) }
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
// contract. The slots never change once a first allocation has set them, and a layout that was
// plain when given out is plain when it comes back, so memory goes back to where it came from.
#[cfg(not(any(feature = "fixed-system", feature = "fixed-mimalloc", feature = "fixed-jemalloc")))]
unsafe impl GlobalAlloc for Switch {
    #[inline(always)]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let (size, align) = (layout.size(), layout.align());
        // SAFETY: see above, here and in the three below.
        unsafe {
            if is_plain(size, align) {
                in_slot!(PLAIN_ALLOC as Alloc)(size, align)
            } else {
                in_slot!(ALLOC as Alloc)(size, align)
            }
        }
    }

    #[inline(always)]
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        let (size, align) = (layout.size(), layout.align());
        // SAFETY: see above.
        unsafe {
            if is_plain(size, align) {
                // The third argument is jemalloc's flags, which are 0 for a plain request.
                in_slot!(PLAIN_DEALLOC as Dealloc)(pointer, size, 0)
            } else {
                in_slot!(DEALLOC as Dealloc)(pointer, size, align)
            }
        }
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
#[cfg(any(feature = "fixed-system", feature = "fixed-mimalloc", feature = "fixed-jemalloc"))]
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
