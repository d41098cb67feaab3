//! Cases that were not measured since both sides are the same, and what is said of the sides, in every
//! format.

mod synthetic;

use duel_record::{GateSummary, Line, Message, Metric, Recording, Stage};
use duel_reports::{Model, annotations, csv, html, junit, markdown, messages, model::Standing};

const WHY: &str = "both sides are the same executable (5f3c1d9a0b7e…) and made the same data";
const ALL: &str =
    "Identical: both sides are the same executable and made the same data, so nothing was measured.";

fn model(recording: &Recording) -> Model {
    Model::new(recording)
}

/// The page without its style, its scripts and the words that explain every page.
fn page(model: Model) -> String {
    let html = html(&[model]);
    let (_, body) = html.split_once("<body>").expect("a body");
    body.split("<section id=\"reading\"").next().expect("a page").to_owned()
}

#[test]
fn a_gate_of_identical_cases_says_so_in_one_sentence_and_shows_nothing_that_was_not_measured() {
    let model = model(&synthetic::identical_gate());
    assert_eq!(model.headline_sentences()[0], ALL);
    assert_eq!(model.headline_sentences().len(), 1, "{}", model.headline());
    let gate = model.gate.as_ref().expect("a gate");
    assert!(gate.is_all_identical() && !gate.has_trials());
    assert!(gate.cases.iter().all(|case| case.why == WHY), "{:?}", gate.cases);
    assert_eq!(gate.rules().len(), 1, "{:?}", gate.rules());

    let text = markdown(std::slice::from_ref(&model));
    assert!(text.contains(ALL) && text.contains(WHY), "{text}");
    let page = page(model);
    assert!(page.contains(ALL) && page.contains(WHY), "{page}");
    for text in [&text, &page] {
        for word in ["inconclusive", "0 trials", "Controls", "ontaminated", "NaN", "too few", "set aside"] {
            assert!(!text.contains(word), "{word} in {text}");
        }
    }
    for chart in ["<svg", "class=\"plot\"", "relative to the baseline", "could have found"] {
        assert!(!page.contains(chart), "{chart} in {page}");
    }
}

#[test]
fn programs_read_identical_as_a_verdict_with_ratio_1_and_no_trials() {
    for metric in [Metric::Time, Metric::Instructions] {
        let mut recording = synthetic::identical_gate();
        for line in &mut recording.lines {
            if let Line::Gate(declared) = line {
                declared.metric = metric;
            }
        }
        let all = messages(&model(&recording));
        assert!(
            matches!(&all[0], Message::Sides(sides) if sides.identical == [synthetic::RUNNER]),
            "{all:?}"
        );
        let compared: Vec<_> = all
            .iter()
            .filter_map(|message| match message {
                Message::Comparison(one) => Some(one),
                _ => None,
            })
            .collect();
        assert_eq!(compared.len(), 2, "{all:?}");
        for one in compared {
            assert_eq!((one.verdict.as_str(), one.metric.clone()), ("identical", metric.to_string()));
            assert_eq!((one.ratio, one.low, one.high, one.trials), (1.0, 1.0, 1.0, 0));
            assert_eq!(one.gate.as_ref().map(|gate| gate.reason.as_str()), Some(WHY));
        }
        let counts = all.iter().find_map(|message| match message {
            Message::Gate(counts) => Some(counts),
            _ => None,
        });
        let counts = counts.expect("counts");
        assert_eq!((counts.identical, counts.equivalent, counts.inconclusive), (2, 0, 0));
        assert_eq!(all.len(), 4, "nothing is unavailable: {all:?}");
    }
}

#[test]
fn counts_of_an_older_version_have_no_identical_cases() {
    let text = r#"{"regressed":0,"improved":0,"equivalent":1,"inconclusive":0,"not_comparable":0,
        "failed":0,"added":0,"removed":0,"contaminated":null}"#;
    let counts: GateSummary = serde_json::from_str(text).expect("counts");
    assert_eq!((counts.equivalent, counts.identical), (1, 0));
}

#[test]
fn tests_of_identical_cases_pass_with_their_reason_and_nobody_is_notified() {
    let model = model(&synthetic::identical_gate());
    let xml = junit(&model).expect("a gate");
    assert!(xml.contains("tests=\"2\" skipped=\"0\" failures=\"0\" errors=\"0\""), "{xml}");
    assert!(xml.contains("value=\"identical\"") && xml.contains(WHY), "{xml}");
    assert_eq!(annotations(&model), Vec::<String>::new());
}

#[test]
fn a_row_of_an_identical_case_has_its_verdict() {
    let text = csv(&model(&synthetic::identical_builds(true)));
    let verdicts: Vec<Vec<&str>> = text.lines().skip(1).map(|line| line.split(',').collect()).collect();
    let identical: Vec<_> = verdicts.iter().filter(|row| row[17] == "identical").collect();
    assert_eq!((verdicts.len(), identical.len()), (3, 2), "{text}");
    for row in identical {
        assert_eq!(row[12..18], ["1.000000", "1.000000", "1.000000", "0", "0", "identical"], "{text}");
        assert_eq!(row[18..22], [""; 4], "{text}");
    }
}

#[test]
fn identical_cases_of_a_gate_are_beside_the_procedure_of_the_others() {
    let without = model(&synthetic::gate()).gate.expect("a gate");
    let with = model(&synthetic::mixed_gate());
    let gate = with.gate.as_ref().expect("a gate");
    assert_eq!(gate.with(Standing::Identical).count(), 2);
    for case in &without.cases {
        let now = gate.cases.iter().find(|now| now.id == case.id).expect("it");
        assert_eq!((now.standing(), &now.why), (case.standing(), &case.why), "{}", case.id);
    }
    assert!(with.headline().contains("1 of 22 cases regressed"), "{}", with.headline());
    assert!(with.headline().contains("12 equivalent; 2 identical."), "{}", with.headline());
    let worst_first = gate.worst_first();
    assert!(worst_first[20..].iter().all(|case| case.standing() == Standing::Identical));
}

#[test]
fn a_comparison_without_a_gate_counts_its_identical_cases() {
    let all = model(&synthetic::identical_builds(false));
    assert!(all.headline().starts_with(ALL), "{}", all.headline());
    assert_eq!(all.counts(None).identical, 2);
    let page = page(all);
    assert!(page.contains(WHY), "{page}");
    for word in ["inconclusive</span>", "Ratio in each of", "<svg", "no trial has both sides"] {
        assert!(!page.contains(word), "{word} in {page}");
    }
    let some = model(&synthetic::identical_builds(true));
    assert!(some.headline().contains("1 regressed, 2 identical"), "{}", some.headline());
    let text = markdown(&[some]);
    assert!(text.contains("| identical |") && !text.contains("no trial has both sides"), "{text}");
}

#[test]
fn a_case_that_failed_is_not_called_identical() {
    let mut recording = synthetic::identical_gate();
    let Some(Line::Identical(case)) = recording.lines.get(2).cloned() else { panic!("an identical case") };
    recording.lines.push(Line::Failed(duel_record::Failure {
        arm: case.candidate,
        stage: Stage::Verify,
        reason: "wrong answer".into(),
    }));
    let gate = model(&recording).gate.expect("a gate");
    assert_eq!((gate.counts().failed, gate.counts().identical), (1, 1));
}

#[test]
fn every_difference_is_one_line_in_every_format() {
    let recording = synthetic::mixed_gate();
    let model = model(&recording);
    assert_eq!(
        model.difference_lines()[1],
        "toolchain rustc: baseline 1.94.0, candidate 1.95.0; both used 1.95.0"
    );
    let [text, page] = [markdown(std::slice::from_ref(&model)), html(std::slice::from_ref(&model))];
    let kinds = ["configuration", "toolchain", "dependency", "profile", "environment", "shared file"];
    for (kind, line) in kinds.iter().zip(model.difference_lines()) {
        assert!(line.starts_with(&format!("{kind} ")), "{line}");
        assert_eq!(text.lines().filter(|line| line.starts_with(&format!("| {kind} |"))).count(), 1);
        assert!(page.contains(&format!("<td>{kind}</td>")), "{kind}");
    }
    assert!(!text.contains("<script") && !page.contains("<script>alert"), "{text}");
    let quiet = Model::new(&synthetic::identical_gate());
    assert_eq!(quiet.difference_lines(), Vec::<String>::new());
    assert!(!markdown(std::slice::from_ref(&quiet)).contains("beside their code"));
    assert!(!html(&[quiet]).contains("beside their code"));
}

#[test]
fn a_difference_of_any_name_stays_one_line() {
    let mut recording = synthetic::mixed_gate();
    let Some(Line::Sides(sides)) = recording.lines.first_mut() else { panic!("no sides") };
    sides.differences.truncate(1);
    sides.differences[0].name = "a\nb\u{1b}[31m\r".to_owned();
    let lines = model(&recording).difference_lines();
    assert_eq!(lines.len(), 1);
    assert!(!lines[0].contains(char::is_control), "{lines:?}");
}

#[test]
fn each_side_says_what_it_was_built_from_and_whether_that_is_proven() {
    let mut recording = synthetic::identical_gate();
    let sides = model(&recording).sides();
    let [baseline, candidate] = sides.as_slice() else { panic!("two sides: {sides:?}") };
    assert!(baseline.proof.starts_with("proven: "), "{baseline:?}");
    assert!(candidate.proof.starts_with("unknown: the executable names no tree"), "{candidate:?}");
    assert_eq!(candidate.revision.as_deref(), Some("0123456789ab… with uncommitted changes"));
    let text = markdown(&[model(&recording)]);
    assert!(text.contains("| main | kernels/catalogue | 5f3c1d9a0b7e… | 4b825dc642cb… |"), "{text}");

    recording.started.artifacts[0].identity.tree = Some("another".into());
    let second = &mut recording.started.artifacts[1];
    (second.tree, second.revision) = (None, None);
    let proofs = |recording: &Recording| model(recording).sides().into_iter().map(|side| side.proof);
    let [baseline, candidate] = proofs(&recording).collect::<Vec<_>>().try_into().expect("two sides");
    assert!(baseline.starts_with("unknown: the executable names another tree, another"), "{baseline}");
    assert!(candidate.contains("not built from a revision"), "{candidate}");
    recording.started.artifacts[1].identity.tree = Some("its-own".into());
    assert!(proofs(&recording).any(|proof| proof.contains("names tree its-own, but it was not built")));
    recording.started.artifacts[1].identity.tree = None;
    recording.started.artifacts[1].revision = Some("0123".into());
    assert!(proofs(&recording).any(|proof| proof.contains("the record has no tree for it")));
    assert_eq!(model(&synthetic::run()).sides(), [], "a run has one side");
}
