//! What a record keeps of callgrind's files: the counts of one iteration, and where they fell.

use std::{cmp::Reverse, collections::HashMap, hash::Hash};

use duel_record::{
    AddressInstructions, Arm, FunctionInstructions, InstructionSummary, LineInstructions, SimulatedEvents,
};

use super::{
    callgrind::{Cost, Dump},
    valgrind::Valgrind,
};
use crate::runner::artifact::Runner;

/// Processes that an arm is counted in.
pub(super) const PROCESSES: u32 = 2;
/// Iterations in each repetition: one is enough where counts are exact.
pub(super) const ITERS: u64 = 1;
/// Functions that are kept in the record; callgrind's file has them all.
const MOST_FUNCTIONS: usize = 40;
/// Source lines that are kept.
const MOST_LINES: usize = 40;
/// Instructions that are kept: a kernel has some hundreds that matter.
const MOST_ADDRESSES: usize = 4_000;
/// The function that has the measured loop, and all that was inlined into it.
const MEASURED: &str = "duel::kernel::clocked";

/// What one process counted.
pub(super) struct Counted {
    pub cpu_features: Vec<String>,
    pub empty: Dump,
    pub repetitions: Vec<Dump>,
}

pub(super) fn summary(
    counted: &[Counted],
    runner: &Runner,
    arm: &Arm,
    valgrind: &Valgrind,
) -> InstructionSummary {
    let counts = counted.iter().flat_map(per_repetition);
    let mut summary = InstructionSummary {
        iters: ITERS,
        processes: PROCESSES,
        instructions_per_iter: counts.collect(),
        counter: valgrind.version.clone(),
        ..InstructionSummary::default()
    };
    let Some(first) = counted.first() else { return summary };
    let native = runner.artifact.identity.cpu_features.iter();
    summary.hidden_cpu_features = native.filter(|name| !first.cpu_features.contains(name)).cloned().collect();
    summary.cpu_features.clone_from(&first.cpu_features);
    summary.empty_instructions = first.empty.total;
    if let Some(last) = first.repetitions.last() {
        summary.functions = functions(last, &first.empty, &arm.case.variant);
        summary.lines = lines(last, &first.empty);
        summary.addresses = addresses(last, &first.empty);
        summary.simulated = simulated(last, &first.empty);
    }
    summary
}

/// Instructions of one iteration, for each of a process's repetitions.
pub(super) fn per_repetition(process: &Counted) -> impl Iterator<Item = f64> {
    process.repetitions.iter().map(|dump| per_iter(dump.total.saturating_sub(process.empty.total)))
}

fn per_iter(count: u64) -> f64 {
    count as f64 / ITERS as f64
}

/// The costliest functions, without what an empty kernel takes.
fn functions(dump: &Dump, empty: &Dump, variant: &str) -> Vec<FunctionInstructions> {
    let mut functions: Vec<FunctionInstructions> = dump
        .functions
        .iter()
        .filter(|(name, _)| *name == MEASURED || !is_harness(name))
        .map(|(name, cost)| {
            let without = empty.functions.get(name).copied().unwrap_or_default();
            let Cost { own, inclusive } = *cost;
            FunctionInstructions {
                name: if name == MEASURED { variant.to_owned() } else { name.clone() },
                own_per_iter: per_iter(own.saturating_sub(without.own)),
                inclusive_per_iter: per_iter(inclusive.saturating_sub(without.inclusive)),
            }
        })
        .filter(|function| function.inclusive_per_iter > 0.0)
        .collect();
    functions.sort_by(|a, b| {
        (b.inclusive_per_iter.total_cmp(&a.inclusive_per_iter))
            .then_with(|| b.own_per_iter.total_cmp(&a.own_per_iter))
            .then_with(|| a.name.cmp(&b.name))
    });
    functions.truncate(MOST_FUNCTIONS);
    functions
}

/// What is above and beside the measured loop: all of the library, whatever of it the compiler inlined
/// where, but for the switch of allocators, which kernels call.
fn is_harness(name: &str) -> bool {
    let is_of_library =
        name.trim_start_matches('<').starts_with("duel::") && !name.contains("duel::allocator::");
    is_of_library || name.contains("duel::kernel::")
}

/// What is left of each count without an empty kernel's, costliest first.
fn without<K: Clone + Eq + Hash + Ord>(counts: &HashMap<K, u64>, empty: &HashMap<K, u64>) -> Vec<(K, u64)> {
    let mut left: Vec<(K, u64)> = counts
        .iter()
        .map(|(key, count)| (key.clone(), count.saturating_sub(empty.get(key).copied().unwrap_or(0))))
        .filter(|(_, count)| *count > 0)
        .collect();
    left.sort_by(|(a, of_a), (b, of_b)| (Reverse(of_a), a).cmp(&(Reverse(of_b), b)));
    left
}

/// The costliest source lines; code whose line is not known has none.
fn lines(dump: &Dump, empty: &Dump) -> Vec<LineInstructions> {
    without(&dump.lines, &empty.lines)
        .into_iter()
        .filter(|((_, line), _)| *line > 0)
        .take(MOST_LINES)
        .map(|((file, line), own)| LineInstructions { file, line, own_per_iter: per_iter(own) })
        .collect()
}

/// The runner's own instructions that were executed most, in the order of their addresses.
fn addresses(dump: &Dump, empty: &Dump) -> Vec<AddressInstructions> {
    // A path may be written in many ways; the measured loop is in the runner whatever its path.
    let Some(runner) = dump.objects.get(MEASURED) else { return Vec::new() };
    let mut addresses: Vec<AddressInstructions> = without(&dump.addresses, &empty.addresses)
        .into_iter()
        .filter(|((object, _), _)| object == runner)
        .take(MOST_ADDRESSES)
        .map(|((_, address), executed)| AddressInstructions {
            address,
            executed_per_iter: per_iter(executed),
        })
        .collect();
    addresses.sort_by_key(|instruction| instruction.address);
    addresses
}

fn simulated(dump: &Dump, empty: &Dump) -> Vec<SimulatedEvents> {
    let of_empty: HashMap<&str, u64> =
        empty.simulated.iter().map(|(event, count)| (event.as_str(), *count)).collect();
    dump.simulated
        .iter()
        .map(|(event, count)| {
            let without = count.saturating_sub(of_empty.get(event.as_str()).copied().unwrap_or(0));
            SimulatedEvents { event: event.clone(), per_iter: per_iter(without) }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instruments::instructions::callgrind;

    #[test]
    fn the_harness_is_taken_out_of_the_functions() {
        let dump = |text: &str| callgrind::parse(text).unwrap();
        let empty = dump(
            "events: Ir\nfn=duel::kernel::clocked\n1 4\nfn=duel::instruments::instructions::toggle\n1 11\ntotals: 15",
        );
        let counted = dump(
            "events: Ir\nfn=duel::kernel::clocked\n1 10\ncfn=sum::run\ncalls=1 1\n1 90\n\
             cfn=duel::instruments::instructions::toggle\ncalls=2 1\n1 11\n\
             fn=duel::instruments::instructions::toggle\n1 11\n\
             fn=duel::serve::converse\n1 0\ncfn=duel::kernel::clocked\ncalls=1 1\n1 111\n\
             fn=sum::run\n5 80\ncfn=duel::allocator::alloc\ncalls=1 1\n1 10\n\
             fn=duel::allocator::alloc\n1 10\ntotals: 111",
        );
        let found = functions(&counted, &empty, "fast");
        let found: Vec<_> =
            found.iter().map(|f| (f.name.as_str(), f.own_per_iter, f.inclusive_per_iter)).collect();
        assert_eq!(
            found,
            [("fast", 6.0, 107.0), ("sum::run", 80.0, 90.0), ("duel::allocator::alloc", 10.0, 10.0)],
        );
    }
}
