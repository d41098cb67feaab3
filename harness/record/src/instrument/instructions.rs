//! What callgrind counted of one case.

use serde::{Deserialize, Serialize};

/// What callgrind counted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct InstructionSummary {
    /// Iterations of each repetition.
    pub iters: u64,
    /// Fresh processes that counted; each made the same number of repetitions.
    pub processes: u32,
    /// Instructions of one iteration, for each repetition, one process after the other. What
    /// switching the counter on and off takes is subtracted.
    pub instructions_per_iter: Vec<f64>,
    /// Instructions that were subtracted from every repetition: an empty kernel's, counted in the
    /// same process.
    pub empty_instructions: u64,
    /// CPU features that the counting process saw, of those that matter for kernels.
    pub cpu_features: Vec<String>,
    /// CPU features that the machine has and the counting process did not see, so a kernel that
    /// looks for them ran another path than under the clock.
    pub hidden_cpu_features: Vec<String>,
    /// What counted, such as `valgrind-3.19.0`.
    pub counter: String,
    /// The costliest functions of one repetition, by what they and their callees took.
    pub functions: Vec<FunctionInstructions>,
    /// The costliest source lines of one repetition.
    #[serde(default)]
    pub lines: Vec<LineInstructions>,
    /// How often each instruction of the runner's executable was executed in one iteration, in the
    /// order of addresses; what is called but not in that file is left out.
    #[serde(default)]
    pub addresses: Vec<AddressInstructions>,
    /// What callgrind simulated beside (cache misses, mispredicted branches) of one iteration, in its
    /// own short names; empty where it was not asked to.
    #[serde(default)]
    pub simulated: Vec<SimulatedEvents>,
}

impl InstructionSummary {
    /// Whether every process counted what the first did, repetition by repetition.
    pub fn processes_agree(&self) -> bool {
        let repetitions = self.instructions_per_iter.len() / self.processes.max(1) as usize;
        let mut processes = self.instructions_per_iter.chunks(repetitions.max(1));
        let first = processes.next();
        processes.all(|process| Some(process) == first)
    }

    /// The counts, as those of further processes are kept.
    pub fn counts(&self) -> ProcessCounts {
        ProcessCounts { processes: self.processes, instructions_per_iter: self.instructions_per_iter.clone() }
    }

    /// Whether all repetitions, in all processes, counted the same.
    pub fn repeats_exactly(&self) -> bool {
        self.instructions_per_iter.windows(2).all(|pair| pair[0] == pair[1])
    }
}

/// What fresh processes counted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ProcessCounts {
    /// Fresh processes that counted; each made the same number of repetitions.
    pub processes: u32,
    /// Instructions of one iteration, for each repetition, one process after the other.
    pub instructions_per_iter: Vec<f64>,
}

impl ProcessCounts {
    /// The mean of each process's repetitions: of counts only those of different processes are independent.
    pub fn per_process(&self) -> Vec<f64> {
        let repetitions = self.instructions_per_iter.len() / self.processes.max(1) as usize;
        let processes = self.instructions_per_iter.chunks(repetitions.max(1));
        processes.map(|process| process.iter().sum::<f64>() / process.len() as f64).collect()
    }
}

/// What one function took of an iteration.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FunctionInstructions {
    /// Its name; the measured loop with all that was inlined into it has the variant's name.
    pub name: String,
    /// Instructions of one iteration in itself.
    pub own_per_iter: f64,
    /// Instructions of one iteration in itself and all that it called.
    pub inclusive_per_iter: f64,
}

/// What one source line took of an iteration.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LineInstructions {
    /// The file, as the compiler wrote it down.
    pub file: String,
    /// Which line of it, from 1.
    pub line: u32,
    /// Instructions of one iteration, without what it called.
    pub own_per_iter: f64,
}

/// How often one instruction was executed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AddressInstructions {
    /// In the executable file, without where it was loaded.
    pub address: u64,
    /// Times in one iteration.
    pub executed_per_iter: f64,
}

/// How often something happened in a simulation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SimulatedEvents {
    /// callgrind's name, such as `D1mr` (first-level data cache, missed reads).
    pub event: String,
    /// Times in one iteration.
    pub per_iter: f64,
}
