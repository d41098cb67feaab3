//! What a record says is what the model says.

mod synthetic;

use duel_record::{Allocator, Factor, Line, Message, Missing, Recording, TrialArm};
use duel_reports::{
    Model,
    model::{Cell, Estimate, Matrix, TimeSource},
};
use duel_stats::Verdict;

fn estimate(recording: &Recording) -> Estimate {
    Model::new(recording).comparisons[0].candidates[0].estimate.expect("a ratio")
}

/// The matrix of variants of a family, and the cells of one of its rows.
fn matrix<'a>(model: &'a Model, family: &str, factor: Factor) -> &'a Matrix {
    let family = model.families.iter().find(|f| f.name == family).expect("the family");
    family.matrices.iter().find(|m| m.factor == factor).expect("the matrix")
}

fn row<'a>(matrix: &'a Matrix, label: &str) -> &'a [Cell] {
    &matrix.rows.iter().find(|row| row.label == label).expect("the row").cells
}

#[test]
fn a_candidate_that_takes_half_the_time_has_half_the_ratio() {
    let estimate = estimate(&synthetic::tiny("f", "fast", 0.5, 10));
    assert!((estimate.ratio - 0.5).abs() < 0.005, "{estimate:?}");
    let (low, high) = estimate.interval.expect("ten trials have an interval");
    assert!(low <= estimate.ratio && estimate.ratio <= high);
    assert_eq!(estimate.verdict, Verdict::Improved);
}

#[test]
fn swapping_the_arms_inverts_the_ratio_and_the_verdict() {
    let recording = synthetic::tiny("f", "fast", 0.5, 10);
    let mut swapped = recording.clone();
    for line in &mut swapped.lines {
        if let Line::Trial(trial) = line {
            trial.arms.reverse();
        }
    }
    let (forth, back) = (estimate(&recording), estimate(&swapped));
    assert!((forth.ratio * back.ratio - 1.0).abs() < 1e-9);
    assert_eq!(back.verdict, Verdict::Regressed);
}

#[test]
fn one_trial_gives_a_ratio_without_interval_and_no_verdict() {
    let estimate = estimate(&synthetic::tiny("f", "fast", 0.5, 1));
    assert!((estimate.ratio - 0.5).abs() < 0.01);
    assert_eq!((estimate.interval, estimate.verdict), (None, Verdict::Inconclusive));
}

#[test]
fn a_trial_without_samples_is_missing_and_not_counted() {
    let mut recording = synthetic::tiny("f", "fast", 0.5, 5);
    let Some(Line::Trial(trial)) = recording.lines.first_mut() else { panic!("a trial") };
    trial.arms[1] = TrialArm { time_ns: Vec::new(), ..trial.arms[1].clone() };
    let model = Model::new(&recording);
    let candidate = &model.comparisons[0].candidates[0];
    assert_eq!((candidate.log_ratios.len(), candidate.trials_missing), (4, 1));
}

#[test]
fn an_arm_that_is_missing_from_a_trial_says_so() {
    let model = Model::new(&synthetic::run());
    let comparison = model
        .comparisons_by(Factor::Variant)
        .find(|c| c.baseline.arm.case.variant == "scalar")
        .expect("a comparison with scalar");
    let missing = |variant: &str| {
        let mut candidates = comparison.candidates.iter();
        candidates.find(|c| c.side.level == variant).expect(variant).trials_missing
    };
    assert_eq!((comparison.trials, missing("table"), missing("avx2")), (12, 1, 0));
}

#[test]
fn what_failed_is_failed_in_the_matrix_and_what_cannot_run_says_why() {
    let model = Model::new(&synthetic::run());
    let matrix = matrix(&model, "nearest-point", Factor::Variant);
    for variant in ["fast-math", "table-unchecked"] {
        for cell in row(matrix, variant) {
            assert!(matches!(cell, Cell::Failed { .. }), "{variant}: {cell:?}");
        }
    }
    for cell in row(matrix, "avx512") {
        assert!(matches!(cell, Cell::Unavailable { reason, .. } if reason.contains("AVX-512F")));
    }
    assert!(row(matrix, "scalar").iter().all(|cell| matches!(cell, Cell::Baseline { .. })));
    assert!(row(matrix, "avx2").iter().all(|cell| matches!(cell, Cell::Compared { .. })));
}

#[test]
fn a_case_that_fails_after_its_trials_is_failed_all_the_same() {
    let mut recording = synthetic::run();
    let mut lines = synthetic::tiny("nearest-point", "x", 1.0, 0).lines;
    let Some(Line::Failed(failure)) = lines.first_mut() else { panic!("a failure") };
    failure.arm = synthetic::arm(&synthetic::nearest_case("avx2", "l1"));
    recording.lines.append(&mut lines);
    let model = Model::new(&recording);
    let cells = row(matrix(&model, "nearest-point", Factor::Variant), "avx2");
    assert!(matches!(cells, [Cell::Failed { .. }, Cell::Compared { .. }]), "{cells:?}");
}

#[test]
fn a_wrong_answer_is_a_failure_once() {
    let model = Model::new(&synthetic::run());
    let wrong = |f: &&duel_record::Failure| f.arm.case.variant == "fast-math";
    assert_eq!(model.failures.iter().filter(wrong).count(), 2, "one for each size");
    assert_eq!(model.failed_cases().len(), 4);
    let case = model.case(&synthetic::nearest_case("fast-math", "l1")).expect("the case");
    assert_eq!(case.right, Some(false));
}

#[test]
fn allocators_threads_and_builds_have_their_own_levels() {
    let model = Model::new(&synthetic::run());
    let levels = |factor| {
        let comparison = model.comparisons_by(factor).next().expect("a comparison");
        let candidates = comparison.candidates.iter().map(|c| c.side.level.as_str());
        std::iter::once(comparison.baseline.level.as_str()).chain(candidates).collect::<Vec<_>>()
    };
    assert_eq!(levels(Factor::Allocator), ["system", "mimalloc", "jemalloc"]);
    assert_eq!(levels(Factor::Threads), ["1 thread", "2 threads"]);
    let gate = Model::new(&synthetic::builds());
    let matrix = matrix(&gate, "nearest-point", Factor::Artifact);
    assert_eq!(matrix.title(), "Time with work tree relative to main");
    let threads = self::matrix(&model, "nearest-point", Factor::Threads);
    assert_eq!(threads.rows.iter().map(|r| r.label.as_str()).collect::<Vec<_>>(), ["parallel"]);
}

#[test]
fn the_ranking_is_fastest_first_with_the_reference_at_one() {
    let model = Model::new(&synthetic::run());
    let ranking = &model.families[0].rankings[0];
    let words: Vec<String> =
        ranking.entries.iter().map(|e| e.words(&ranking.reference.case.variant)).collect();
    assert_eq!(words[0], "3.94x faster than scalar");
    assert_eq!(ranking.entries[0].label, "avx2");
    assert!(words.contains(&"reference".to_owned()));
    assert_eq!(ranking.failed.len(), 2);
    assert_eq!(ranking.unavailable.len(), 1);
}

#[test]
fn throughput_comes_from_trials_and_falls_back_to_criterion() {
    let mut recording = synthetic::run();
    let id = synthetic::nearest_case("avx2", "l1");
    let model = Model::new(&recording);
    let case = model.case(&id).expect("the case");
    let time = case.time.expect("a time");
    assert_eq!(time.source, TimeSource::Trials(12));
    let rate = case.throughput.bytes_per_s.expect("bytes are stated");
    assert!((rate * time.ns_per_iter_median / 1e9 - 16_000.0).abs() < 1e-6);
    recording.lines.retain(|line| !matches!(line, Line::Trial(_)));
    let model = Model::new(&recording);
    assert_eq!(model.case(&id).and_then(|c| c.time).expect("a time").source, TimeSource::Criterion);
}

#[test]
fn equal_missing_things_are_told_once_with_all_their_cases() {
    let model = Model::new(&synthetic::run());
    let counters = model.unavailable.iter().find(|u| u.what.to_string() == "counters").expect("counters");
    assert_eq!(counters.cases.len(), 2);
    assert!(model.unavailable.iter().any(|u| u.what.to_string().contains("avx512")));
    assert_eq!(model.unmeasured_families, ["sum"]);
}

#[test]
fn an_empty_record_is_a_report_too() {
    let recording = Recording { lines: Vec::new(), ..synthetic::run() };
    let model = Model::new(&recording);
    assert!(model.headline().contains("Nothing was compared."));
    assert!(model.headline().contains("cut before its end"));
    let models = [model];
    assert!(duel_reports::html(&models).contains("Nothing was measured."));
    assert!(duel_reports::markdown(&models).contains("Nothing was compared."));
    assert_eq!(duel_reports::csv(&models[0]).lines().count(), 1);
}

#[test]
fn messages_name_every_comparison_failure_and_missing_thing() {
    let model = Model::new(&synthetic::run());
    let messages = duel_reports::messages(&model);
    let count = |of: fn(&Message) -> bool| messages.iter().filter(|m| of(m)).count();
    assert_eq!(count(|m| matches!(m, Message::Comparison(_))), model.counts(None).total());
    assert_eq!(count(|m| matches!(m, Message::Failed { .. })), model.failures.len());
    assert_eq!(count(|m| matches!(m, Message::Unavailable { .. })), 4);
    for message in &messages {
        if let Message::Comparison(comparison) = message {
            assert!(comparison.low <= comparison.ratio && comparison.ratio <= comparison.high);
            assert!(comparison.high.is_finite(), "JSON has no infinity");
        }
    }
}

#[test]
fn a_failure_under_another_allocator_stays_out_of_the_others_matrix() {
    let mut recording = synthetic::run();
    let mut lines = synthetic::tiny("x", "x", 1.0, 0).lines;
    let Some(Line::Failed(failure)) = lines.first_mut() else { panic!("a failure") };
    let case = synthetic::odd_case(synthetic::ODD_VARIANT, Allocator::Jemalloc);
    failure.arm = synthetic::arm(&case);
    recording.lines.push(lines.remove(0));
    let model = Model::new(&recording);
    let family = model.families.iter().find(|f| f.name == synthetic::ODD_FAMILY).expect("it");
    for matrix in &family.matrices {
        let failed =
            row(matrix, synthetic::ODD_VARIANT).iter().any(|cell| matches!(cell, Cell::Failed { .. }));
        assert_eq!(failed, matrix.candidate.as_deref() == Some("jemalloc"), "{}", matrix.title());
    }
}

#[test]
fn what_is_missing_is_named_with_its_remedy_or_where_to_read_it() {
    let headline = |missing: &[Missing]| {
        let mut recording = synthetic::tiny("f", "v", 1.0, 4);
        recording.lines.retain(|line| !matches!(line, Line::Unavailable(_)));
        recording.lines.extend(missing.iter().cloned().map(Line::Unavailable));
        Model::new(&recording).headline()
    };
    let missing = |what: &str| Missing {
        case: None,
        what: what.into(),
        reason: format!("no {what} here"),
        remedy: Some("get one".to_owned()),
    };
    assert!(!headline(&[]).contains("easured here"));
    let one = headline(&[missing("instructions")]);
    assert!(one.contains("Not measured here: instructions (no instructions here; get one)."), "{one}");
    let two =
        headline(&[missing("instructions"), missing("counters: cycles"), missing("counters: LLC misses")]);
    assert!(
        two.contains(
            "Not measured here, at least in part: instructions, counters; `cargo duel doctor` says why"
        ),
        "{two}"
    );
    let other = headline(&[missing("allocator mimalloc"), missing("allocator jemalloc")]);
    assert!(
        other.contains("Not measured here: allocator mimalloc, allocator jemalloc; the report says why."),
        "{other}"
    );
    let case = synthetic::nearest_case("v", "l1");
    let variant = Missing { case: Some(case.clone()), ..missing("heap") };
    let of_case = headline(&[variant]);
    assert!(
        of_case.contains(&format!("Not measured here: heap of {case} (no heap here; get one).")),
        "{of_case}"
    );
    let many: Vec<Missing> = (0..9).map(|i| missing(&format!("thing {i}"))).collect();
    assert!(headline(&many).contains("thing 5 and 3 more; the report"), "{}", headline(&many));
}

#[test]
fn a_ranking_has_the_causes_of_its_comparison() {
    let model = Model::new(&synthetic::run());
    let mut causes = 0;
    for ranking in model.families.iter().flat_map(|family| &family.rankings) {
        let mut comparisons = model.comparisons.iter().filter(|of| of.baseline.arm == ranking.reference);
        let comparison = comparisons.find(|of| of.factor == Factor::Variant).expect("a comparison");
        for entry in &ranking.entries {
            let candidate = comparison.candidates.iter().find(|of| of.side.arm.case == entry.case);
            assert_eq!(model.cause_in(ranking, entry), candidate.and_then(|of| of.cause.as_ref()));
            causes += usize::from(model.cause_in(ranking, entry).is_some());
        }
    }
    assert!(causes > 0, "the run has causes");
}
