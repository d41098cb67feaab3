//! How instructions are written.

use iced_x86::{Formatter, Instruction, IntelFormatter};

use super::{
    executable::Executable,
    flow::{Step, Target, step},
    functions::Function,
    names,
};

/// Writes instructions as Intel's manuals do.
pub struct Writer<'a> {
    executable: &'a Executable,
    function: &'a Function,
    formatter: IntelFormatter,
}

impl<'a> Writer<'a> {
    pub fn new(executable: &'a Executable, function: &'a Function) -> Self {
        let mut formatter = IntelFormatter::new();
        let options = formatter.options_mut();
        options.set_hex_prefix("0x");
        options.set_hex_suffix("");
        options.set_uppercase_hex(false);
        options.set_branch_leading_zeros(false);
        options.set_space_after_operand_separator(true);
        options.set_show_branch_size(false);
        Self { executable, function, formatter }
    }

    /// The text of an instruction, with a name in the place of an address that leaves the function.
    pub fn text(&mut self, instruction: &Instruction) -> String {
        let named = match step(self.executable, self.function, instruction) {
            Step::Call(target) | Step::Leave(target) if target != Target::Pointer => Some(target),
            _ => None,
        };
        let mut text = String::new();
        match named {
            Some(target) => {
                self.formatter.format_mnemonic(instruction, &mut text);
                text.push(' ');
                text.push_str(&names::shortened(&target.name(self.executable)));
            }
            None => self.formatter.format(instruction, &mut text),
        }
        text
    }
}
