//! Where the CPU was while a case ran.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::LOST_CALLERS;

/// A CPU profile.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ProfileSummary {
    /// Stacks, most frequent first.
    pub stacks: Vec<Stack>,
    /// Samples in all.
    pub samples: u64,
    /// How long the kernel ran.
    pub duration_ns: u64,
    /// Iterations in that time.
    pub iters: u64,
    /// What took the samples, such as `pprof`.
    pub profiler: String,
    /// CPU time of the process while it was sampled, over all threads.
    #[serde(default)]
    pub cpu_ns: u64,
    /// How often the CPU was at which address of the runner's executable file (as `nm` names
    /// addresses), hottest first: what the code view weighs instructions with. Not all profilers
    /// tell.
    #[serde(default)]
    pub addresses: Vec<AddressSamples>,
    /// Of `samples`, those whose stacks end before they reach the clock or their thread's start:
    /// what called the functions in them is not known.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cut_stacks: u64,
    /// Samples beside `samples` of which nobody can tell whether they are the kernel's.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unattributed: u64,
    /// What should be known of it, such as why the better profiler did not take it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl ProfileSummary {
    /// With fewer samples than this a share of a tenth is off by more than a fifth of itself, one
    /// time in twenty.
    pub const ENOUGH_SAMPLES: u64 = 1_000;

    /// Samples in each second of CPU time, of all that fell into the kernel.
    pub fn samples_per_cpu_s(&self) -> Option<f64> {
        let ns = if self.cpu_ns > 0 { self.cpu_ns } else { self.duration_ns };
        (ns > 0).then(|| self.samples as f64 * 1e9 / ns as f64)
    }

    /// All that should be known of it beside its stacks, in sentences: the note, callers that were
    /// lost, and samples of nobody.
    pub fn notes(&self) -> Vec<String> {
        let percent = |part: u64, whole: u64| match 100.0 * part as f64 / whole.max(1) as f64 {
            share if share > 0.0 && share < 1.0 => "less than 1 %".to_owned(),
            share => format!("{share:.0} %"),
        };
        let mut notes: Vec<String> = self.note.iter().cloned().collect();
        if self.cut_stacks > 0 {
            let remedy = if self.profiler == "perf" {
                "perf copies at most 64 KiB of a stack and follows 512 calls: smaller frames or less deep recursion \
                 show the callers, and --profiler pprof is not bound by the size of frames"
            } else {
                "pprof follows at most 128 calls: less deep recursion shows the callers"
            };
            notes.push(format!(
                "{} of samples have stacks that end before the kernel's frame, so their callers are incomplete; they \
                 are shown under {LOST_CALLERS} ({remedy})",
                percent(self.cut_stacks, self.samples)
            ));
        }
        if self.unattributed > 0 {
            notes.push(format!(
                "{} more samples ({} of all) are not counted: their stacks end early, and it is not known whether the \
                 clock ran",
                self.unattributed,
                percent(self.unattributed, self.samples.saturating_add(self.unattributed))
            ));
        }
        notes
    }
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// How often the CPU was at one address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressSamples {
    /// In the executable file, without where it was loaded.
    pub address: u64,
    /// Samples there.
    pub samples: u64,
}

impl AddressSamples {
    /// Adds up what was met where; hottest first.
    pub fn count(met: impl IntoIterator<Item = (u64, u64)>) -> Vec<Self> {
        let mut counts: HashMap<u64, u64> = HashMap::new();
        for (address, samples) in met {
            let count = counts.entry(address).or_default();
            *count = count.saturating_add(samples);
        }
        let mut all: Vec<_> =
            counts.into_iter().map(|(address, samples)| Self { address, samples }).collect();
        all.sort_by_key(|at| (std::cmp::Reverse(at.samples), at.address));
        all
    }
}

/// One call stack of a profile.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stack {
    /// Function names from the outermost to the leaf, joined with `;`.
    pub frames: String,
    /// How often it was met.
    pub samples: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_lost_is_said_with_what_helps() {
        let profile = |profiler: &str, cut_stacks, unattributed| ProfileSummary {
            samples: 200,
            cut_stacks,
            unattributed,
            profiler: profiler.to_owned(),
            ..ProfileSummary::default()
        };
        assert_eq!(profile("perf", 0, 0).notes(), [] as [String; 0]);
        let notes = profile("perf", 24, 50).notes();
        assert!(
            notes[0].starts_with("12 % of samples have stacks that end before the kernel's frame"),
            "{notes:?}"
        );
        assert!(notes[0].contains("64 KiB of a stack"), "{notes:?}");
        assert!(notes[1].starts_with("50 more samples (20 % of all) are not counted"), "{notes:?}");
        let notes = profile("pprof", 1, 0).notes();
        assert!(notes[0].starts_with("less than 1 %") && notes[0].contains("128 calls"), "{notes:?}");
    }

    #[test]
    fn a_profile_of_an_older_record_has_lost_nothing() {
        let old = r#"{"stacks":[],"samples":3,"duration_ns":1,"iters":1,"profiler":"perf"}"#;
        let old: ProfileSummary = serde_json::from_str(old).unwrap();
        assert_eq!((old.cut_stacks, old.unattributed), (0, 0));
    }
}
