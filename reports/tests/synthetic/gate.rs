//! A made-up gate with a case for every word that a gate may say, and for every way of falling
//! out. Its trials are taken as a real one takes them: as long as the procedure wants more.

use duel_record::{
    Allocator, Arm, CaseId, Factor, Failure, Finished, GateCase, GateDeclared, Line, Metric, Missing,
    Pressure, Purpose, Recording, Sides, Stage,
};
use duel_stats::{Gate, GatePlan, Margins, Phase, trial_log_ratio};

use super::{
    ARTIFACT, ODD_VARIANT,
    identical::{differences, identical},
    lines::Lines,
    nearest_case, odd_case,
    started::started,
};

const BASELINE: &str = "main";
/// Rounds until the time is up.
const ROUNDS: u32 = 30;

/// One case and how it behaves.
struct Behaviour {
    case: CaseId,
    ns: f64,
    /// Candidate over baseline while a verdict is looked for.
    ratio: f64,
    /// The same while a regression is confirmed.
    confirmed: f64,
    noise: f64,
    /// The most rounds that it takes part in.
    rounds: u32,
}

/// A gate whose controls are sound.
pub fn gate() -> Recording {
    gate_of("gate-1", &behaviours(), 1.0, 1.05, 20)
}

/// A gate that calls its baseline slower than itself and overlooks the slowdown put in.
pub fn contaminated_gate() -> Recording {
    gate_of("gate-2", &behaviours()[..4], 1.04, 1.0, 30)
}

/// A gate of one case of any name that is slower by a tenth.
pub fn tiny_gate(family: &str, variant: &str) -> Recording {
    let case = CaseId { family: family.into(), variant: variant.into(), ..nearest_case("", "l1") };
    let slow = Behaviour { ratio: 1.1, confirmed: 1.1, ..steady(case.clone(), 1000.0) };
    let mut recording = gate_of(variant, &[slow], 1.0, 1.05, 3);
    let other = |variant: String| CaseId { variant, ..case.clone() };
    recording.lines.extend([
        failed(&other(format!("{variant}-failed")), Stage::Trial, variant),
        refused(&other(format!("{variant}-refused")), variant),
    ]);
    if let Some(Line::Gate(declared)) = recording.lines.first_mut() {
        declared.added = vec![other(format!("{variant}-added"))];
        declared.removed = vec![other(format!("{variant}-removed"))];
    }
    let sides = Sides { identical: vec![family.into()], differences: differences(variant) };
    recording.lines.extend([Line::Sides(sides), identical(&other(format!("{variant}-identical")))]);
    recording
}

fn steady(case: CaseId, ns: f64) -> Behaviour {
    Behaviour { case, ns, ratio: 1.0, confirmed: 1.0, noise: 0.003, rounds: ROUNDS }
}

fn behaviours() -> Vec<Behaviour> {
    let hash_map = odd_case("std::HashMap<K, V>", Allocator::System);
    let sort = odd_case(ODD_VARIANT, Allocator::System);
    let mut all = vec![
        Behaviour { ratio: 1.08, confirmed: 1.08, ..steady(nearest_case("avx2", "l1"), 260.0) },
        Behaviour { ratio: 1.05, confirmed: 1.0, ..steady(nearest_case("avx2", "l2"), 5_600.0) },
        Behaviour { ratio: 0.93, ..steady(nearest_case("portable", "l1"), 640.0) },
        Behaviour { ratio: 1.02, noise: 0.05, ..steady(hash_map, 1_300_000.0) },
        Behaviour { rounds: 7, ..steady(sort, 1_690_000.0) },
        Behaviour { rounds: 4, ..steady(nearest_case("table-unchecked", "l1"), 900.0) },
    ];
    for size in ["l1", "l2"] {
        for variant in ["scalar", "table", "gather", "sorted", "blocked", "unrolled"] {
            all.push(steady(nearest_case(variant, size), 1_000.0));
        }
    }
    all
}

fn arms(case: &CaseId) -> [Arm; 2] {
    [BASELINE, ARTIFACT].map(|artifact| Arm { artifact: artifact.into(), ..super::arm(case) })
}

fn declared(behaviours: &[Behaviour]) -> GateDeclared {
    let cases = behaviours.iter().map(|behaviour| {
        let [baseline, candidate] = arms(&behaviour.case);
        // One noisy case has wider margins of its own.
        let wide = behaviour.noise > 0.01;
        let (change_margin, equivalent_margin) = if wide { (0.03, 0.05) } else { (0.01, 0.02) };
        GateCase { baseline, candidate, change_margin, equivalent_margin }
    });
    GateDeclared {
        metric: Metric::Time,
        family_error: 0.05,
        confirmation_error: 0.05,
        growth: 1.5,
        early_look: 0.0,
        control_slowdown: 1.05,
        set_aside_steal: 0.1,
        strict: false,
        cases: cases.collect(),
        added: vec![nearest_case("brand-new", "l1")],
        removed: vec![nearest_case("gone", "l1"), nearest_case("gone", "l2")],
    }
}

fn failed(case: &CaseId, stage: Stage, reason: &str) -> Line {
    let [_, candidate] = arms(case);
    Line::Failed(Failure { arm: candidate, stage, reason: reason.into() })
}

fn refused(case: &CaseId, why: &str) -> Line {
    Line::Unavailable(Missing {
        case: Some(case.clone()),
        what: "comparison".into(),
        reason: format!("not comparable: {why}"),
        remedy: None,
    })
}

/// A gate over these cases, with so many control trials of these ratios.
fn gate_of(id: &str, behaviours: &[Behaviour], null: f64, slowed: f64, controls: u32) -> Recording {
    let declared = declared(behaviours);
    let mut lines = Lines::new(1.0);
    lines.lines.push(Line::Gate(declared.clone()));
    let margin = |case: &GateCase| Margins { change: case.change_margin, equivalent: case.equivalent_margin };
    let margins: Vec<Margins> = declared.cases.iter().map(margin).collect();
    let mut gate = Gate::new(GatePlan::default(), &margins);
    for round in 0..ROUNDS {
        for (index, behaviour) in behaviours.iter().enumerate().filter(|(_, b)| round < b.rounds) {
            if let Some(phase) = gate.wants(index) {
                let log_ratio = trial(&mut lines, behaviour, phase, round);
                log_ratio.into_iter().for_each(|log_ratio| gate.add(index, log_ratio));
            }
        }
        if round < controls {
            let behaviour = &behaviours[round as usize % behaviours.len()];
            let [baseline, _] = arms(&behaviour.case);
            let ns = behaviour.ns;
            let times =
                [(&baseline, ns, 0.003), (&baseline, ns * null, 0.003), (&baseline, ns * slowed, 0.003)];
            lines.trial(Factor::Artifact, round, &times).purpose = Purpose::Control;
        }
    }
    fallen(&mut lines.lines, behaviours);
    lines.lines.push(Line::Finished(Finished {
        at: "2026-03-01T10:03:00Z".into(),
        elapsed_ns: 180_000_000_000,
        interrupted: None,
        pressure: Pressure { steal: Some(0.021), busy: Some(0.61), load: Some(1.4) },
    }));
    Recording { started: started(id, &[BASELINE, ARTIFACT]), lines: lines.lines, cut_bytes: 0 }
}

/// One trial of a case, and what it says unless it is set aside.
fn trial(lines: &mut Lines, behaviour: &Behaviour, phase: Phase, round: u32) -> Option<f64> {
    let (purpose, ratio) = match phase {
        Phase::Explore => (Purpose::Explore, behaviour.ratio),
        Phase::Confirm => (Purpose::Confirm, behaviour.confirmed),
    };
    let [baseline, candidate] = arms(&behaviour.case);
    let Behaviour { ns, noise, .. } = *behaviour;
    let trial =
        lines.trial(Factor::Artifact, round, &[(&baseline, ns, noise), (&candidate, ns * ratio, noise)]);
    trial.purpose = purpose;
    trial.elapsed_ns = 150_000_000;
    if round == 5 && behaviour.ns < 1_000.0 {
        trial.pressure.steal = Some(0.31);
        trial.set_aside = Some("other guests took more than 10 % of CPU time".into());
        return None;
    }
    trial_log_ratio(&trial.arms[0].ns_per_iter(), &trial.arms[1].ns_per_iter())
}

/// What falls out: in the middle, at verification, and because the data differ.
fn fallen(lines: &mut Vec<Line>, behaviours: &[Behaviour]) {
    let crashing = nearest_case("table-unchecked", "l1");
    if behaviours.iter().any(|behaviour| behaviour.case == crashing) {
        lines.push(failed(
            &crashing,
            Stage::Trial,
            "index 4096 out of bounds\nnote: run with RUST_BACKTRACE=1",
        ));
        lines.push(failed(
            &nearest_case("fast-math", "l1"),
            Stage::Verify,
            "wrong answer: element 17: expected 0.8414, found NaN",
        ));
        lines.push(refused(
            &odd_case("measured once", Allocator::System),
            "its data set has content hash 1f, the baseline's 2e",
        ));
    }
}
