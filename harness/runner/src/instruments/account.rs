//! What the allocator in force says of itself.
//!
//! Each keeps other books, so each number has the allocator's own name and nothing is translated.

#![allow(unsafe_code)]

use duel_record::Allocator;

/// Numbers of the allocator in force, in bytes; none for one that says nothing.
pub(super) fn account(allocator: Allocator) -> Vec<(&'static str, u64)> {
    match allocator {
        #[cfg(feature = "jemalloc")]
        Allocator::Jemalloc => jemalloc::account(),
        #[cfg(feature = "mimalloc")]
        Allocator::Mimalloc => mimalloc(),
        #[cfg(all(target_os = "linux", target_env = "gnu"))]
        Allocator::System => glibc(),
        _ => Vec::new(),
    }
}

/// mimalloc says what it has committed: it reports the same as resident, so that is left out.
#[cfg(feature = "mimalloc")]
fn mimalloc() -> Vec<(&'static str, u64)> {
    let [mut elapsed, mut user, mut system, mut resident, mut resident_peak, mut faults] = [0_usize; 6];
    let [mut committed, mut committed_peak] = [0_usize; 2];
    // SAFETY: every pointer is to a number of its own, which the call fills.
    unsafe {
        libmimalloc_sys::mi_process_info(
            &raw mut elapsed,
            &raw mut user,
            &raw mut system,
            &raw mut resident,
            &raw mut resident_peak,
            &raw mut committed,
            &raw mut committed_peak,
            &raw mut faults,
        );
    }
    vec![("committed", committed as u64), ("committed at most", committed_peak as u64)]
}

/// glibc's books over all of its arenas.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn glibc() -> Vec<(&'static str, u64)> {
    // glibc has it since 2.33: asked for by name, so that a runner also links against an older one.
    // SAFETY: the name ends in NUL.
    let found = unsafe { libc::dlsym(libc::RTLD_DEFAULT, c"mallinfo2".as_ptr()) };
    if found.is_null() {
        return Vec::new();
    }
    // SAFETY: glibc's function of this name has this type, and reads only its own books.
    let info =
        unsafe { std::mem::transmute::<*mut libc::c_void, extern "C" fn() -> libc::mallinfo2>(found)() };
    vec![
        ("arenas", info.arena as u64),
        ("in use", info.uordblks as u64),
        ("free", info.fordblks as u64),
        ("mmapped", info.hblkhd as u64),
    ]
}

#[cfg(feature = "jemalloc")]
mod jemalloc {
    use std::{ffi::CStr, ptr::null_mut};

    /// What a jemalloc says that was built to keep statistics.
    const KEPT: [(&str, &CStr); 4] = [
        ("allocated", c"stats.allocated"),
        ("active", c"stats.active"),
        ("resident", c"stats.resident"),
        ("retained", c"stats.retained"),
    ];
    /// Pages, over all arenas, that every jemalloc counts.
    const PAGES: [(&str, &CStr); 3] = [
        ("active", c"stats.arenas.4096.pactive"),
        ("dirty", c"stats.arenas.4096.pdirty"),
        ("muzzy", c"stats.arenas.4096.pmuzzy"),
    ];

    pub(super) fn account() -> Vec<(&'static str, u64)> {
        refresh();
        let kept: Vec<_> = KEPT.iter().filter_map(|(name, key)| Some((*name, read(key)?))).collect();
        if !kept.is_empty() {
            return kept;
        }
        let Some(page) = read(c"arenas.page") else { return Vec::new() };
        PAGES.iter().filter_map(|(name, key)| Some((*name, read(key)? * page))).collect()
    }

    /// jemalloc answers with what it knew when its epoch was last written.
    fn refresh() {
        let mut epoch = 1_u64;
        // SAFETY: the pointer is to a whole number of the size that is passed.
        unsafe {
            tikv_jemalloc_sys::mallctl(
                c"epoch".as_ptr(),
                null_mut(),
                null_mut(),
                (&raw mut epoch).cast(),
                size_of::<u64>(),
            );
        }
    }

    /// `None` where this jemalloc has no such number.
    fn read(key: &CStr) -> Option<u64> {
        let mut value = 0_usize;
        let mut size = size_of::<usize>();
        // SAFETY: the name ends in NUL, and the pointer is to a number of the size that is passed.
        let failed = unsafe {
            tikv_jemalloc_sys::mallctl(key.as_ptr(), (&raw mut value).cast(), &raw mut size, null_mut(), 0)
        };
        (failed == 0).then_some(value as u64)
    }
}
