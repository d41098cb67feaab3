//! The allocators that one runner executable carries.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The global allocator of a runner process, chosen once before `main` from `DUEL_ALLOCATOR`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Allocator {
    /// The C library's `malloc`.
    System,
    /// Microsoft's mimalloc.
    Mimalloc,
    /// jemalloc, as kept by TiKV.
    Jemalloc,
    /// dhat's counting wrapper round the system allocator; an instrument, never timed.
    Dhat,
}

impl Allocator {
    /// The environment variable that a runner reads before `main`.
    pub const VARIABLE: &'static str = "DUEL_ALLOCATOR";

    /// Those that may be arms of a comparison.
    pub const COMPARABLE: [Self; 3] = [Self::System, Self::Mimalloc, Self::Jemalloc];

    /// The name in ids, files and tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Mimalloc => "mimalloc",
            Self::Jemalloc => "jemalloc",
            Self::Dhat => "dhat",
        }
    }
}

impl fmt::Display for Allocator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that is no allocator.
#[derive(Debug, thiserror::Error)]
#[error("unknown allocator \"{0}\": expected system, mimalloc or jemalloc")]
pub struct UnknownAllocator(pub String);

impl FromStr for Allocator {
    type Err = UnknownAllocator;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        [Self::System, Self::Mimalloc, Self::Jemalloc, Self::Dhat]
            .into_iter()
            .find(|allocator| allocator.name() == name)
            .ok_or_else(|| UnknownAllocator(name.to_owned()))
    }
}
