//! What `perf script` prints, read line by line: a thread's number and the time, then its frames, leaf first.

use std::collections::{HashMap, hash_map::Entry};

use duel_record::{Folding, Sampled, Share};

use super::image::Image;

/// Stacks as far as they were read.
pub struct Script<'a> {
    pub folding: Folding,
    /// How often the CPU was at which place of the executable's file.
    pub offsets: HashMap<u64, u64>,
    /// Lines that are nothing that perf prints.
    pub skipped: u64,
    executable: String,
    image: &'a Image,
    /// The thread that runs the kernel.
    thread: u32,
    /// Functions that were looked up.
    names: HashMap<u64, Option<String>>,
    /// Thread and time of the sample at hand.
    head: Option<(u32, Option<u64>)>,
    /// Of the sample at hand.
    frames: Vec<Frame>,
    /// Samples whose stacks do not say whether they are the kernel's.
    open: Vec<Open>,
}

struct Frame {
    offset: u64,
    name: String,
    own: bool,
}

struct Open {
    sampled: Sampled,
    place: Option<u64>,
    /// In nanoseconds of perf's clock.
    time: Option<u64>,
}

impl<'a> Script<'a> {
    /// Every stack begins with the variant; places are those of the executable, whose main thread runs
    /// the kernel.
    pub fn new(variant: &str, executable: &str, image: &'a Image, thread: u32) -> Self {
        Self {
            folding: Folding::new(variant),
            offsets: HashMap::new(),
            skipped: 0,
            executable: executable.to_owned(),
            image,
            thread,
            names: HashMap::new(),
            head: None,
            frames: Vec::new(),
            open: Vec::new(),
        }
    }

    /// Takes in a line.
    pub fn line(&mut self, line: &str) {
        let text = line.trim();
        if text.is_empty() {
            self.end();
        } else if line.starts_with('\t') {
            match self.frame(text) {
                Some(frame) => self.frames.push(frame),
                None => self.skipped += 1,
            }
        } else {
            self.end();
            self.head = head(text);
            self.skipped += u64::from(self.head.is_none());
        }
    }

    /// The sample at hand is complete.
    pub fn end(&mut self) {
        let (frames, head) = (std::mem::take(&mut self.frames), self.head.take());
        let Some(leaf) = frames.first() else { return };
        let place = leaf.own.then_some(leaf.offset);
        let mut names: Vec<String> = frames.into_iter().rev().map(|frame| frame.name).collect();
        // Frames without a name tell nothing one by one.
        names.dedup_by(|next, name| next == name && name.starts_with('['));
        let on_kernels_thread = head.is_none_or(|(thread, _)| thread == self.thread);
        let sampled = Sampled { names, on_kernels_thread, clock_ran: None };
        if sampled.reaches_the_clock() {
            self.settle_one(sampled, place);
        } else {
            self.open.push(Open { sampled, place, time: head.and_then(|(_, time)| time) });
        }
    }

    /// When those samples were taken that only the clock can assign.
    pub fn moments(&self) -> Vec<u64> {
        self.open.iter().filter_map(|open| open.time).collect()
    }

    /// Assigns what was left open: `clock_ran` has one answer for each of the moments.
    pub fn settle(&mut self, clock_ran: Vec<Option<bool>>) {
        let mut answers = clock_ran.into_iter();
        for open in std::mem::take(&mut self.open) {
            let clock_ran = open.time.and_then(|_| answers.next().flatten());
            self.settle_one(Sampled { clock_ran, ..open.sampled }, open.place);
        }
    }

    fn settle_one(&mut self, sampled: Sampled, place: Option<u64>) {
        if self.folding.add(sampled, 1) == Share::Kernel
            && let Some(offset) = place
        {
            *self.offsets.entry(offset).or_default() += 1;
        }
    }

    /// `1c4216 core::ops::function::Fn::call (/path/of/the/executable)`.
    fn frame(&mut self, text: &str) -> Option<Frame> {
        let (offset, rest) = text.split_once(' ')?;
        let offset = u64::from_str_radix(offset, 16).ok()?;
        let (name, object) = rest.strip_suffix(')')?.rsplit_once('(')?;
        let name = name.trim();
        let own = object == self.executable;
        let known = if own { self.function(offset) } else { None };
        let name = if let Some(known) = known {
            known
        } else if name == "[unknown]" || name.is_empty() {
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

    fn function(&mut self, offset: u64) -> Option<String> {
        match self.names.entry(offset) {
            Entry::Occupied(known) => known.get().clone(),
            Entry::Vacant(place) => place.insert(self.image.function(offset)).clone(),
        }
    }
}

/// A thread's number and the time, if there is one: `22996  3334.733890399:`.
fn head(text: &str) -> Option<(u32, Option<u64>)> {
    let mut words = text.split_whitespace();
    let thread = words.next()?.parse().ok()?;
    let Some(time) = words.next() else { return Some((thread, None)) };
    let (seconds, fraction) = time.strip_suffix(':')?.split_once('.')?;
    if words.next().is_some() || fraction.len() != 9 {
        return None;
    }
    let seconds: u64 = seconds.parse().ok()?;
    let time = seconds.checked_mul(1_000_000_000)?.checked_add(fraction.parse().ok()?)?;
    Some((thread, Some(time)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Stacks, places in the executable, and skipped lines.
    type Read = (Vec<(String, u64)>, Vec<(u64, u64)>, u64);

    /// Reads what perf printed of a runner whose kernel is on thread 11981 and whose clock ran from
    /// the second on that ends in .5, where perf has times.
    fn read(text: &str) -> Read {
        let image = Image::nothing();
        let mut script = Script::new("fast", "/a/runner", &image, 11981);
        text.lines().for_each(|line| script.line(line));
        script.end();
        let ran = script.moments().into_iter().map(|time| Some(time % 1_000_000_000 >= 500_000_000));
        script.settle(ran.collect());
        let mut offsets: Vec<_> = script.offsets.into_iter().collect();
        offsets.sort_unstable();
        let stacks = script.folding.stacks().into_iter().map(|stack| (stack.frames, stack.samples));
        (stacks.collect(), offsets, script.skipped)
    }

    fn frames(text: &str) -> Vec<String> {
        read(text).0.into_iter().map(|(frames, _)| frames).collect()
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
    fn a_stack_that_ends_early_is_the_kernels_if_the_clock_ran() {
        let (stacks, offsets, skipped) = read(
            "11981  3334.733890399: \n\t 1c44 walk (/a/runner)\n\t 1c48 walk (/a/runner)\n\t 0 [unknown] ([unknown])\n\n\
             11981  3335.133890399: \n\t 1d44 clear (/a/runner)\n\t 1d48 clear (/a/runner)\n\n\
             11981 \n\t 1e44 nobody_knows (/a/runner)\n\n\
             \x20  77  3335.833890399: \n\t 1f44 help (/a/runner)\n\t 2c start_thread (/usr/lib/libc.so.6)\n\n\
             \x20  77  3336.133890399: \n\t 1f48 idle (/a/runner)\n\t 2c start_thread (/usr/lib/libc.so.6)\n",
        );
        assert_eq!(
            stacks,
            [("fast;[callers lost];walk;walk".to_owned(), 1), ("fast;start_thread;help".to_owned(), 1)]
        );
        assert_eq!((offsets, skipped), (vec![(0x1c44, 1), (0x1f44, 1)], 0));
    }

    #[test]
    fn garbage_is_counted_and_the_rest_is_read() {
        let (stacks, _, skipped) = read(
            "Hello\n\u{1}\u{fffd} what\n\tnothing of the kind\n7\n\t 1c 45\n\t 1c sum (/lib/x.so)\n\
             \t 2c start_thread (/usr/lib/libc.so.6)\n\n\u{fffd}\n7 x.y:\n",
        );
        assert_eq!(stacks, [("fast;start_thread;sum".to_owned(), 1)]);
        assert_eq!(skipped, 6);
    }

    #[test]
    fn frames_without_a_name_are_one() {
        assert_eq!(
            frames(
                "7\n\t 1 [unknown] ([kernel.kallsyms])\n\t 2 [unknown] ([kernel.kallsyms])\n\t 3 f (/x)\n\
                 \t 4 [unknown] (/usr/lib/libc.so.6)\n"
            ),
            ["fast;[libc];f;[kernel]"]
        );
    }

    #[test]
    fn an_array_type_stays_one_frame() {
        assert_eq!(
            frames("11981\n\t 1 k::step::<[u8; 64]> (/x)\n\t 3 duel::kernel::clocked::<F> (/a/runner)\n"),
            ["fast;k::step::<[u8 x 64]>"]
        );
    }
}
