//! The time of a report grows with its record, not with the square of it, whatever the record names.

mod synthetic;

use std::time::{Duration, Instant};

use duel_record::{
    Arm, CaseId, Factor, Failure, Foreign, IdenticalCase, Line, Missing, Recording, Stage, Trial,
};
use duel_reports::Model;

/// One to a line of the record, by its number.
type Shape = fn(usize) -> Line;

fn id(text: &str) -> CaseId {
    text.parse().expect("an id")
}

fn arm(artifact: &str, case: &str) -> Arm {
    Arm { artifact: artifact.to_owned(), ..synthetic::arm(&id(case)) }
}

fn missing(case: &str, what: &str, reason: &str) -> Line {
    let case = Some(id(case));
    Line::Unavailable(Missing { case, what: what.into(), reason: reason.to_owned(), remedy: None })
}

fn failed(arm: Arm, reason: &str) -> Line {
    Line::Failed(Failure { arm, stage: Stage::Verify, reason: reason.to_owned() })
}

fn trial(factor: Factor, index: usize, arms: [Arm; 2]) -> Line {
    let recording = synthetic::tiny("f", "fast", 0.5, 1);
    let found = recording.lines.iter().find_map(|line| match line {
        Line::Trial(trial) => Some(trial.clone()),
        _ => None,
    });
    let mut trial: Trial = found.expect("a trial");
    (trial.factor, trial.index) = (factor, u32::try_from(index).expect("few trials"));
    for (place, arm) in trial.arms.iter_mut().zip(arms) {
        place.arm = arm;
        place.time_ns.truncate(5);
    }
    Line::Trial(trial)
}

const SHAPES: [(&str, Shape); 13] = [
    ("families of their own", |i| missing(&format!("f{i}/w/s/v{i}@system"), &format!("x{i}"), "r")),
    ("one family, nothing in common", |i| {
        missing(&format!("f/w{i}/s{i}/v{i}@system"), "x", &format!("r{i}"))
    }),
    ("one case", |i| missing("f/w/s/v@system", &format!("x{i}"), &format!("r{i}"))),
    ("one thing", |i| missing(&format!("f/w/s/v{i}@system"), "x", "r")),
    ("failures", |i| failed(arm("a", &format!("f{i}/w{i}/s/v{i}@system")), &format!("r{i}"))),
    ("failures of one case", |i| failed(arm(&format!("a{i}"), "f/w/s/v@system"), &format!("r{i}"))),
    ("variants on data sets of their own", |i| {
        let case = |variant: &str| format!("f/w{i}/s/{variant}@system");
        trial(Factor::Variant, i, [arm("a", &case("one")), arm("a", &case(&format!("v{i}")))])
    }),
    ("candidates of one baseline", |i| {
        trial(Factor::Variant, i, [arm("a", "f/w/s/one@system"), arm("a", &format!("f/w/s/v{i}@system"))])
    }),
    ("comparisons of one data set", |i| {
        let artifact = format!("a{i}");
        let arms = [arm(&artifact, "f/w/s/one@system"), arm(&artifact, &format!("f/w/s/v{i}@system"))];
        trial(Factor::Variant, i, arms)
    }),
    ("builds of one case", |i| {
        let [one, other] = [format!("a{i}"), format!("b{i}")];
        trial(Factor::Artifact, i, [arm(&one, "f/w/s/v@system"), arm(&other, "f/w/s/v@system")])
    }),
    ("threads", |i| {
        trial(
            Factor::Threads,
            i,
            [arm("a", "f/w/s/v@system+1t"), arm("a", &format!("f/w/s/v@system+{}t", i + 2))],
        )
    }),
    ("identical cases", |i| {
        let case = format!("f{i}/w/s/v@system");
        Line::Identical(IdenticalCase { baseline: arm("a", &case), candidate: arm("b", &case) })
    }),
    ("counts of other tools", |i| {
        let mut foreign: Option<Foreign> = None;
        for line in synthetic::run().lines {
            if let Line::Foreign(found) = line {
                foreign = Some(found);
            }
        }
        let found = foreign.expect("a summary");
        Line::Foreign(Foreign { tool: format!("t{i}"), benchmark: format!("b{i}"), ..found })
    }),
];

/// The time of everything that `cargo duel report` makes of a record.
fn time(shape: Shape, lines: usize) -> Duration {
    let recording =
        Recording { lines: (0..lines).map(shape).collect(), ..synthetic::tiny("f", "fast", 0.5, 1) };
    let start = Instant::now();
    let models = [Model::new(&recording)];
    let texts = [
        duel_reports::html(&models),
        duel_reports::markdown(&models),
        duel_reports::csv(&models[0]),
        duel_reports::junit(&models[0]).unwrap_or_default(),
    ];
    let messages = duel_reports::messages(&models[0]);
    let taken = start.elapsed();
    assert!(texts[0].len() > 1000 && messages.len() < 20 * lines + 100);
    // What is behind a line is compressed on a page of many cases.
    assert!(texts[0].len() < 1_500 * lines + 200_000 || lines <= 500, "{} bytes of HTML", texts[0].len());
    let bytes: usize = texts.iter().map(String::len).sum();
    assert!(bytes < 40_000 * lines + 10_000_000, "{bytes} bytes of report for {lines} lines");
    taken
}

#[test]
fn a_report_of_any_shape_of_record_grows_with_its_lines_and_no_faster() {
    for (name, shape) in SHAPES {
        // The times are for whoever looks; what a loop over all pairs would take is far more than a test may.
        let (few, many) = (time(shape, 500), time(shape, 2_000));
        println!("{name}: 500 lines {few:?}, 2,000 lines {many:?}");
    }
}

#[test]
fn two_thousand_cases_with_distributions_fit_into_two_megabytes() {
    let model = Model::new(&synthetic::large());
    assert!(model.cases.len() > 2_000);
    let page = duel_reports::html(&[model]);
    assert!(page.len() < 2_000_000, "{} bytes of HTML", page.len());
}

#[test]
fn a_matrix_that_nobody_could_read_says_what_it_leaves_out() {
    let lines = (0..300).map(|i| missing(&format!("f/w{i}/s/v{i}@system"), "x", "r")).collect();
    let model = Model::new(&Recording { lines, ..synthetic::tiny("g", "fast", 0.5, 1) });
    let family = model.family("f").expect("the family");
    let shown: usize = family.matrices.iter().map(|matrix| matrix.rows.len() * matrix.columns.len()).sum();
    assert!(shown <= 10_000, "{shown}");
    assert_eq!(family.matrices[0].cells_left_out + shown, 300 * 300);
    assert!(
        duel_reports::html(std::slice::from_ref(&model))
            .contains("left out: the record names more than a table shows")
    );
    assert!(duel_reports::markdown(&[model]).contains("Not shown here, but in the HTML report: "));
}
