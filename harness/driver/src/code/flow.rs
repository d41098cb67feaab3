//! Where an instruction goes on: jumps within a function, and calls out of it.

use std::collections::HashSet;

use iced_x86::{Decoder, DecoderOptions, FlowControl, Instruction, OpKind};

use super::{
    executable::{Executable, Linked},
    functions::Function,
    loops::Next,
};

/// Instructions of a linker's stub before its jump.
const STUB_INSTRUCTIONS: usize = 3;
/// What a panic calls. It is counted, and not followed: every bounds check would pull in all of the
/// standard library's way to print a message.
const COLD: [&str; 9] = [
    "core::panicking::",
    "core::slice::index::slice_",
    "core::str::slice_error_fail",
    "core::cell::panic_",
    "alloc::raw_vec::handle_error",
    "alloc::alloc::handle_alloc_error",
    "std::panicking::",
    "alloc::raw_vec::capacity_overflow",
    "_Unwind_",
];

/// What is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A function of the executable, by its address.
    Function(u64),
    /// One of another file.
    Name(String),
    /// Whatever a register or memory holds then.
    Pointer,
}

impl Target {
    /// Its name, demangled.
    pub fn name(&self, executable: &Executable) -> String {
        match self {
            Self::Function(address) => {
                executable.function_at(*address).map_or_else(|| format!("{address:#x}"), Function::name)
            }
            Self::Name(name) => name.clone(),
            Self::Pointer => "through a pointer".to_owned(),
        }
    }
}

/// What an instruction does to the flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// It continues with the next, or returns.
    Next,
    /// It may jump to this address of the same function.
    Jump(u64),
    /// It calls.
    Call(Target),
    /// It goes over to another function, which returns in its place.
    Leave(Target),
}

/// What an instruction of a function does to the flow.
pub fn step(executable: &Executable, function: &Function, instruction: &Instruction) -> Step {
    let inside = |address: u64| (function.address..function.address + function.size).contains(&address);
    match instruction.flow_control() {
        FlowControl::ConditionalBranch | FlowControl::UnconditionalBranch => {
            let target = instruction.near_branch_target();
            if inside(target) { Step::Jump(target) } else { Step::Leave(direct(executable, target)) }
        }
        FlowControl::Call if instruction.is_call_near() => {
            Step::Call(direct(executable, instruction.near_branch_target()))
        }
        FlowControl::IndirectCall => Step::Call(indirect(executable, instruction)),
        // A jump to what a register holds is most often that of a `match` within the function.
        FlowControl::IndirectBranch if instruction.op0_kind() == OpKind::Memory => {
            Step::Leave(indirect(executable, instruction))
        }
        _ => Step::Next,
    }
}

fn direct(executable: &Executable, address: u64) -> Target {
    if executable.function_at(address).is_some() {
        return Target::Function(address);
    }
    // A stub of the linker's jumps to what the loader has filled in.
    let bytes = executable.bytes(address, 32);
    Decoder::with_ip(64, bytes, address, DecoderOptions::NONE)
        .into_iter()
        .take(STUB_INSTRUCTIONS)
        .find(|stub| stub.flow_control() == FlowControl::IndirectBranch)
        .map_or(Target::Pointer, |stub| indirect(executable, &stub))
}

fn indirect(executable: &Executable, instruction: &Instruction) -> Target {
    if !instruction.is_ip_rel_memory_operand() {
        return Target::Pointer;
    }
    match executable.linked(instruction.ip_rel_memory_address()) {
        Some(Linked::Name(name)) => Target::Name(name),
        Some(Linked::Address(address)) => direct(executable, address),
        None => Target::Pointer,
    }
}

/// A function with all that it can call within the executable: bytes and functions. What is called
/// through pointers is not known, and what a panic does is not followed.
pub fn reached(executable: &Executable, function: &Function) -> (u64, u32) {
    let mut seen = HashSet::from([function.address]);
    let mut open = vec![function];
    let mut bytes = 0;
    while let Some(function) = open.pop() {
        bytes += function.size;
        if is_cold(&function.name()) {
            continue;
        }
        for instruction in executable.instructions(function) {
            if let Step::Call(Target::Function(target)) | Step::Leave(Target::Function(target)) =
                step(executable, function, &instruction)
                && let Some(target) = executable.function_at(target)
                && seen.insert(target.address)
            {
                open.push(target);
            }
        }
    }
    (bytes, u32::try_from(seen.len()).unwrap_or(u32::MAX))
}

/// What can come after an instruction within its function.
pub fn next(executable: &Executable, instruction: &Instruction, step: &Step) -> Next {
    let falls_through = match instruction.flow_control() {
        FlowControl::UnconditionalBranch
        | FlowControl::IndirectBranch
        | FlowControl::Return
        | FlowControl::Exception => false,
        FlowControl::Call | FlowControl::IndirectCall => {
            !matches!(step, Step::Call(target) if is_cold(&target.name(executable)))
        }
        _ => true,
    };
    let jumps_to = if let Step::Jump(to) = step { Some(*to) } else { None };
    Next { falls_through, jumps_to }
}

/// Whether this is how a panic starts, or ends.
fn is_cold(name: &str) -> bool {
    COLD.iter().any(|cold| name.starts_with(cold)) || name.ends_with("_failed") && name.starts_with("core::")
}
