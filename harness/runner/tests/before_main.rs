//! The allocator switch before `main`: threads that C starts from a constructor make the process's
//! first allocations, at once, and free each other's blocks.

#![cfg(all(target_os = "linux", feature = "mimalloc"))]
#![allow(unsafe_code)]

use std::{
    ffi::c_void,
    process::Command,
    ptr,
    sync::atomic::{AtomicPtr, AtomicUsize, Ordering},
};

#[global_allocator]
static SWITCH: duel::Switch = duel::Switch;

const THREADS: usize = 4;
const BLOCKS: usize = 200;

type Block = Vec<usize>;

/// How many threads wait to start, and how many have finished.
static READY: AtomicUsize = AtomicUsize::new(0);
static FINISHED: AtomicUsize = AtomicUsize::new(0);
/// How many blocks came to another thread whole.
static WHOLE: AtomicUsize = AtomicUsize::new(0);
/// A block on its way from one thread to another.
static HANDED_ON: AtomicPtr<Block> = AtomicPtr::new(ptr::null_mut());

#[used]
#[unsafe(link_section = ".init_array")]
static CONSTRUCTOR: extern "C" fn() = start_threads;

extern "C" fn start_threads() {
    for _ in 0..THREADS {
        let mut thread = 0;
        // SAFETY: the thread uses nothing but statics, and attributes may be null. Nothing is
        // allocated by Rust here, so the threads themselves come first.
        let failed = unsafe { libc::pthread_create(&raw mut thread, ptr::null(), allocate, ptr::null_mut()) };
        if failed != 0 {
            std::process::abort();
        }
    }
}

extern "C" fn allocate(_: *mut c_void) -> *mut c_void {
    READY.fetch_add(1, Ordering::SeqCst);
    while READY.load(Ordering::SeqCst) < THREADS {
        std::hint::spin_loop();
    }
    for number in 1..=BLOCKS {
        // Small and large, grown and zeroed: through every slot.
        let mut block: Block = vec![0; number];
        block.extend(0..number);
        let block = Box::into_raw(Box::new(block));
        let other = HANDED_ON.swap(block, Ordering::SeqCst);
        if !other.is_null() {
            free(other);
        }
    }
    FINISHED.fetch_add(1, Ordering::SeqCst);
    ptr::null_mut()
}

fn free(block: *mut Block) {
    // SAFETY: it came out of a box, and whoever swapped it out has it alone.
    let block = unsafe { Box::from_raw(block) };
    let number = block.len() / 2;
    let whole =
        block[..number].iter().all(|zero| *zero == 0) && block[number..].iter().copied().eq(0..number);
    WHOLE.fetch_add(usize::from(whole), Ordering::SeqCst);
}

/// Whether a block that Rust allocated is mimalloc's.
fn is_of_mimalloc(block: &[u8]) -> bool {
    // SAFETY: it only looks where the address is.
    unsafe { libmimalloc_sys::mi_is_in_heap_region(block.as_ptr().cast()) }
}

#[test]
fn threads_before_main_allocate_from_the_chosen_allocator() {
    while FINISHED.load(Ordering::SeqCst) < THREADS {
        std::thread::yield_now();
    }
    free(HANDED_ON.swap(ptr::null_mut(), Ordering::SeqCst));
    assert_eq!(WHOLE.load(Ordering::SeqCst), THREADS * BLOCKS);
    let wished = std::env::var("DUEL_ALLOCATOR").unwrap_or_default();
    assert_eq!(is_of_mimalloc(&std::hint::black_box(vec![1; 100])), wished == "mimalloc", "{wished:?}");
}

#[test]
fn every_allocator_serves_threads_before_main() {
    let this = std::env::current_exe().expect("the path of this test");
    for allocator in ["system", "mimalloc", "jemalloc", "dhat"] {
        // Which thread comes first differs between processes.
        for _ in 0..10 {
            let output = Command::new(&this)
                .args(["--exact", "threads_before_main_allocate_from_the_chosen_allocator"])
                .env("DUEL_ALLOCATOR", allocator)
                .output()
                .expect("this test again");
            assert!(output.status.success(), "{allocator}: {output:?}");
            assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"), "{allocator}: {output:?}");
        }
    }
}
