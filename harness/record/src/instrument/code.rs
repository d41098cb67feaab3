//! The machine code of a variant's hottest function.

use serde::{Deserialize, Serialize};

/// The hottest function of a case, out of the runner's own executable.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CodeSummary {
    /// Its name, shortened; the measured loop with all that was inlined into it has the variant's.
    pub function: String,
    /// Its address in the executable file.
    pub address: u64,
    /// Its size.
    pub size_bytes: u64,
    /// Size of the function and of all that it can call within the executable, each counted once.
    pub reached_bytes: u64,
    /// How many functions these are.
    pub reached_functions: u32,
    /// What the weights of instructions are.
    pub weighed_by: Weight,
    /// The function's share of the case's weight, 0 to 1; `None` without weights.
    pub weight_share: Option<f64>,
    /// Its instructions in the order of addresses.
    pub instructions: Vec<CodeInstruction>,
    /// Instructions that are not in `instructions`, because the function is too long.
    pub left_out: u64,
    /// Its loops, innermost hottest first.
    pub loops: Vec<CodeLoop>,
    /// Its calls that were not inlined, hottest first.
    pub calls: Vec<CodeCall>,
    /// How much of it is vector code.
    pub vectors: VectorShares,
}

/// What an instruction's weight is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// How often it was executed in one iteration, by callgrind.
    Executed,
    /// Profile samples.
    Samples,
    /// Nothing was measured: all instructions weigh the same.
    #[default]
    None,
}

/// One machine instruction.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CodeInstruction {
    /// In the executable file.
    pub address: u64,
    /// As an assembler writes it, names in the place of addresses.
    pub text: String,
    /// Executions of one iteration, or samples; zero where it was not met.
    pub weight: f64,
    /// Where it comes from, innermost inlined function first.
    pub source: Option<CodePlace>,
}

/// A line of source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodePlace {
    /// The file, shortened to what tells it from others.
    pub file: String,
    /// Which line, from 1.
    pub line: u32,
    /// The line itself, where the file could be read and is as old as the executable.
    pub text: Option<String>,
}

/// Instructions from a backward jump's target up to the jump.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CodeLoop {
    /// Address of its first instruction.
    pub start: u64,
    /// Address of the jump back.
    pub end: u64,
    /// How many loops it stands in, 0 for an outermost one.
    pub depth: u32,
    /// Instructions in it.
    pub instructions: u32,
    /// Its share of the function's weight, 0 to 1; `None` without weights.
    pub weight_share: Option<f64>,
    /// How much of it is vector code.
    pub vectors: VectorShares,
}

/// A call that was not inlined.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CodeCall {
    /// Address of the call.
    pub address: u64,
    /// What is called, shortened; `through a pointer` where that is not known.
    pub target: String,
    /// Executions of one iteration, or samples.
    pub weight: f64,
}

/// Shares of instructions, weighed where there are weights, each 0 to 1 of all instructions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct VectorShares {
    /// That use vector registers for one number at a time.
    pub scalar: f64,
    /// That compute on several numbers at a time in 128-bit registers.
    pub packed_128: f64,
    /// In 256-bit registers.
    pub packed_256: f64,
    /// In 512-bit registers.
    pub packed_512: f64,
}

impl VectorShares {
    /// Of instructions that work on several numbers at a time, in registers of any width.
    pub fn packed(&self) -> f64 {
        self.packed_128 + self.packed_256 + self.packed_512
    }

    /// The widest registers that several numbers are worked on in, in bits; `None` for none.
    pub fn widest_bits(&self) -> Option<u32> {
        [(512, self.packed_512), (256, self.packed_256), (128, self.packed_128)]
            .into_iter()
            .find(|(_, share)| *share > 0.0)
            .map(|(bits, _)| bits)
    }
}
