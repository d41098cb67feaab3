//! What `perf script` prints, read line by line: a thread's number, then its frames, leaf first.

use std::collections::HashMap;

use duel_record::Folding;

/// Stacks as far as they were read.
pub struct Script {
    pub folding: Folding,
    /// How often the CPU was at which place of the executable's file.
    pub offsets: HashMap<u64, u64>,
    /// Lines that are nothing that perf prints.
    pub skipped: u64,
    executable: String,
    /// Of the sample at hand.
    frames: Vec<Frame>,
}

struct Frame {
    offset: u64,
    name: String,
    own: bool,
}

impl Script {
    /// Every stack begins with the variant; places are those of the executable.
    pub fn new(variant: &str, executable: &str) -> Self {
        Self {
            folding: Folding::new(variant),
            offsets: HashMap::new(),
            skipped: 0,
            executable: executable.to_owned(),
            frames: Vec::new(),
        }
    }

    /// Takes in a line.
    pub fn line(&mut self, line: &str) {
        let text = line.trim();
        if text.is_empty() {
            self.end();
        } else if !line.starts_with([' ', '\t']) {
            self.end();
            // The thread does not matter: `duel::kernel::clocked` tells.
            self.skipped += u64::from(text.parse::<u32>().is_err());
        } else if text.parse::<u32>().is_ok() && self.frames.is_empty() {
            // A short number of a thread, padded.
        } else {
            match self.frame(text) {
                Some(frame) => self.frames.push(frame),
                None => self.skipped += 1,
            }
        }
    }

    /// The sample at hand is complete.
    pub fn end(&mut self) {
        let frames = std::mem::take(&mut self.frames);
        let Some(leaf) = frames.first() else { return };
        let place = leaf.own.then_some(leaf.offset);
        let mut names: Vec<String> = frames.into_iter().rev().map(|frame| frame.name).collect();
        // Frames without a name tell nothing one by one.
        names.dedup_by(|next, name| next == name && name.starts_with('['));
        if self.folding.add(names, 1)
            && let Some(offset) = place
        {
            *self.offsets.entry(offset).or_default() += 1;
        }
    }

    /// `1c4216 core::ops::function::Fn::call (/path/of/the/executable)`.
    fn frame(&self, text: &str) -> Option<Frame> {
        let (offset, rest) = text.split_once(' ')?;
        let offset = u64::from_str_radix(offset, 16).ok()?;
        let (name, object) = rest.strip_suffix(')')?.rsplit_once('(')?;
        let name = name.trim();
        let own = object == self.executable;
        let name = if name == "[unknown]" || name.is_empty() {
            let file = object.rsplit('/').next().unwrap_or(object).trim_matches(['[', ']']);
            format!("[{}]", file.split('.').next().unwrap_or(file))
        } else if own {
            name.to_owned()
        } else {
            // `cfree@GLIBC_2.2.5`
            name.split('@').next().unwrap_or(name).to_owned()
        };
        Some(Frame { offset, name, own })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Stacks, places in the executable, and skipped lines.
    type Read = (Vec<(String, u64)>, Vec<(u64, u64)>, u64);

    fn read(text: &str) -> Read {
        let mut script = Script::new("fast", "/a/runner");
        text.lines().for_each(|line| script.line(line));
        script.end();
        let mut offsets: Vec<_> = script.offsets.into_iter().collect();
        offsets.sort_unstable();
        let stacks = script.folding.stacks().into_iter().map(|stack| (stack.frames, stack.samples));
        (stacks.collect(), offsets, script.skipped)
    }

    #[test]
    fn stacks_are_cut_above_the_clock_and_leaves_of_the_executable_have_places() {
        let (stacks, offsets, skipped) = read(
            "11981 \n\t 39e8c __asinf@GLIBC_2.15 (/usr/lib/libm.so.6)\n\t 1c42 <A as B>::run (x) (/a/runner)\n\
             \t 1dd3 duel::kernel::clocked (/a/runner)\n\t 19bb main (/a/runner)\n\n\
             11981 \n\t 1c44 sum (/a/runner)\n\t 1dd3 duel::kernel::clocked (/a/runner)\n\n\
             11981 \n\t 99 load (/a/runner)\n\t 98 duel::kernel::sample (/a/runner)\n",
        );
        let stacks: Vec<_> = stacks.into_iter().map(|(frames, _)| frames).collect();
        assert_eq!(stacks, ["fast;<A as B>::run (x);__asinf", "fast;sum"]);
        assert_eq!((offsets, skipped), (vec![(0x1c44, 1)], 0));
    }

    #[test]
    fn garbage_is_counted_and_the_rest_is_read() {
        let (stacks, _, skipped) = read(
            "Hello\n\u{1}\u{fffd} what\n\tnothing of the kind\n7\n\t 1c 45\n\t 1c sum (/lib/x.so)\n\n\u{fffd}\n",
        );
        assert_eq!(stacks, [("fast;sum".to_owned(), 1)]);
        assert_eq!(skipped, 5);
    }

    #[test]
    fn frames_without_a_name_are_one() {
        let (stacks, _, _) =
            read("7\n\t 1 [unknown] ([kernel.kallsyms])\n\t 2 [unknown] ([kernel.kallsyms])\n\t 3 f (/x)\n");
        assert_eq!(stacks, [("fast;f;[kernel]".to_owned(), 1)]);
    }
}
