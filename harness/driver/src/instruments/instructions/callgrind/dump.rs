//! What one of callgrind's files holds, and why a file can't be used.

use std::collections::HashMap;

/// Why a file can't be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadDump {
    #[error("callgrind's file is cut short: it has no line \"totals:\"")]
    CutShort,
    #[error("line {line} of callgrind's file is not understood: {text:?}")]
    Line { line: usize, text: String },
    #[error("callgrind's file counts {found:?}, expected \"Ir\" (instructions) first")]
    Events { found: String },
    #[error("callgrind's file does not add up: {sum} instructions by function, {total} in all")]
    Sum { sum: u64, total: u64 },
}

/// Instructions of one function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// In itself.
    pub own: u64,
    /// In itself and all that it called; of a recursion at most the total.
    pub inclusive: u64,
}

/// What one file holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Dump {
    pub total: u64,
    pub functions: HashMap<String, Cost>,
    /// Instructions by source file and line, without what a line called; line 0 is not known.
    pub lines: HashMap<(String, u32), u64>,
    /// How often each instruction was executed, by object and address. valgrind takes off where the
    /// object was loaded, so an address is the one that `nm` and `objdump` print.
    pub addresses: HashMap<(String, u64), u64>,
    /// The object that each function is in.
    pub objects: HashMap<String, String>,
    /// What was simulated beside, in callgrind's names and order.
    pub simulated: Vec<(String, u64)>,
}
