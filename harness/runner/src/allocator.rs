//! The allocator switch: every allocator in one executable, one of them in force.
//!
//! Arms that differ in allocator share every byte of code and its layout. The choice is read
//! from the environment at the process's first allocation, which std's runtime makes before
//! `main`, and never changes.
//!
//! The switch is a pointer to function for each operation. Every jump and every load counts: a
//! comparison of a chosen number in each call cost 9 to 15 % of the most allocation-heavy case,
//! pointers to wrappers 7 to 16 %. So ordinary requests go through a pointer to the allocator's
//! own C function, or to a jump to it, by the same instructions as behind a plain `#[global_allocator]`. What is left
//! is measured by `scripts/switch-cost`; docs/costs.md has the figures.
//!
//! # Why it is sound
//! - A slot's type is the type of every function in it, which the fields of [`Functions`] make the
//!   compiler check. `free` and `mi_free` take fewer arguments than jemalloc's `sdallocx`, so they
//!   have wrappers, which compile to a jump.
//! - The choice is made once for the whole process, by a compare-and-exchange. The first function
//!   in *every* slot looks it up and forwards to the chosen allocator's function. So a thread may
//!   find any mix of first and final functions, in any order: each leads to the same allocator.
//!   That includes threads that C code starts before `main`, and is why relaxed loads are enough.
//! - A layout that was plain when its block was given out is plain when the block comes back.

#![allow(unsafe_code)]

#[cfg(target_arch = "x86_64")]
use std::arch::asm;
use std::{
    alloc::{GlobalAlloc, Layout, System},
    ffi::{CStr, c_int, c_void},
    mem::transmute,
    ptr,
    sync::atomic::{AtomicPtr, Ordering},
};

use duel_record::Allocator;

/// The global allocator that [`main!`](crate::main) sets.
#[derive(Clone, Copy, Debug)]
pub struct Switch;

/// `malloc`'s type.
type PlainAlloc = unsafe extern "C" fn(usize) -> *mut c_void;
/// The type of jemalloc's `sdallocx`: size, and flags, which are 0 for a plain request.
type PlainDealloc = unsafe extern "C" fn(*mut c_void, usize, c_int);
// The C convention passes size and alignment as std hands them over; Rust's own swaps them.
type Alloc = unsafe extern "C" fn(usize, usize) -> *mut u8;
type Dealloc = unsafe extern "C" fn(*mut u8, usize, usize);
type Realloc = unsafe extern "C" fn(*mut u8, usize, usize, usize) -> *mut u8;

/// The functions of one allocator; those for plain requests are its own C functions where it has
/// such of the right type.
struct Functions {
    allocator: Allocator,
    plain_alloc: PlainAlloc,
    plain_dealloc: PlainDealloc,
    alloc: Alloc,
    alloc_zeroed: Alloc,
    dealloc: Dealloc,
    realloc: Realloc,
}

/// Up to this alignment every allocator's plain `malloc` will do (if the size is not smaller),
/// as std and jemalloc's crate have it too. Elsewhere all requests take the general way.
const PLAIN_ALIGN: usize = if cfg!(any(target_arch = "x86_64", target_arch = "aarch64")) { 16 } else { 0 };

const fn is_plain(size: usize, align: usize) -> bool {
    align <= PLAIN_ALIGN && align <= size
}

static PLAIN_ALLOC: AtomicPtr<()> = AtomicPtr::new(first_plain_alloc as PlainAlloc as *mut ());
static PLAIN_DEALLOC: AtomicPtr<()> = AtomicPtr::new(first_plain_dealloc as PlainDealloc as *mut ());
static ALLOC: AtomicPtr<()> = AtomicPtr::new(first_alloc as Alloc as *mut ());
static ALLOC_ZEROED: AtomicPtr<()> = AtomicPtr::new(first_alloc_zeroed as Alloc as *mut ());
static DEALLOC: AtomicPtr<()> = AtomicPtr::new(first_dealloc as Dealloc as *mut ());
static REALLOC: AtomicPtr<()> = AtomicPtr::new(first_realloc as Realloc as *mut ());

/// The choice, from which all slots follow; null until it is made.
static CHOSEN: AtomicPtr<Functions> = AtomicPtr::new(ptr::null_mut());

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

/// The functions of one allocator, in a module of its name; `$malloc` and `$free` are for plain requests.
macro_rules! functions {
    ($module:ident, $name:expr, $allocator:expr, $malloc:expr, $free:expr) => {
        mod $module {
            use super::{GlobalAlloc, Layout};

            pub(super) static FUNCTIONS: super::Functions = super::Functions {
                allocator: $name,
                plain_alloc: $malloc,
                plain_dealloc: $free,
                alloc,
                alloc_zeroed,
                dealloc,
                realloc,
            };

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

functions!(system, super::Allocator::System, super::System, libc::malloc, super::free_of_system);
#[cfg(feature = "mimalloc")]
functions!(
    mimalloc,
    super::Allocator::Mimalloc,
    ::mimalloc::MiMalloc,
    // Its crate calls `mi_malloc_aligned`, which finds out again that the request is plain.
    libmimalloc_sys::mi_malloc,
    super::free_of_mimalloc
);
#[cfg(feature = "jemalloc")]
functions!(
    jemalloc,
    super::Allocator::Jemalloc,
    ::tikv_jemallocator::Jemalloc,
    tikv_jemalloc_sys::malloc,
    // With the size: what its crate calls for a plain request.
    tikv_jemalloc_sys::sdallocx
);
functions!(
    dhat,
    super::Allocator::Dhat,
    crate::recorder::Recorded,
    super::alloc_counted,
    super::dealloc_counted
);

// Profiles and counts show these two jumps as functions. Their symbols say that they are plumbing of
// the allocator, as `__rust_dealloc` is, and no part of the measured code.
#[unsafe(export_name = "__duel_free_system")]
unsafe extern "C" fn free_of_system(pointer: *mut c_void, _: usize, _: c_int) {
    // SAFETY: the caller keeps the contract, so the block is the system's.
    unsafe { libc::free(pointer) }
}

#[cfg(feature = "mimalloc")]
#[unsafe(export_name = "__duel_free_mimalloc")]
unsafe extern "C" fn free_of_mimalloc(pointer: *mut c_void, _: usize, _: c_int) {
    // SAFETY: the caller keeps the contract, so the block is mimalloc's.
    unsafe { libmimalloc_sys::mi_free(pointer) }
}

/// The strictest alignment that a plain request of this size can have asked for.
fn plain_align(size: usize) -> usize {
    // A plain request is never empty, but a shift by the logarithm of 0 would panic.
    PLAIN_ALIGN.min(1 << size.max(1).ilog2()).max(1)
}

/// dhat counts sizes alone, so it does not matter to it which alignment was asked for.
unsafe extern "C" fn alloc_counted(size: usize) -> *mut c_void {
    let align = plain_align(size);
    if size > isize::MAX as usize - (align - 1) {
        // No layout, though one with the alignment that was asked for may be.
        return ptr::null_mut();
    }
    // SAFETY: the alignment is a power of two, and the size was just compared with the largest.
    unsafe { dhat::alloc(size, align).cast() }
}

unsafe extern "C" fn dealloc_counted(pointer: *mut c_void, size: usize, _: c_int) {
    // SAFETY: the caller keeps the contract. dhat hands the block on to the system's `free`, which
    // takes no alignment, so it may differ from the one by which another method allocated.
    unsafe { dhat::dealloc(pointer.cast(), size, plain_align(size)) }
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
    WELDED.unwrap_or_else(|| chosen().allocator)
}

/// What the environment asks for.
fn wished() -> &'static Functions {
    // SAFETY: the name ends in NUL, and the text is read before this function returns. The C
    // library has the environment before any constructor runs. A runner never changes it, and a
    // constructor that does must not run beside others that read it, as everywhere in C.
    let name = unsafe {
        let value = libc::getenv(c"DUEL_ALLOCATOR".as_ptr());
        if value.is_null() { c"" } else { CStr::from_ptr(value) }
    };
    match name.to_bytes() {
        #[cfg(feature = "mimalloc")]
        b"mimalloc" => &mimalloc::FUNCTIONS,
        #[cfg(feature = "jemalloc")]
        b"jemalloc" => &jemalloc::FUNCTIONS,
        b"dhat" => &dhat::FUNCTIONS,
        _ => &system::FUNCTIONS,
    }
}

/// The choice. Of threads that make it at once one wins, and all have the winner's.
fn chosen() -> &'static Functions {
    let made = CHOSEN.load(Ordering::Relaxed);
    let chosen = if made.is_null() {
        let wished = ptr::from_ref(wished()).cast_mut();
        // What it points to was there before the process, so no order is needed.
        match CHOSEN.compare_exchange(ptr::null_mut(), wished, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => wished,
            Err(made) => made,
        }
    } else {
        made
    };
    // SAFETY: it only ever holds null or the address of a static, which is never written to.
    unsafe { &*chosen }
}

/// Fills the slots with the chosen functions. Whoever does so again stores the same.
#[cold]
fn decide() -> &'static Functions {
    let chosen = chosen();
    PLAIN_DEALLOC.store(chosen.plain_dealloc as *mut (), Ordering::Relaxed);
    DEALLOC.store(chosen.dealloc as *mut (), Ordering::Relaxed);
    REALLOC.store(chosen.realloc as *mut (), Ordering::Relaxed);
    ALLOC_ZEROED.store(chosen.alloc_zeroed as *mut (), Ordering::Relaxed);
    ALLOC.store(chosen.alloc as *mut (), Ordering::Relaxed);
    PLAIN_ALLOC.store(chosen.plain_alloc as *mut (), Ordering::Relaxed);
    chosen
}

unsafe extern "C" fn first_plain_alloc(size: usize) -> *mut c_void {
    // SAFETY: the caller's promises are handed on, here and in the five below.
    unsafe { (decide().plain_alloc)(size) }
}

unsafe extern "C" fn first_plain_dealloc(pointer: *mut c_void, size: usize, flags: c_int) {
    // SAFETY: see above.
    unsafe { (decide().plain_dealloc)(pointer, size, flags) }
}

unsafe extern "C" fn first_alloc(size: usize, align: usize) -> *mut u8 {
    // SAFETY: see above.
    unsafe { (decide().alloc)(size, align) }
}

unsafe extern "C" fn first_alloc_zeroed(size: usize, align: usize) -> *mut u8 {
    // SAFETY: see above.
    unsafe { (decide().alloc_zeroed)(size, align) }
}

unsafe extern "C" fn first_dealloc(pointer: *mut u8, size: usize, align: usize) {
    // SAFETY: see above.
    unsafe { (decide().dealloc)(pointer, size, align) }
}

unsafe extern "C" fn first_realloc(pointer: *mut u8, size: usize, align: usize, new_size: usize) -> *mut u8 {
    // SAFETY: see above.
    unsafe { (decide().realloc)(pointer, size, align, new_size) }
}

// SAFETY: each method hands its arguments on unchanged to one allocator that fulfils the
// contract; that it is always the same one is said at the top of this file, so memory goes back to
// where it came from.
#[cfg(not(any(feature = "fixed-system", feature = "fixed-mimalloc", feature = "fixed-jemalloc")))]
unsafe impl GlobalAlloc for Switch {
    #[inline(always)]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let (size, align) = (layout.size(), layout.align());
        // SAFETY: see above, here and in the three below.
        unsafe {
            if is_plain(size, align) {
                in_slot!(PLAIN_ALLOC as PlainAlloc)(size).cast()
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
                in_slot!(PLAIN_DEALLOC as PlainDealloc)(pointer.cast(), size, 0)
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
