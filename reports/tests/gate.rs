//! What a gate's record says is what its model says.

mod synthetic;

use duel_record::{
    Arm, Finding, InstructionSummary, Instrument, Line, Message, Metric, Missing, MissingKind, ProcessCounts,
    Purpose, Recording, Stage,
};
use duel_reports::{
    Model, markdown, messages,
    model::{ControlOutcome, GateCaseModel, GateModel, GateOutcome, Standing},
};
use duel_stats::Verdict;

fn gate(recording: &Recording) -> GateModel {
    Model::new(recording).gate.expect("a gate")
}

fn case<'a>(gate: &'a GateModel, variant: &str, size: &str) -> &'a GateCaseModel {
    let mut cases = gate.cases.iter();
    cases.find(|case| case.id.variant == variant && case.id.size == size).expect(variant)
}

/// The gate's declaration, to be changed.
fn declared(recording: &mut Recording) -> &mut duel_record::GateDeclared {
    let declared = recording.lines.iter_mut().find_map(|line| match line {
        Line::Gate(declared) => Some(declared),
        _ => None,
    });
    declared.expect("a declaration")
}

#[test]
fn every_word_of_a_gate_has_its_reason() {
    let gate = gate(&synthetic::gate());
    for (variant, size, standing, why) in [
        ("avx2", "l1", Standing::Regressed, "decided after 12 trials (look 1), confirmed by 8 more"),
        (
            "avx2",
            "l2",
            Standing::Inconclusive,
            "a regression was found and 16 independent trials did not confirm it",
        ),
        ("portable", "l1", Standing::Improved, "decided after 12 trials (look 1)"),
        (
            "std::HashMap<K, V>",
            synthetic::ODD_SIZE,
            Standing::Inconclusive,
            "time was up before any claim stood",
        ),
        (synthetic::ODD_VARIANT, synthetic::ODD_SIZE, Standing::Inconclusive, "needs 12 trials, had 7"),
        ("scalar", "l1", Standing::Equivalent, "decided after 12 trials (look 1)"),
    ] {
        let case = case(&gate, variant, size);
        assert_eq!((case.standing(), case.why.as_str()), (standing, why), "{variant}");
    }
}

#[test]
fn what_fell_out_before_the_declaration_is_a_case_too() {
    let gate = gate(&synthetic::gate());
    let wrong = case(&gate, "fast-math", "l1");
    assert!(matches!(&wrong.outcome, GateOutcome::Failed { stage: Stage::Verify, .. }));
    let crashed = case(&gate, "table-unchecked", "l1");
    assert_eq!((crashed.standing(), crashed.trials.explored), (Standing::Failed, 4));
    let refused = case(&gate, "measured once", synthetic::ODD_SIZE);
    let GateOutcome::NotComparable { reason } = &refused.outcome else { panic!("{refused:?}") };
    assert_eq!(reason, "its data set has content hash 1f, the baseline's 2e");
}

#[test]
fn the_counts_are_of_every_case_once() {
    let gate = gate(&synthetic::gate());
    let counts = gate.counts();
    assert_eq!((counts.regressed, counts.improved, counts.equivalent), (1, 1, 12));
    assert_eq!((counts.inconclusive, counts.not_comparable, counts.failed), (3, 1, 2));
    assert_eq!((counts.added, counts.removed, counts.contaminated), (1, 2, None));
    assert_eq!(gate.cases.len(), 20);
}

#[test]
fn cases_come_worst_first_and_the_larger_change_before_the_smaller() {
    let gate = gate(&synthetic::gate());
    let standings: Vec<Standing> = gate.worst_first().iter().map(|case| case.standing()).collect();
    assert!(standings.is_sorted());
    assert_eq!(standings[0], Standing::Regressed);
    let ratios: Vec<f64> = gate
        .worst_first()
        .iter()
        .filter(|case| case.standing() == Standing::Equivalent)
        .filter_map(|case| Some(case.effect()?.ratio.ln().abs()))
        .collect();
    assert!(ratios.is_sorted_by(|a, b| a >= b), "{ratios:?}");
}

#[test]
fn markdown_of_thousands_of_cases_fits_into_a_comment_and_begins_with_the_worst() {
    let mut model = Model::new(&synthetic::gate());
    let (failures, families) = (model.failures.clone(), model.families.clone());
    let gate = model.gate.as_mut().expect("a gate");
    let cases = gate.cases.clone();
    for _ in 0..200 {
        gate.cases.extend(cases.clone());
        model.failures.extend(failures.clone());
        model.families.extend(families.clone());
    }
    let one = markdown(std::slice::from_ref(&model));
    let verdict = one.lines().find(|line| line.starts_with("| ") && line.contains("avx2")).expect("a row");
    assert!(verdict.starts_with("| **regressed**"), "{verdict}");
    for text in [one, markdown(&[model.clone(), model])] {
        assert!(text.len() < 65_536, "{} bytes", text.len());
        assert!(text.contains("Not shown here, but in the HTML report: "), "it says what is left out");
        assert_eq!(text.matches("<details>").count(), text.matches("</details>").count());
    }
}

#[test]
fn a_trial_that_was_set_aside_is_counted_and_decides_nothing() {
    let mut recording = synthetic::gate();
    let before = gate(&recording);
    assert_eq!(case(&before, "avx2", "l1").trials.set_aside, 1);
    assert_eq!(before.trials_set_aside(), before.set_aside[0].trials);
    for line in &mut recording.lines {
        if let Line::Trial(trial) = line
            && trial.set_aside.is_some()
        {
            trial.arms[1].time_ns.iter_mut().for_each(|time_ns| *time_ns *= 100);
        }
    }
    for (one, other) in before.cases.iter().zip(gate(&recording).cases) {
        assert_eq!((&one.outcome, &one.log_ratios), (&other.outcome, &other.log_ratios));
    }
}

#[test]
fn the_comparisons_have_the_words_of_the_gate() {
    let model = Model::new(&synthetic::gate());
    let gate = model.gate.as_ref().expect("a gate");
    for comparison in &model.comparisons {
        let candidate = &comparison.candidates[0];
        let id = &candidate.side.arm.case;
        let case = gate.cases.iter().find(|case| case.id == *id).expect("it");
        let estimate = candidate.estimate.expect("a ratio");
        let verdict = case.decision().map_or(Verdict::Inconclusive, |decision| decision.verdict);
        assert_eq!(estimate.verdict, verdict, "{id}");
        if let Some(effect) = case.effect() {
            assert_eq!((estimate.ratio, estimate.trials as usize), (effect.ratio, effect.trials), "{id}");
        }
    }
}

#[test]
fn the_lead_sentence_is_the_gates() {
    let sentences = Model::new(&synthetic::gate()).headline_sentences();
    assert_eq!(
        sentences[0],
        "1 of 20 cases regressed; 2 failed; 3 inconclusive; 1 not comparable; 1 improved; 12 equivalent."
    );
    let contaminated = Model::new(&synthetic::contaminated_gate()).headline_sentences();
    assert_eq!(contaminated[0], "Contaminated: regressions of this run don't count.");
    assert!(contaminated[1].starts_with("The baseline against itself was called regressed: 1.0"));
    assert!(contaminated[3].contains("slowdown of 5\u{a0}% was put in and not found"), "{contaminated:?}");
}

#[test]
fn sound_controls_say_what_they_found() {
    let controls = gate(&synthetic::gate()).controls;
    assert_eq!(
        (controls.null.outcome, controls.slowed.outcome),
        (ControlOutcome::Sound, ControlOutcome::Sound)
    );
    assert!(controls.null.sentence.starts_with("no difference was found between the baseline and itself"));
    assert!(controls.slowed.sentence.contains("was put in and found: 1.0"), "{controls:?}");
}

#[test]
fn a_baseline_that_differs_from_itself_takes_the_regressions_with_it() {
    let gate = gate(&synthetic::contaminated_gate());
    assert!(!gate.regressions_count());
    assert_eq!(gate.counts().regressed, 1, "it is still shown");
    let contaminated = gate.counts().contaminated.expect("contaminated");
    assert!(contaminated.starts_with("the baseline against itself was called regressed: 1.0"));
}

#[test]
fn a_missed_slowdown_leaves_the_regressions_standing() {
    let mut recording = synthetic::contaminated_gate();
    for line in &mut recording.lines {
        if let Line::Trial(trial) = line
            && trial.purpose == Purpose::Control
        {
            trial.arms[1] = trial.arms[0].clone();
        }
    }
    let gate = gate(&recording);
    assert!(gate.regressions_count() && gate.controls.slowdown_missed().is_some());
    assert!(gate.contaminated().is_some());
}

#[test]
fn controls_with_too_few_trials_are_a_note_and_no_contamination() {
    for kept in [0, 5, 11] {
        let mut recording = synthetic::contaminated_gate();
        let mut taken = 0;
        recording.lines.retain_mut(|line| match line {
            Line::Trial(trial) if trial.purpose == Purpose::Control => {
                trial.arms[1] = trial.arms[0].clone();
                taken += 1;
                taken <= kept
            }
            _ => true,
        });
        let gate = gate(&recording);
        assert_eq!((gate.controls.slowed.outcome, gate.contaminated()), (ControlOutcome::TooFew, None));
        assert!(gate.sentences().iter().any(|s| s.starts_with("Too few trials to find a slowdown of 5")));
    }
}

fn counted(arm: &Arm, instructions: f64) -> Line {
    counted_by(arm, &[instructions; 12])
}

/// Counts of this many processes, each of which counts twice.
fn counted_by(arm: &Arm, per_process: &[f64]) -> Line {
    let summary = InstructionSummary {
        iters: 1,
        processes: u32::try_from(per_process.len()).expect("few processes"),
        instructions_per_iter: per_process.iter().flat_map(|count| [count - 1.0, count + 1.0]).collect(),
        empty_instructions: 15,
        hidden_cpu_features: Vec::new(),
        cpu_features: Vec::new(),
        counter: "valgrind-3.19.0".to_owned(),
        functions: Vec::new(),
        ..InstructionSummary::default()
    };
    Line::Found(Finding::Instructions { arm: arm.clone(), summary, file: "instructions/x".to_owned() })
}

#[test]
fn a_gate_by_instructions_is_decided_by_counts_and_needs_no_trials_or_controls() {
    let mut recording = synthetic::gate();
    recording.lines.retain(|line| matches!(line, Line::Gate(_)));
    declared(&mut recording).metric = Metric::Instructions;
    let cases = declared(&mut recording).cases.clone();
    let uncounted = gate(&recording);
    assert_eq!(uncounted.counts().inconclusive as usize, cases.len());
    assert!(uncounted.cases.iter().all(|case| case.why == "its instructions were not counted on both sides"));
    for (case, candidate) in cases.iter().zip([1_100.0, 1_000.0, 900.0]) {
        recording.lines.push(counted(&case.baseline, 1_000.0));
        recording.lines.push(counted(&case.candidate, candidate));
    }
    let gate = gate(&recording);
    let standings: Vec<Standing> = gate.cases.iter().take(3).map(|case| case.standing()).collect();
    assert_eq!(standings, [Standing::Regressed, Standing::Equivalent, Standing::Improved]);
    assert_eq!(gate.contaminated(), None);
    assert_eq!(gate.counts().not_judged, 0, "cases that no side counts are a known limit");
    let model = Model::new(&recording);
    assert!(!markdown(std::slice::from_ref(&model)).contains("Controls:"));
    let compared = messages(&model).into_iter().find_map(|message| match message {
        Message::Comparison(compared) => Some((compared.metric, compared.ratio)),
        _ => None,
    });
    assert_eq!(compared, Some(("instructions".to_owned(), 1.1)));
}

/// One process more or less decides nothing on its own, and what further processes counted counts.
#[test]
fn a_change_of_counts_takes_as_many_processes_as_the_gate_has_cases_for() {
    let spread = |base: f64| (0..12).map(|i| base + f64::from(i) * 20.0).collect::<Vec<_>>();
    for (baseline, candidate, more, standing, why) in [
        (vec![1_000.0; 2], vec![1_100.0; 2], false, Standing::Inconclusive, "only 2 processes of each side"),
        (vec![1_000.0; 2], vec![1_100.0; 2], true, Standing::Regressed, "counted the same, in 14 processes"),
        (vec![1_000.0; 2], vec![1_000.0; 2], false, Standing::Equivalent, "the same in all 4 processes"),
        (
            spread(1_000.0),
            spread(1_010.0),
            false,
            Standing::Inconclusive,
            "between processes, so 12 processes",
        ),
        (
            spread(1_000.0),
            spread(1_300.0),
            false,
            Standing::Regressed,
            "all of one side are beyond the margin",
        ),
        (
            spread(1_300.0),
            spread(1_000.0),
            false,
            Standing::Improved,
            "all of one side are beyond the margin",
        ),
        (spread(1e6), spread(1e6), false, Standing::Equivalent, "are within the margin, in 12 processes"),
    ] {
        let mut recording = synthetic::gate();
        recording.lines.retain(|line| matches!(line, Line::Gate(_)));
        declared(&mut recording).metric = Metric::Instructions;
        let case = declared(&mut recording).cases[0].clone();
        for (arm, counts) in [(&case.baseline, &baseline), (&case.candidate, &candidate)] {
            recording.lines.push(counted_by(arm, counts));
            if more {
                let counts = ProcessCounts { processes: 12, instructions_per_iter: vec![counts[0]; 24] };
                recording.lines.push(Line::MoreInstructions { arm: arm.clone(), counts });
            }
        }
        let gate = gate(&recording);
        let found = gate.cases.iter().find(|found| found.id == case.candidate.case).expect("the case");
        assert_eq!(found.standing(), standing, "{baseline:?} {candidate:?}: {}", found.why);
        assert!(found.why.contains(why), "{}", found.why);
        assert_eq!(found.must_not_pass(), why.starts_with("only"), "{}", found.why);
    }
}

#[test]
fn counts_beside_a_time_that_changed_say_that_it_may_be_the_layout() {
    let mut recording = synthetic::gate();
    let regressed = gate(&recording).with(Standing::Regressed).next().and_then(|case| case.arms.clone());
    let (baseline, candidate) = regressed.expect("a regressed case");
    recording.lines.push(counted(&baseline, 1_000.0));
    recording.lines.push(counted(&candidate, 1_000.0));
    let gate = gate(&recording);
    let note = gate.with(Standing::Regressed).find_map(|case| case.note()).unwrap_or_default();
    assert!(note.contains("layout suspected"), "{note}");
}

#[test]
fn a_strict_gate_fails_what_has_no_verdict() {
    let mut recording = synthetic::gate();
    declared(&mut recording).strict = true;
    let model = Model::new(&recording);
    let junit = duel_reports::junit(&model).expect("a gate");
    assert!(junit.contains("skipped=\"4\" failures=\"4\" errors=\"2\""), "{junit}");
    let commands = duel_reports::annotations(&model);
    let inconclusive = commands.iter().find(|c| c.contains("title=duel%3A inconclusive"));
    assert!(inconclusive.is_some_and(|command| command.starts_with("::error ")), "{commands:?}");
}

#[test]
fn a_run_that_is_no_gate_has_neither_tests_nor_annotations() {
    let model = Model::new(&synthetic::builds());
    assert_eq!((duel_reports::junit(&model), duel_reports::annotations(&model)), (None, Vec::new()));
}

#[test]
fn a_gate_without_cases_says_so() {
    let mut recording = synthetic::gate();
    recording.lines.retain(|line| matches!(line, Line::Gate(_)));
    declared(&mut recording).cases.clear();
    let model = Model::new(&recording);
    assert!(model.headline().contains("no case in common"), "{}", model.headline());
}

#[test]
fn rules_that_spend_nothing_are_no_panic() {
    let mut recording = synthetic::gate();
    let declared = declared(&mut recording);
    (declared.family_error, declared.confirmation_error, declared.growth) = (0.0, f64::NAN, f64::NAN);
    let gate = gate(&recording);
    assert_eq!(gate.counts().regressed, 0);
    assert!(gate.cases.iter().all(|case| !case.why.contains(&usize::MAX.to_string())));
}

/// A candidate that moved its work to threads has no count, nor has a baseline whose work came back from there.
#[test]
fn a_case_that_is_counted_on_one_side_alone_is_not_green() {
    for counted_side in ["baseline", "candidate"] {
        let mut recording = synthetic::gate();
        recording.lines.retain(|line| matches!(line, Line::Gate(_)));
        declared(&mut recording).metric = Metric::Instructions;
        let cases = declared(&mut recording).cases.clone();
        let (hidden, others) = cases.split_first().expect("cases");
        for case in others {
            recording.lines.push(counted(&case.baseline, 1_000.0));
            recording.lines.push(counted(&case.candidate, 1_000.0));
        }
        let arm = if counted_side == "baseline" { &hidden.baseline } else { &hidden.candidate };
        recording.lines.push(counted(arm, 1_000.0));
        recording.lines.push(Line::Unavailable(Missing {
            case: Some(hidden.candidate.case.clone()),
            what: MissingKind::Instrument(Instrument::Instructions),
            reason: "it works in other threads".to_owned(),
            remedy: None,
        }));
        let gate = gate(&recording);
        assert_eq!((gate.counts().inconclusive, gate.counts().not_judged), (1, 1));
        let other = if counted_side == "baseline" { &hidden.candidate } else { &hidden.baseline };
        let why = &gate.worst_first()[0].why;
        assert!(why.contains(&format!("on the {}'s side alone", other.artifact)), "{why}");
        assert!(why.ends_with(": it works in other threads"), "{why}");
        let model = Model::new(&recording);
        assert!(model.headline().contains("1 case could not be judged, since its instructions"));
        let junit = duel_reports::junit(&model).expect("a gate");
        assert!(junit.contains("could not be judged") && junit.contains("failures=\"1\""), "{junit}");
        let annotations = duel_reports::annotations(&model).join("\n");
        assert!(
            annotations.contains("::error") && annotations.contains("could not be judged"),
            "{annotations}"
        );
    }
}
