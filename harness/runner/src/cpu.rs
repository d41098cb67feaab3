//! Which CPU features this machine has, by name.

/// Expands to a lookup over the names given; detection macros take literals only.
macro_rules! lookup {
    ($detect:ident, $name:expr, [$($feature:tt),+ $(,)?]) => {
        match $name {
            $($feature => Some(std::arch::$detect!($feature)),)+
            _ => None,
        }
    };
}

/// The features whose presence a runner reports.
pub(crate) const FEATURES: &[&str] = &[
    "sse4.2", "popcnt", "bmi2", "aes", "avx", "avx2", "fma", "avx512f", "avx512bw", "avx512dq", "avx512vl",
    "neon", "sve",
];

/// Whether the CPU has a feature; `None` where the name is unknown on this architecture.
pub(crate) fn has(feature: &str) -> Option<bool> {
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    return lookup!(
        is_x86_feature_detected,
        feature,
        [
            "sse2",
            "sse3",
            "ssse3",
            "sse4.1",
            "sse4.2",
            "popcnt",
            "lzcnt",
            "bmi1",
            "bmi2",
            "aes",
            "pclmulqdq",
            "sha",
            "f16c",
            "avx",
            "avx2",
            "fma",
            "avx512f",
            "avx512bw",
            "avx512cd",
            "avx512dq",
            "avx512vl",
            "avx512ifma",
            "avx512vbmi",
            "avx512vbmi2",
            "avx512vnni",
            "avx512bitalg",
            "avx512vpopcntdq",
            "gfni",
            "vaes",
            "vpclmulqdq"
        ]
    );
    #[cfg(target_arch = "aarch64")]
    return lookup!(
        is_aarch64_feature_detected,
        feature,
        ["neon", "aes", "sha2", "crc", "dotprod", "fp16", "sve", "sve2"]
    );
    #[cfg(not(any(target_arch = "x86", target_arch = "x86_64", target_arch = "aarch64")))]
    {
        let _ = feature;
        None
    }
}

/// Why a variant that needs these features can't run here, if so.
pub(crate) fn missing(needed: &[String]) -> Option<String> {
    let missing: Vec<_> =
        needed.iter().filter(|feature| has(feature) != Some(true)).map(String::as_str).collect();
    (!missing.is_empty()).then(|| format!("this CPU has no {}", missing.join(", ")))
}
