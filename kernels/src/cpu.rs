//! The CPU features that a kernel needs, stated once in its file for the kernel, the family and the tests.

/// CPU features, and whether this CPU has all of them.
#[derive(Clone, Copy)]
pub(crate) struct CpuNeeds {
    /// Their names as `is_x86_feature_detected!` has them; none if a kernel runs on every CPU.
    pub features: &'static [&'static str],
    /// Looks at the CPU on which it is called.
    #[cfg_attr(not(test), expect(dead_code, reason = "a runner asks by name, tests by this"))]
    pub met: fn() -> bool,
}

impl CpuNeeds {
    /// The needs of a kernel that runs on every CPU.
    pub(crate) const NONE: Self = Self { features: &[], met: || true };
}

/// States the x86 features that the kernel of a file needs: `needs_cpu!("avx2", "fma");` defines `NEEDS` for the
/// variant's row in the family's table, and `runs_here()` for the kernel's own check. On other
/// architectures the needs are never met.
macro_rules! needs_cpu {
    ($($feature:tt),+) => {
        /// What the CPU must have for this kernel.
        pub const NEEDS: $crate::cpu::CpuNeeds =
            $crate::cpu::CpuNeeds { features: &[$($feature),+], met: runs_here };

        /// Whether this CPU has what the kernel needs.
        pub fn runs_here() -> bool {
            #[cfg(target_arch = "x86_64")]
            return $(is_x86_feature_detected!($feature))&&+;
            #[cfg(not(target_arch = "x86_64"))]
            false
        }
    };
}
pub(crate) use needs_cpu;
