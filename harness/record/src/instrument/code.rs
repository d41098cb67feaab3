//! The machine code of a variant's hottest function.

use std::{collections::BTreeSet, ops::Range};

use serde::{Deserialize, Serialize};

use crate::bounded;

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
    #[serde(default, deserialize_with = "bounded::optional_share")]
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
    /// What was inlined into it, most weight first, as far as the debug information tells.
    #[serde(default)]
    pub inlined: Vec<InlinedFunction>,
}

/// A function that has no code of its own here, because it was inlined.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct InlinedFunction {
    /// Its name, shortened.
    pub name: String,
    /// The share of the function's weight that is in it and what was inlined into it in turn, 0 to
    /// 1; of the function's instructions without weights.
    #[serde(deserialize_with = "bounded::share")]
    pub weight_share: f64,
}

impl CodeSummary {
    /// Of `instructions` the places of at most so many: those of the hottest loops, innermost first,
    /// then by weight, then what is nearest to the hottest loop, in the order of addresses.
    pub fn hottest(&self, most: usize) -> Vec<usize> {
        if self.instructions.len() <= most {
            return (0..self.instructions.len()).collect();
        }
        let mut kept = BTreeSet::new();
        for of in &self.loops {
            // A loop has those within it, which may be kept already.
            let more: Vec<usize> = self.places_of(of).filter(|place| !kept.contains(place)).collect();
            if kept.len() + more.len() <= most {
                kept.extend(more);
            } else if kept.is_empty() {
                // Part of the hottest loop says more than all of a colder one, and than the function's start.
                kept.extend(self.by_weight(more, of.start).into_iter().take(most));
            }
        }
        let start = self.inner_loop().map_or(0, |of| of.start);
        let by_weight = self.by_weight((0..self.instructions.len()).collect(), start);
        for place in by_weight {
            if kept.len() >= most {
                break;
            }
            kept.insert(place);
        }
        kept.into_iter().collect()
    }

    /// The places that an excerpt of at most `most` instructions shows: the hottest ones, and of a long function
    /// none that is cold, such as what it does once before its loops.
    pub fn excerpt(&self, most: usize) -> Vec<usize> {
        let mut kept = self.hottest(most);
        if self.instructions.len() <= Self::SHORT {
            return kept;
        }
        let total: f64 = self.instructions.iter().map(|one| one.weight).sum();
        let is_warm = |of: &&CodeLoop| of.weight_share.is_none_or(|share| share >= Self::COLD);
        let warm_loops: Vec<&CodeLoop> = self.loops.iter().filter(is_warm).collect();
        let mut warm = kept.clone();
        warm.retain(|place| {
            let one = &self.instructions[*place];
            warm_loops.iter().any(|of| of.holds(one.address))
                || (total > 0.0 && one.weight / total >= Self::COLD)
        });
        if !warm.is_empty() {
            kept = warm;
        }
        kept
    }

    /// Functions with up to this many instructions are shown whole.
    const SHORT: usize = 40;
    /// What has a smaller share of the function's weight is cold.
    const COLD: f64 = 0.005;

    /// Places, the heaviest first, and of equal ones what is nearest to an address.
    fn by_weight(&self, mut places: Vec<usize>, near: u64) -> Vec<usize> {
        let weight = |place: usize| self.instructions[place].weight;
        let distance = |place: usize| self.instructions[place].address.abs_diff(near);
        places.sort_by(|a, b| {
            weight(*b)
                .total_cmp(&weight(*a))
                .then_with(|| distance(*a).cmp(&distance(*b)))
                .then_with(|| a.cmp(b))
        });
        places
    }

    /// Leaves out all but the hottest instructions, and counts them.
    pub fn keep_hottest(&mut self, most: usize) {
        let kept = self.hottest(most);
        self.left_out += (self.instructions.len() - kept.len()) as u64;
        self.instructions = kept.into_iter().map(|place| self.instructions[place].clone()).collect();
    }

    /// The hottest loop that has no loop in it.
    pub fn inner_loop(&self) -> Option<&CodeLoop> {
        self.loops.first()
    }

    /// Calls that were made; without weights all that there are.
    pub fn calls_made(&self) -> impl Iterator<Item = &CodeCall> {
        self.calls.iter().filter(|call| self.weighed_by == Weight::None || call.weight > 0.0)
    }

    fn places_of(&self, of: &CodeLoop) -> Range<usize> {
        let start = self.instructions.partition_point(|one| one.address < of.start);
        let end = self.instructions.partition_point(|one| one.address <= of.end);
        start..end
    }
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
    /// Its length; 0 where that was not kept.
    #[serde(default)]
    pub size_bytes: u32,
    /// As an assembler writes it, names in the place of addresses.
    pub text: String,
    /// Executions of one iteration, or samples; zero where it was not met.
    pub weight: f64,
    /// Where it comes from: the innermost inlined function that is not the standard library's, where
    /// there is one.
    pub source: Option<CodePlace>,
}

impl CodeInstruction {
    /// Whether the other is the very next one.
    pub fn is_followed_by(&self, next: &Self) -> bool {
        self.size_bytes == 0 || self.address.checked_add(self.size_bytes.into()) == Some(next.address)
    }
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
    /// How many loops it is in, 0 for an outermost one.
    pub depth: u32,
    /// Instructions in it.
    pub instructions: u32,
    /// Its share of the function's weight, 0 to 1; `None` without weights.
    #[serde(default, deserialize_with = "bounded::optional_share")]
    pub weight_share: Option<f64>,
    /// How much of it is vector code.
    pub vectors: VectorShares,
}

impl CodeLoop {
    /// Whether an instruction is in it.
    pub fn holds(&self, address: u64) -> bool {
        (self.start..=self.end).contains(&address)
    }
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
    #[serde(deserialize_with = "bounded::share")]
    pub scalar: f64,
    /// That compute on several numbers at a time in 128-bit registers.
    #[serde(deserialize_with = "bounded::share")]
    pub packed_128: f64,
    /// In 256-bit registers.
    #[serde(deserialize_with = "bounded::share")]
    pub packed_256: f64,
    /// In 512-bit registers.
    #[serde(deserialize_with = "bounded::share")]
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_follows_the_last_address() {
        let at = |address| CodeInstruction { address, size_bytes: 2, ..CodeInstruction::default() };
        assert!(at(4).is_followed_by(&at(6)));
        assert!(!at(4).is_followed_by(&at(7)));
        assert!(!at(u64::MAX).is_followed_by(&at(1)));
    }

    fn summary() -> CodeSummary {
        let weights = [1.0, 1.0, 50.0, 50.0, 2.0, 9.0, 9.0, 1.0];
        let instruction = |(place, weight): (usize, &f64)| CodeInstruction {
            address: 4 * place as u64,
            size_bytes: 4,
            weight: *weight,
            ..CodeInstruction::default()
        };
        let of = |start, end| CodeLoop { start, end, ..CodeLoop::default() };
        CodeSummary {
            instructions: weights.iter().enumerate().map(instruction).collect(),
            loops: vec![of(8, 12), of(4, 24)],
            ..CodeSummary::default()
        }
    }

    #[test]
    fn the_hottest_loop_is_kept_whole_and_then_the_heaviest_instructions() {
        assert_eq!(summary().hottest(100), [0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(summary().hottest(6), [1, 2, 3, 4, 5, 6], "both loops fit");
        assert_eq!(summary().hottest(4), [2, 3, 5, 6], "the outer loop does not");
    }

    /// A long function: 100 instructions of 4 bytes, of which a loop has those from 60 to 79.
    fn long(weight: f64) -> CodeSummary {
        let share = (weight > 0.0).then_some(0.99);
        let instruction = |place: u64| CodeInstruction {
            address: 4 * place,
            size_bytes: 4,
            weight: if (60..80).contains(&place) { weight } else { weight / 1_000.0 },
            ..CodeInstruction::default()
        };
        CodeSummary {
            instructions: (0..100).map(instruction).collect(),
            loops: vec![CodeLoop { start: 240, end: 316, weight_share: share, ..CodeLoop::default() }],
            ..CodeSummary::default()
        }
    }

    #[test]
    fn an_excerpt_is_of_the_loop_and_not_of_what_comes_before() {
        for weight in [0.0, 500.0] {
            let loop_alone: Vec<usize> = (60..80).collect();
            assert_eq!(long(weight).excerpt(50), loop_alone, "weight {weight}");
            assert_eq!(long(weight).excerpt(200), loop_alone, "weight {weight}");
        }
        assert_eq!(summary().excerpt(100).len(), 8, "a short function is shown whole");
    }

    #[test]
    fn of_a_loop_that_is_too_long_a_part_is_shown() {
        for weight in [0.0, 500.0] {
            let kept = long(weight).excerpt(8);
            assert_eq!(kept, [60, 61, 62, 63, 64, 65, 66, 67], "weight {weight}");
        }
        let mut uneven = long(1.0);
        uneven.instructions[79].weight = 9.0;
        assert!(uneven.excerpt(8).contains(&79), "the heaviest");
    }

    #[test]
    fn without_weights_the_rest_is_what_is_nearest_to_the_loop() {
        let kept = long(0.0).hottest(30);
        assert!(kept[0] >= 50 && kept.len() == 30, "{kept:?}");
    }

    #[test]
    fn what_is_left_out_is_counted_and_leaves_a_gap() {
        let mut summary = summary();
        summary.keep_hottest(3);
        assert_eq!((summary.instructions.len(), summary.left_out), (3, 5));
        assert!(summary.instructions[0].is_followed_by(&summary.instructions[1]));
        assert!(!summary.instructions[1].is_followed_by(&summary.instructions[2]));
    }
}
