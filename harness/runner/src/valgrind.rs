//! What a program can ask the valgrind that it runs under.
//!
//! A request is a rotation that does nothing on a CPU and that valgrind knows: so it costs a few
//! instructions outside of valgrind, and needs neither its headers nor libclang.

/// callgrind's requests have this in their two highest bytes: `CT`.
const CALLGRIND: usize = 0x4354_0000;

/// Whether this process runs under valgrind.
pub(crate) fn is_here() -> bool {
    const RUNNING_ON_VALGRIND: usize = 0x1001;
    request([RUNNING_ON_VALGRIND, 0, 0, 0, 0, 0]) != 0
}

/// Begins to watch calls; nothing is counted until [`toggle`].
pub(crate) fn start() {
    request([CALLGRIND + 4, 0, 0, 0, 0, 0]);
}

/// Switches counting on or off.
#[inline(always)]
pub(crate) fn toggle() {
    request([CALLGRIND + 2, 0, 0, 0, 0, 0]);
}

/// Writes what was counted since the last dump to a file of its own, and begins at zero again.
pub(crate) fn dump(name: &std::ffi::CStr) {
    request([CALLGRIND + 3, name.as_ptr() as usize, 0, 0, 0, 0]);
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[inline(always)]
#[expect(unsafe_code, reason = "a request to valgrind is a sequence of instructions")]
fn request(words: [usize; 6]) -> usize {
    let mut answer = 0_usize;
    // SAFETY: on a CPU the four rotations turn rdi by 128 bits, which leaves it as it was, and the
    // exchange of rbx with itself does nothing. valgrind reads the six words that rax points to,
    // which live beyond the request, and changes rdx alone.
    unsafe {
        std::arch::asm!(
            "rol rdi, 3",
            "rol rdi, 13",
            "rol rdi, 61",
            "rol rdi, 51",
            "xchg rbx, rbx",
            in("rax") words.as_ptr(),
            inout("rdx") answer,
        );
    }
    answer
}

/// valgrind's requests are other instructions on every architecture.
#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
#[inline(always)]
fn request(_: [usize; 6]) -> usize {
    0
}
