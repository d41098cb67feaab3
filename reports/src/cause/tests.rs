//! Sentences about made-up arms, and where they contradict themselves.

use duel_record::{
    CodeLoop, CodeSummary, Count, Counter, CounterSummary, HeapSummary, InstructionSummary, Instrument,
    MemorySummary, Missing, MissingKind, ProfileSummary, Refused, SimulatedEvents, Stack, VectorShares,
};

use super::*;
use crate::model::{Binding, HeapModel, InstructionModel, MemoryLevel, ProfileModel, Roofline};

fn estimate(ratio: f64, verdict: Verdict) -> Estimate {
    Estimate { ratio, interval: Some((ratio * 0.99, ratio * 1.01)), verdict, trials: 12 }
}

fn counted(count: f64) -> ArmModel {
    let summary = InstructionSummary {
        instructions_per_iter: vec![count; 4],
        processes: 2,
        ..InstructionSummary::default()
    };
    ArmModel { instructions: Some(InstructionModel { summary, file: String::new() }), ..ArmModel::default() }
}

fn allocating(mut arm: ArmModel, blocks: u64, bytes: u64) -> ArmModel {
    let summary =
        HeapSummary { iters: 1, total_blocks: blocks, total_bytes: bytes, ..HeapSummary::default() };
    arm.heap = Some(HeapModel { summary, file: String::new() });
    arm
}

fn packed(mut arm: ArmModel, packed_512: f64) -> ArmModel {
    let vectors = VectorShares { packed_512, ..VectorShares::default() };
    let hottest = CodeLoop { vectors, ..CodeLoop::default() };
    arm.code = Some(CodeSummary { loops: vec![hottest], ..CodeSummary::default() });
    arm
}

fn found(estimate: &Estimate, a: &ArmModel, b: &ArmModel) -> Cause {
    let cause = why(estimate, a, b).expect("a cause");
    let plain = |text: String| text.replace(['\u{a0}', '\u{202f}'], " ");
    Cause { sentence: plain(cause.sentence), contradiction: cause.contradiction.map(plain) }
}

fn why(estimate: &Estimate, a: &ArmModel, b: &ArmModel) -> Option<Cause> {
    let instruments = RunInstruments { wanted: Instrument::ALL, missing: &[] };
    why_of_run(estimate, a, b, instruments)
}

fn why_of_run(estimate: &Estimate, a: &ArmModel, b: &ArmModel, instruments: RunInstruments) -> Option<Cause> {
    let timed = |found, ns| Timed { variant: "variant", found, ns_per_iter: Some(ns), missing: &[] };
    cause(estimate, timed(a, 1000.0), timed(b, 1000.0 * estimate.ratio), instruments)
}

#[test]
fn what_changed_is_joined_in_one_sentence() {
    let a = packed(allocating(counted(1000.0), 2, 96), 0.0);
    let b = packed(allocating(counted(380.0), 0, 0), 0.88);
    let cause = found(&estimate(1.0 / 1.9, Verdict::Improved), &a, &b);
    assert_eq!(
        cause.sentence,
        "1.90 times faster: 62.0 % fewer instructions (1 000 → 380), \
         hot loop now 512-bit wide (0 → 88 % packed), allocations 2 → 0 per iteration (96 B → 0 B)"
    );
    assert_eq!(cause.contradiction, None);
}

#[test]
fn fewer_instructions_and_yet_slower_is_a_contradiction() {
    let cause = found(&estimate(1.1, Verdict::Regressed), &counted(1000.0), &counted(800.0));
    assert_eq!(cause.sentence, "10.0 % more time: 20.0 % fewer instructions (1 000 → 800)");
    assert_eq!(
        cause.contradiction.as_deref(),
        Some("fewer instructions, yet slower: each takes 1.38 times as long on average")
    );
    let other = found(&estimate(0.5, Verdict::Improved), &counted(1000.0), &counted(1500.0));
    assert!(other.contradiction.is_some_and(|text| text.starts_with("more instructions, yet faster")));
}

#[test]
fn where_something_else_goes_with_the_time_there_is_no_contradiction() {
    let a = allocating(counted(1000.0), 0, 0);
    let b = allocating(counted(800.0), 5, 5000);
    assert_eq!(found(&estimate(1.1, Verdict::Regressed), &a, &b).contradiction, None);
}

#[test]
fn a_time_that_changes_alone_is_unexplained() {
    let arm = allocating(counted(1000.0), 1, 64);
    let cause = found(&estimate(1.04, Verdict::Regressed), &arm, &arm);
    assert_eq!(
        cause.sentence,
        "4.0 % more time: nothing that was measured explains it (the same instructions and allocations); \
         counters of the processor might, but were not taken of both sides"
    );
    assert_eq!(cause.contradiction, None);
    let one = packed(counted(10.0), 0.5);
    let cause = found(&estimate(0.5, Verdict::Improved), &one, &one);
    assert!(
        cause.sentence.contains("(the same instructions and vector code, and the same hot code, instruction"),
        "{cause:?}"
    );
}

#[test]
fn what_explains_nothing_names_the_instrument_that_might_and_how_to_get_it() {
    let slower = estimate(1.55, Verdict::Regressed);
    let heap_only = allocating(ArmModel::default(), 1, 64);
    let quick = [Instrument::Time, Instrument::Heap];
    let said = |arm: &ArmModel, wanted: &[Instrument], missing: &[&Missing]| {
        let cause = why_of_run(&slower, arm, arm, RunInstruments { wanted, missing }).expect("a cause");
        cause.sentence.rsplit_once("; ").expect("a hint").1.to_owned()
    };
    // Not asked for.
    assert_eq!(
        said(&heap_only, &quick, &[]),
        "instruction counts might: `--instruments time,instructions`, if `cargo duel doctor` lists them"
    );
    // Refused: what can be had comes first.
    let valgrind = Missing {
        case: None,
        what: MissingKind::Instrument(Instrument::Instructions),
        reason: "valgrind is not installed".into(),
        remedy: Some("apt-get install valgrind".into()),
    };
    assert!(said(&heap_only, &quick, &[&valgrind]).starts_with("counters of the processor might: "));
    let mut all = packed(allocating(ArmModel::default(), 1, 64), 0.5);
    all.memory = Some(MemorySummary { iters: 1, ..MemorySummary::default() });
    all.profile = Some(ProfileModel { summary: ProfileSummary::default(), file: String::new() });
    let refused = Refused { counter: Counter::Cycles, reason: "no counters here".into(), remedy: None };
    all.counters = Some(CounterSummary { refused: vec![refused], ..CounterSummary::default() });
    // Both refused: the one with a remedy.
    assert_eq!(
        said(&all, Instrument::ALL, &[&valgrind]),
        "instruction counts might, but are not available here: valgrind is not installed \
         (apt-get install valgrind)"
    );
    all.instructions = counted(1000.0).instructions;
    assert_eq!(
        said(&all, Instrument::ALL, &[]),
        "counters of the processor might, but are not available here: no counters here"
    );
    // Everything was measured: then there is nothing to name.
    let counts = [Counter::Cycles, Counter::Instructions].map(|counter| Count {
        counter,
        per_iter: 9.0,
        counted_share: 1.0,
    });
    all.counters = Some(CounterSummary { counts: counts.into(), ..CounterSummary::default() });
    let cause = why(&slower, &all, &all).expect("a cause");
    assert!(cause.sentence.ends_with(')') && !cause.sentence.contains("might"), "{cause:?}");
}

/// Every kind of miss that the runner counts, by the name that it counts it under.
#[test]
fn misses_of_the_processor_are_a_cause() {
    let with = |kind: Counter, misses: f64| {
        let count = |counter, per_iter| Count { counter, per_iter, counted_share: 1.0 };
        let counts =
            vec![count(Counter::Cycles, 1000.0), count(Counter::Instructions, 1000.0), count(kind, misses)];
        let counters = Some(CounterSummary { iters: 1, counts, ..CounterSummary::default() });
        ArmModel { counters, ..ArmModel::default() }
    };
    let slower = estimate(2.0, Verdict::Regressed);
    for (kind, words) in [
        (Counter::BranchMisses, "branch misses"),
        (Counter::L1dMisses, "first-level cache misses"),
        (Counter::LlcMisses, "last-level cache misses"),
        (Counter::DtlbMisses, "data TLB misses"),
    ] {
        let sentence = found(&slower, &with(kind, 10.0), &with(kind, 200.0)).sentence;
        assert_eq!(sentence, format!("2.00 times slower: {words} 10.0 → 200 per iteration"));
    }
    // The most frequent of what changed.
    let both = |branch: f64, cache: f64| {
        let mut arm = with(Counter::BranchMisses, branch);
        let counters = arm.counters.as_mut().expect("counters");
        counters.counts.push(Count { counter: Counter::LlcMisses, per_iter: cache, counted_share: 1.0 });
        arm
    };
    let sentence = found(&slower, &both(5.0, 5.0), &both(50.0, 500.0)).sentence;
    assert!(sentence.contains("last-level cache misses 5.00 → 500"), "{sentence}");
}

#[test]
fn an_equal_time_is_never_a_contradiction() {
    let cause = found(&estimate(1.0, Verdict::Equivalent), &counted(1000.0), &counted(880.0));
    assert_eq!(cause.sentence, "as fast: although 12.0 % fewer instructions (1 000 → 880)");
    assert_eq!(cause.contradiction, None);
}

#[test]
fn nothing_is_said_where_one_side_was_not_measured() {
    let nothing = ArmModel::default();
    assert_eq!(why(&estimate(0.5, Verdict::Improved), &counted(10.0), &nothing), None);
    assert_eq!(why(&estimate(0.5, Verdict::Improved), &nothing, &nothing), None);
}

#[test]
fn a_count_of_another_path_is_called_that_where_it_contradicts() {
    let mut a = counted(1000.0);
    let counts = a.instructions.as_mut().expect("counts");
    counts.summary.hidden_cpu_features = vec!["avx512f".into()];
    let cause = found(&estimate(0.5, Verdict::Improved), &a, &counted(2000.0));
    assert!(cause.contradiction.is_some_and(|text| text.contains("counted without avx512f")));
}

#[test]
fn page_faults_count_where_they_are_no_accident_and_matter() {
    let with = |faults| {
        let memory =
            MemorySummary { iters: 100, minor_faults: faults, major_faults: 1, ..MemorySummary::default() };
        ArmModel { memory: Some(memory), ..ArmModel::default() }
    };
    let said = |a, b| found(&estimate(0.5, Verdict::Improved), &with(a), &with(b)).sentence;
    assert_eq!(said(1199, 2), "2.00 times faster: page faults 12.0 → 0.0300 per iteration");
    assert!(said(u64::MAX, 2).contains(" → 0.0300 per iteration"), "a sum that is too large is large");
    assert!(said(5, 3).starts_with(
        "2.00 times faster: nothing that was measured explains it (the same page faults); instruction counts"
    ));
    // More for certain, and too few for this time: neither the same nor a cause.
    let rare = |faults| {
        let memory = MemorySummary { iters: 1_000_000, minor_faults: faults, ..MemorySummary::default() };
        ArmModel { memory: Some(memory), ..ArmModel::default() }
    };
    let sentence = found(&estimate(0.5, Verdict::Improved), &rare(10_000), &rare(5_000)).sentence;
    assert!(sentence.starts_with("2.00 times faster: nothing that was measured explains it; "), "{sentence}");
    assert!(why(&estimate(1.0, Verdict::Equivalent), &rare(10_000), &rare(5_000)).is_none());
}

#[test]
fn simulated_misses_stand_where_the_processor_does_not_count() {
    let with = |d1mr: f64| {
        let mut arm = counted(1000.0);
        let event = |event: &str, per_iter| SimulatedEvents { event: event.into(), per_iter };
        let counts = arm.instructions.as_mut().expect("counts");
        counts.summary.simulated = vec![event("D1mr", d1mr), event("D1mw", 0.0)];
        arm
    };
    let cause = found(&estimate(2.0, Verdict::Regressed), &with(10.0), &with(200.0));
    assert_eq!(cause.sentence, "2.00 times slower: simulated first-level misses 10.0 → 200 per iteration");
    assert_eq!(cause.contradiction, None);
}

#[test]
fn the_function_whose_time_changed_is_named() {
    let profiled = |hash: u64, rest: u64| {
        let stack = |frames: &str, samples| Stack { frames: frames.into(), samples };
        let summary = ProfileSummary {
            stacks: vec![stack("variant;run;hash_one", hash), stack("variant;run", rest)],
            samples: hash + rest,
            ..ProfileSummary::default()
        };
        ArmModel { profile: Some(ProfileModel { summary, file: String::new() }), ..ArmModel::default() }
    };
    let faster = estimate(0.5, Verdict::Improved);
    let cause = found(&faster, &profiled(600, 400), &profiled(200, 800));
    assert_eq!(cause.sentence, "2.00 times faster: hash_one 600 ns → 100 ns");
    assert_eq!(why(&estimate(1.0, Verdict::Equivalent), &profiled(6, 4), &profiled(4, 6)), None);
}

#[test]
fn a_limit_that_both_are_near_says_why_fewer_instructions_are_no_faster() {
    let at = |mut arm: ArmModel, share: f64| {
        let level = "memory".to_owned();
        arm.roofline = Some(Roofline {
            threads: 1,
            bytes_per_s: Some(share * 2e10),
            flops_per_s: None,
            place: Some(MemoryLevel { level, holds_bytes: None, bytes_per_s: 2e10 }),
            faster_than: None,
            ceiling: None,
            precision_stated: true,
            binding: Binding::Bandwidth,
            share,
        });
        arm
    };
    let same = estimate(1.0, Verdict::Equivalent);
    let said = |a, b| found(&same, &at(counted(1000.0), a), &at(counted(250.0), b)).sentence;
    assert_eq!(
        said(0.88, 0.91),
        "as fast: although 75.0 % fewer instructions (1 000 → 250); both near the memory bandwidth \
         (88 % and 91 %)"
    );
    assert!(said(0.3, 0.91).ends_with("; now at 91 % of the memory bandwidth (before 30 %)"));
    for (a, b) in [(0.3, 0.5), (0.9, 1.4), (0.9, 0.3)] {
        assert!(!said(a, b).contains("bandwidth"), "{a} {b}");
    }
}

#[test]
fn what_the_variant_itself_takes_is_no_cause_and_no_excuse() {
    let profiled = |mut arm: ArmModel, function: &str| {
        let stack = |frames: String, samples| Stack { frames, samples };
        let stacks = vec![stack(format!("v;{function}"), 800), stack("v;rest".into(), 200)];
        let summary = ProfileSummary { stacks, samples: 1000, ..ProfileSummary::default() };
        arm.profile = Some(ProfileModel { summary, file: String::new() });
        arm
    };
    let slower = estimate(1.7, Verdict::Regressed);
    let cause = found(&slower, &counted(1000.0), &profiled(counted(500.0), "kernels::variant::run"));
    assert_eq!(cause.sentence, "1.70 times slower: 50.0 % fewer instructions (1 000 → 500)");
    let named =
        found(&slower, &profiled(counted(1000.0), "other"), &profiled(counted(500.0), "kernels::helper"));
    assert!(named.sentence.contains("kernels::helper 0 ns → 1.36 µs"), "{named:?}");
    assert!(named.contradiction.is_some_and(|text| text.starts_with("fewer instructions, yet slower")));
}

#[test]
fn wider_vectors_alone_that_take_longer_are_a_contradiction() {
    let none = ArmModel::default();
    let cause = found(&estimate(1.4, Verdict::Regressed), &packed(none.clone(), 0.0), &packed(none, 0.9));
    assert_eq!(
        cause.contradiction.as_deref(),
        Some("what changed speaks for the opposite, yet it is slower")
    );
}
